// The frames of an animated WebP: ANMF chunks (WebP container specification, "Animation").
#pragma once

#include <cstdint>
#include <span>
#include <vector>

#include <polycodec.h>

#include "canvas.hpp"

namespace polycodec::webp {

struct Frame {
  CanvasPart part;
  bool disposeToBackground = false;  // after it has been shown
  bool blend = true;                 // over what is there, by alpha; else it replaces
  std::span<const uint8_t> chunks;   // ALPH and VP8, or VP8L; fewer than announced where the file ends
};

// Reads the headers of frames 0 to task.image_index. A status other than success comes with its message.
polycodec_status ReadFrames(const polycodec_decode_task& task, std::vector<Frame>& frames);

}  // namespace polycodec::webp
