/* The way of one picture's pixels, with the library's description of where it shall write. */
#pragma once

#include "decode_plan.hpp"

namespace polycodec::nvjpeg {

struct PictureOutput : cuda::PictureOutput {
  PictureOutput() = default;
  PictureOutput(const cuda::Device& device, const polycodec_decode_task& task, const DecodePlan& plan,
                const cuda::Stream& stream)
      : cuda::PictureOutput(device, task, plan.produced, stream) {
    for (uint32_t c = 0; c < plan.produced.planes; c++) {
      buffers.channel[c] = plane(c);
      buffers.pitch[c] = pitch();
    }
  }

  ImageBuffers buffers{};
};

}  // namespace polycodec::nvjpeg
