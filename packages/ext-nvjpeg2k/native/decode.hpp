/*
 * Decoding. Some pictures are in flight at a time, each on a stream of its own; while the GPU has them, the CPU reads the
 * next one's headers and puts the last one's pixels into place. The tiles of a picture go to a pool of further streams, joined
 * with the picture's own before and after. The lane's own thread alone gives work to the GPU and waits for it, so that a
 * device that hangs holds none of the executor's threads.
 */
#pragma once

#include <memory>
#include <vector>

#include "decode_plan.hpp"
#include "session.hpp"

namespace polycodec::nvjpeg2k {

struct DecodeOptions {
  explicit DecodeOptions(const Params& params);
  uint32_t streams;       // pictures in flight
  uint32_t tile_streams;  // tiles in flight, of all pictures together
  uint64_t device_bytes;  // what the pictures in flight may take, roughly
};

class PictureDecoder {
 public:
  PictureDecoder(Session& session, const Params& params);
  ~PictureDecoder();

  /* A status for each task; every failure says why in its task's message. Called by one thread at a time. */
  void Decode(const polycodec_decode_task* const* tasks, size_t count, polycodec_status* statuses);

 private:
  struct Slot;
  struct TileSlot;
  struct Chunk {
    const polycodec_decode_task* const* tasks;
    polycodec_status* statuses;
  };

  void Run(const Chunk& chunk, size_t place, std::unique_ptr<Slot>& slot);
  void Begin(Slot& slot, const polycodec_decode_task& task);
  void LaunchImage(Slot& slot, const DecodePlan& plan);
  void LaunchTiles(Slot& slot, const polycodec_decode_task& task, const DecodePlan& plan);
  TileSlot& NextTileSlot();
  void Collect(const Chunk& chunk, std::unique_ptr<Slot>& slot);
  void MakeRoom(const Chunk& chunk, uint64_t bytes);
  void Settle(std::unique_ptr<Slot>& slot, bool broken);
  void Release();

  Session& session_;
  const DecodeOptions options_;
  std::vector<std::unique_ptr<Slot>> slots_;
  std::vector<std::unique_ptr<TileSlot>> tile_slots_;
  size_t next_tile_slot_ = 0;
};

}  // namespace polycodec::nvjpeg2k
