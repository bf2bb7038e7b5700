// GIF decoding, own: frames as images, each the canvas as it is when that frame is shown.
#pragma once

#include <cstdint>
#include <vector>

#include <polycodec.h>

#include "canvas.hpp"
#include "gif_frames.hpp"

namespace polycodec::gif {

extern const polycodec_decoder kGifDecoder;

// What one thread keeps.
struct DecodeWorker {
  File file;
  Canvas canvas;
  std::vector<uint8_t> indices;
};

}  // namespace polycodec::gif
