// The boxes around a JPEG 2000 code stream (ITU-T T.800, annex I): where the code stream lies and what its components
// mean. packages/core/src/parsers/jpeg2k-boxes.ts reads the same by the same rules.
#pragma once

#include <cstdint>
#include <span>
#include <vector>

namespace polycodec::jpeg2k {

// What the colour channels are.
enum class Color { kGray, kRgb, kYcc, kCmyk, kUnknown };

struct PaletteColumn {
  uint32_t precision;
  bool isSigned;
  std::vector<int32_t> values;
};

// Where a channel's samples come from: a component, through a palette's column unless that is -1.
struct Channel {
  uint32_t component;
  int32_t column;
};

struct Boxes {
  std::span<const uint8_t> codeStream;
  bool hasColor = false;
  Color color = Color::kUnknown;  // what the colour box names
  std::vector<PaletteColumn> palette;
  std::vector<Channel> mapping;  // empty: every component is a channel
  // Channels by place: the colours where the channel definition has them, others in between. Empty: as they are.
  std::vector<uint32_t> order;
  int32_t alpha = -1;  // the place of the first channel that is opacity
};

// Throws Failure.
Boxes ReadBoxes(std::span<const uint8_t> file);

}  // namespace polycodec::jpeg2k
