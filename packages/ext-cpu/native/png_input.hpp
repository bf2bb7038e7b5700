// The pixels to encode, as the rows of a PNG before filtering.
#pragma once

#include <cstddef>
#include <cstdint>

#include <polycodec.h>

#include "png_chunks.hpp"

namespace polycodec::png {

// Reads any layout of 1 to 4 channels of uint8 or uint16. Precisions that PNG does not know are scaled up to 8 or 16.
class Input {
 public:
  Input(const polycodec_layout& layout, const uint8_t* pixels) : layout_(layout), pixels_(pixels) {}

  uint32_t Width() const { return layout_.width; }
  uint32_t Height() const { return layout_.height; }
  uint32_t Channels() const { return layout_.channels; }
  uint32_t Depth() const { return layout_.dtype == POLYCODEC_UINT16 ? 16 : 8; }
  uint32_t Precision() const { return layout_.precision; }
  bool IsScaled() const { return Precision() != Depth(); }
  Format PngFormat() const {
    static constexpr ColorType kTypes[] = {kGray, kGrayAlpha, kRgb, kRgba};
    return {.depth = uint8_t(Depth()), .colorType = kTypes[Channels() - 1], .interlaced = false};
  }
  size_t RowBytes() const { return size_t{Width()} * Channels() * Depth() / 8; }

  // Writes row y as PNG has it: interleaved, RGB, 16 bits big-endian.
  void ReadRow(uint32_t y, uint8_t* to) const;

 private:
  template <typename Sample>
  void Gather(const uint8_t* row, uint8_t* to) const;

  const polycodec_layout layout_;
  const uint8_t* const pixels_;
};

}  // namespace polycodec::png
