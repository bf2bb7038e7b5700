// Writing the same pixels with fewer bits: a palette for RGB and RGBA, fewer bits a sample for gray. The number of
// channels that a decoder sees stays what it is.
#pragma once

#include <cstdint>
#include <vector>

#include "png_input.hpp"

namespace polycodec::png {

// The colours of a picture, if they are few.
class ColorTable {
 public:
  static constexpr uint32_t kMaxColors = 256;
  ColorTable() { Clear(); }
  void Clear();
  // The index of a colour, which is added if it is new. kMaxColors: no room.
  uint32_t IndexOf(uint32_t color);
  uint32_t Size() const { return uint32_t(colors_.size()); }
  const std::vector<uint32_t>& Colors() const { return colors_; }
  // Puts the colours that are not opaque first, so that tRNS is short.
  void PutTransparentFirst();

 private:
  static constexpr uint32_t kSlots = 1024;
  std::vector<uint32_t> colors_;  // red, green, blue, alpha in memory's order
  uint32_t keys_[kSlots];
  uint16_t indices_[kSlots];      // kMaxColors: free
};

// How to write the picture.
struct Reduction {
  Format format;
  ColorTable colors;  // if it is a palette

  // Looks at all pixels, or at as many as show that nothing can be gained. `row` is room for a row of the input.
  void Plan(const Input& input, uint8_t* row);
  // Turns a row of the input, as ReadRow gives it, into one of the format.
  void ConvertRow(const uint8_t* row, uint32_t width, uint32_t channels, uint8_t* to);
};

}  // namespace polycodec::png
