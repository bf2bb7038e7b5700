/*
 * The way of one picture's pixels: memory on the device that the library writes, pinned memory that they are copied to,
 * and the task's own, which the host converts them into. All that the device writes is ours until it is done: a task whose
 * stream hangs leaves nothing of the user's in the device's hands.
 */
#pragma once

#include <polycodec_cuda.hpp>

#include "decode_plan.hpp"

namespace polycodec::nvjpeg {

class PictureOutput {
 public:
  PictureOutput() = default;
  /* Takes the memory; `stream` is the one that the work will be put on. */
  PictureOutput(const cuda::Device& device, const polycodec_decode_task& task, const DecodePlan& plan,
                const cuda::Stream& stream);

  /* Where the library shall write. */
  ImageBuffers buffers{};
  /* Behind the library's work on the stream: the copy to the host, or to the task's own device memory. */
  void Land(const cuda::Stream& stream);
  /* When that has happened: into the task's memory. */
  void Deliver();

 private:
  const cuda::Device* device_ = nullptr;
  const polycodec_decode_task* task_ = nullptr;
  DecodePlan plan_;
  size_t pitch_ = 0;
  bool direct_ = false;  // the library writes the task's memory
  cuda::Memory on_device_, pinned_;
};

}  // namespace polycodec::nvjpeg
