#include "bmp_fields.hpp"

#include <algorithm>
#include <bit>
#include <cstring>

namespace polycodec::bmp {
namespace {

// Wider fields are cut to their upper bits: 8 are wanted.
constexpr int kMostBits = 16;

uint32_t Load(const uint8_t* from, uint32_t bytes) {
  uint32_t value = 0;
  std::memcpy(&value, from, bytes);  // little-endian, as the file
  return value;
}

}  // namespace

static_assert(std::endian::native == std::endian::little);

void Fields::Begin(const Header& header) {
  bits_ = header.bits;
  has_alpha_ = header.hasAlpha();
  const auto& masks = header.masks;
  is_bgr_ = bits_ == 32 && masks[0] == 0xff0000 && masks[1] == 0x00ff00 && masks[2] == 0x0000ff &&
            (masks[3] == 0 || masks[3] == 0xff000000);
  if (is_bgr_) return;
  for (size_t i = 0; i < fields_.size(); ++i) {
    Field& field = fields_[i];
    const int bits = std::min(std::popcount(masks[i]), kMostBits);
    field.mask = masks[i];
    // A shift by all of 32 bits is none: without a mask the value is 0 anyway.
    field.shift = masks[i] == 0 ? 0 : 32 - std::countl_zero(masks[i]) - bits;
    const uint32_t full = (1u << bits) - 1;
    field.bytes.resize(size_t{full} + 1);
    for (uint32_t v = 0; v <= full; ++v) {
      field.bytes[v] = static_cast<uint8_t>(full == 0 ? (i == 3 ? 255 : 0) : (v * 255 + full / 2) / full);
    }
  }
}

template <uint32_t kBytes>
void Fields::ByTables(const uint8_t* from, Pixel* to, uint32_t width) const {
  const auto& [red, green, blue, alpha] = fields_;
  for (uint32_t x = 0; x < width; ++x) {
    const uint32_t value = Load(from + size_t{x} * kBytes, kBytes);
    const auto of = [value](const Field& field) -> uint32_t { return field.bytes[(value & field.mask) >> field.shift]; };
    to[x] = of(red) | of(green) << 8 | of(blue) << 16 | of(alpha) << 24;
  }
}

void Fields::Row(const uint8_t* from, Pixel* to, uint32_t width) const {
  if (!is_bgr_) return bits_ == 16 ? ByTables<2>(from, to, width) : ByTables<4>(from, to, width);
  const Pixel opaque = has_alpha_ ? 0 : kOpaque;
  for (uint32_t x = 0; x < width; ++x) {
    const uint32_t value = Load(from + size_t{x} * 4, 4);
    to[x] = (value & 0xff00ff00) | (value >> 16 & 0xff) | (value & 0xff) << 16 | opaque;
  }
}

}  // namespace polycodec::bmp
