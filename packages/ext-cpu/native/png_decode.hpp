// Decoding PNG: an own decoder on libdeflate.
#pragma once

#include <polycodec.h>

#include "png_chunks.hpp"
#include "png_inflate.hpp"
#include "png_memory.hpp"

namespace polycodec::png {

struct DecodeOptions {
  CrcPolicy crc = CrcPolicy::kError;
};

// What one thread keeps.
struct DecodeWorker {
  DecodeOptions options;
  InflateWorker inflate;
  Scratch strip;    // unfiltered rows that are not the output's, and what becomes of them
  Scratch canvas;   // of animations
};

polycodec_status Decode(DecodeWorker& worker, const polycodec_decode_task& task);

// Which pixels of an image to produce: [y0, y1) x [x0, x1), as the output's row 0 and column 0 on.
struct Part {
  uint32_t y0, x0, y1, x1;
};

// Decodes one image of `width` x `height` pixels, whose format is the header's, into `pixels` with layout `output`.
// Fails as Inflate does.
void DecodeImage(DecodeWorker& worker, const polycodec_decode_task& task, const Header& header, uint32_t width,
                 uint32_t height, const ImageData& data, const Part& part, const polycodec_layout& output,
                 uint8_t* pixels);

// Image 1 and following of an animation (png_animation.cpp): the picture as it stands when that frame is shown.
void DecodeFrame(DecodeWorker& worker, const polycodec_decode_task& task, const Stream& stream, const Part& part);

// Refuses with LIMIT_EXCEEDED what would take more scratch memory than the task allows.
void CheckScratch(const polycodec_decode_task& task, uint64_t bytes);

}  // namespace polycodec::png
