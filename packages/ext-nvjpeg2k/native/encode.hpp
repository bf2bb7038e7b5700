/*
 * Encoding, one picture after the other on two streams in turn: while the GPU has one, the CPU puts the next into pinned
 * memory and takes the code stream of the last.
 */
#pragma once

#include <array>
#include <memory>

#include "session.hpp"

namespace polycodec::nvjpeg2k {

class PictureEncoder {
 public:
  explicit PictureEncoder(Session& session);
  ~PictureEncoder();

  /* A status for each task; every failure says why in its task's message. Called by one thread at a time. */
  void Encode(const polycodec_encode_task* const* tasks, size_t count, polycodec_status* statuses);

 private:
  struct Slot;
  struct Chunk {
    const polycodec_encode_task* const* tasks;
    polycodec_status* statuses;
  };

  void Run(const Chunk& chunk, size_t place, std::unique_ptr<Slot>& slot);
  void Begin(Slot& slot, const polycodec_encode_task& task);
  void End(Slot& slot, const polycodec_encode_task& task);
  void Collect(const Chunk& chunk, std::unique_ptr<Slot>& slot);
  void Settle(std::unique_ptr<Slot>& slot, bool broken);

  Session& session_;
  std::array<std::unique_ptr<Slot>, 2> slots_;
};

}  // namespace polycodec::nvjpeg2k
