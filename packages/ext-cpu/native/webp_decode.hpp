// WebP decoding on libwebp: stills into the output, frames of animations by way of a canvas.
#pragma once

#include <vector>

#include <polycodec.h>

#include "canvas.hpp"
#include "webp_stream.hpp"

namespace polycodec::webp {

extern const polycodec_decoder kWebpDecoder;

// What one thread keeps.
struct DecodeWorker {
  std::vector<uint8_t> widened;  // a region with its margin
  Canvas canvas;
  std::vector<uint32_t> frame;  // a frame that is to be blended
};

// Decodes image `task.image_index` of an animation: the canvas as it is when that frame is shown.
polycodec_status DecodeFrame(DecodeWorker& worker, const polycodec_decode_task& task);

// Refuses what would take more scratch memory than the task allows.
polycodec_status CheckScratch(const polycodec_decode_task& task, uint64_t bytes);

// A libwebp configuration that decodes into rows `stride` bytes apart.
WebPDecoderConfig ConfigFor(WEBP_CSP_MODE mode, uint8_t* pixels, size_t stride, uint32_t width, uint32_t height);

}  // namespace polycodec::webp
