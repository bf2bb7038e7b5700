// The blocks of a GIF (GIF89a specification): screen, colour tables, and where each frame's coded data are.
#pragma once

#include <array>
#include <cstdint>
#include <span>
#include <vector>

#include <polycodec.h>

#include "canvas.hpp"

namespace polycodec::gif {

// Three bytes an entry. Empty: there is none.
using ColorTable = std::span<const uint8_t>;

enum class Disposal : uint8_t { kNone = 0, kKeep = 1, kToBackground = 2, kToPrevious = 3 };

struct Frame {
  CanvasPart part;  // as the file says; may reach out of the screen
  ColorTable colors;
  int transparent = -1;  // index of the transparent colour; -1: none
  Disposal disposal = Disposal::kNone;
  bool interlaced = false;
  uint8_t codeSize = 0;              // bits of a literal
  std::span<const uint8_t> blocks;  // the coded data's sub-blocks, from the first one's length on
};

struct File {
  uint32_t width = 0, height = 0;
  std::vector<Frame> frames;
};

// Reads up to frame `last`. A status other than success comes with its message: IMAGE_TRUNCATED where the file ends
// before that frame's data begin.
polycodec_status ReadFile(polycodec_call* call, std::span<const uint8_t> bytes, uint32_t last, File& file);

}  // namespace polycodec::gif
