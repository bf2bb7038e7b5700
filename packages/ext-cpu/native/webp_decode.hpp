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
  std::vector<uint8_t> planes;   // of a lossy picture, 9 MB at most
  Canvas canvas;
  std::vector<uint32_t> frame;  // a frame that is to be blended
};

// Decodes image `task.image_index` of an animation: the canvas as it is when that frame is shown.
polycodec_status DecodeFrame(DecodeWorker& worker, const polycodec_decode_task& task);

// Whether DecodePlanes is the way for the picture: VP8 without alpha, whole, at its own size, with the scratch memory that
// it takes, and where there is SIMD for it: without, libwebp is faster.
bool GoesByPlanes(const polycodec_decode_task& task, const Stream& stream);

// Decodes it into Y, U and V and makes the output of them. False: there is something wrong with the stream, and nothing
// was written.
bool DecodePlanes(DecodeWorker& worker, const polycodec_decode_task& task, const Stream& stream);

// Refuses what would take more scratch memory than the task allows.
polycodec_status CheckScratch(const polycodec_decode_task& task, uint64_t bytes);

// A libwebp configuration for memory of ours, which its `output` must still say.
WebPDecoderConfig NewConfig();

// One that decodes into rows `stride` bytes apart.
WebPDecoderConfig ConfigFor(WEBP_CSP_MODE mode, uint8_t* pixels, size_t stride, uint32_t width, uint32_t height);

}  // namespace polycodec::webp
