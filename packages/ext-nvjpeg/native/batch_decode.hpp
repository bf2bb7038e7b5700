/*
 * Pictures in batches of one output format, a call of the library each: the hardware engines, lossless JPEGs, and Huffman
 * decoding on the GPU where there are many. Two batches take turns: while the engines have one, the pixels of the other
 * are put into place. A batch that fails is tried again picture by picture, so that one bad file spoils none but itself.
 */
#pragma once

#include <array>
#include <atomic>
#include <memory>
#include <vector>

#include "picture_output.hpp"
#include "session.hpp"

namespace polycodec::nvjpeg {

struct BatchOptions {
  explicit BatchOptions(const Params& params);
  bool regions_interpolate_too;
  uint64_t device_bytes;  // what two batches may take, roughly
  /* Buffers made ahead, if the batch is more than 1: of so many pictures of this size. */
  int preallocate_batch, preallocate_width, preallocate_height;
};

class BatchDecoder {
 public:
  /* On a session for kHardware, kGpuHybrid or kLosslessJpeg. */
  BatchDecoder(Session& session, const Params& params);
  ~BatchDecoder();

  /* How many pictures the engines take at once, as far as is known; what chunks shall be multiples of. */
  uint32_t mini_batch() const { return mini_batch_; }
  /* A status for each task; every failure says why in its task's message. Called by one thread at a time. */
  void Decode(const polycodec_decode_task* const* tasks, size_t count, polycodec_status* statuses);

 private:
  struct Turn;
  struct Picture {
    size_t place;
    DecodePlan plan;
    bool alone = false;  // in a batch of its own
  };
  struct Chunk {
    const polycodec_decode_task* const* tasks;
    size_t count;
    polycodec_status* statuses;
  };

  std::vector<Picture> Plan(const Chunk& chunk);
  DecodePlan PlanOne(const polycodec_decode_task& task);
  void MakeTurns();
  void AskForEngines();
  std::vector<Picture> NextBatch(std::vector<Picture>& waiting) const;
  bool Launch(const Chunk& chunk, Turn& turn);
  void Collect(const Chunk& chunk, Turn& turn);

  Session& session_;
  const BatchOptions options_;
  std::atomic<uint32_t> mini_batch_;  // asked for on another thread
  std::array<std::unique_ptr<Turn>, 2> turns_;
};

}  // namespace polycodec::nvjpeg
