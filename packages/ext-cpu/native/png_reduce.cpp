#include "png_reduce.hpp"

#include <algorithm>
#include <cstring>

namespace polycodec::png {
namespace {

uint32_t ColorAt(const uint8_t* pixel, uint32_t channels) {
  uint8_t color[4] = {pixel[0], pixel[1], pixel[2], channels == 4 ? pixel[3] : uint8_t{255}};
  uint32_t value;
  std::memcpy(&value, color, 4);
  return value;
}

uint8_t AlphaOf(uint32_t color) {
  uint8_t bytes[4];
  std::memcpy(bytes, &color, 4);
  return bytes[3];
}

// The least depth at which all values can be written: 16, 4 or 2 levels are multiples of 17, 85 and 255.
uint8_t GrayDepth(const Input& input, uint8_t* row) {
  uint32_t depth = 1;
  for (uint32_t y = 0; y < input.Height(); ++y) {
    input.ReadRow(y, row);
    uint32_t not1 = 0, not2 = 0, not4 = 0;
    for (uint32_t x = 0; x < input.Width(); ++x) {
      not1 |= row[x] ^ uint8_t(-(row[x] & 1));
      not2 |= row[x] ^ (row[x] & 3) * 85u;
      not4 |= row[x] ^ (row[x] & 15) * 17u;
    }
    if (not4 != 0) return 8;
    if (not2 != 0) depth = 4;
    if (not1 != 0) depth = std::max(depth, 2u);
  }
  return uint8_t(depth);
}

}  // namespace

void ColorTable::Clear() {
  colors_.clear();
  std::fill(std::begin(indices_), std::end(indices_), uint16_t{kMaxColors});
}

uint32_t ColorTable::IndexOf(uint32_t color) {
  uint32_t slot = color * 2654435761u >> 22;
  for (; indices_[slot] != kMaxColors; slot = (slot + 1) % kSlots) {
    if (keys_[slot] == color) return indices_[slot];
  }
  if (colors_.size() == kMaxColors) return kMaxColors;
  keys_[slot] = color;
  indices_[slot] = uint16_t(colors_.size());
  colors_.push_back(color);
  return indices_[slot];
}

void ColorTable::PutTransparentFirst() {
  std::vector<uint32_t> sorted = colors_;
  std::stable_partition(sorted.begin(), sorted.end(), [](uint32_t color) { return AlphaOf(color) != 255; });
  Clear();
  for (const uint32_t color : sorted) IndexOf(color);
}

void Reduction::Plan(const Input& input, uint8_t* row) {
  format = input.PngFormat();
  colors.Clear();
  if (format.depth == 16 || format.colorType == kGrayAlpha) return;
  if (format.colorType == kGray) {
    format.depth = GrayDepth(input, row);
    return;
  }
  const uint32_t channels = input.Channels(), width = input.Width();
  for (uint32_t y = 0; y < input.Height(); ++y) {
    input.ReadRow(y, row);
    const uint8_t* pixel = row;
    uint32_t last = ~ColorAt(pixel, channels);
    for (uint32_t x = 0; x < width; ++x, pixel += channels) {
      const uint32_t color = ColorAt(pixel, channels);
      if (color == last) continue;
      if (colors.IndexOf(color) == ColorTable::kMaxColors) return;
      last = color;
    }
  }
  // A palette takes up to four bytes a colour; it must be worth it.
  if (uint64_t{colors.Size()} * 4 > uint64_t{width} * input.Height()) return;
  if (channels == 4) colors.PutTransparentFirst();
  format.colorType = kPalette;
  format.depth = colors.Size() <= 2 ? 1 : colors.Size() <= 4 ? 2 : colors.Size() <= 16 ? 4 : 8;
}

void Reduction::ConvertRow(const uint8_t* row, uint32_t width, uint32_t channels, uint8_t* to) {
  const uint32_t depth = format.depth, perByte = 8 / depth;
  const auto put = [&](uint32_t x, uint32_t value) {
    const uint32_t shift = 8 - depth * (1 + x % perByte);
    uint8_t& byte = to[x / perByte];
    byte = uint8_t((x % perByte == 0 ? 0 : byte) | value << shift);
  };
  if (format.colorType == kGray) {
    for (uint32_t x = 0; x < width; ++x) put(x, row[x] & ((1u << depth) - 1));
    return;
  }
  uint32_t last = ~ColorAt(row, channels), index = 0;
  for (uint32_t x = 0; x < width; ++x, row += channels) {
    const uint32_t color = ColorAt(row, channels);
    if (color != last) index = colors.IndexOf(last = color);
    put(x, index);
  }
}

}  // namespace polycodec::png
