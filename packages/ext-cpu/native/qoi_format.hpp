// The Quite OK Image format, version 1.0 (qoiformat.org/qoi-specification.pdf): what decoder and encoder share.
#pragma once

#include <cstddef>
#include <cstdint>

namespace polycodec::qoi {

inline constexpr size_t kHeaderBytes = 14;
// Seven 0 and a 1.
inline constexpr size_t kEndBytes = 8;

inline constexpr uint8_t kIndex = 0x00, kDiff = 0x40, kLuma = 0x80, kRun = 0xc0, kRgb = 0xfe, kRgba = 0xff;
inline constexpr uint8_t kTagMask = 0xc0;
inline constexpr uint32_t kMaxRun = 62;

// A pixel as one number, red in its lowest byte: it is compared and copied as a whole.
using Pixel = uint32_t;
inline constexpr Pixel kFirst = 0xff000000;

constexpr Pixel PixelOf(uint32_t r, uint32_t g, uint32_t b, uint32_t a) { return r | g << 8 | b << 16 | a << 24; }

// A pixel's place among the 64 seen last: (3 r + 5 g + 7 b + 11 a) mod 64. One multiplication adds all four products in
// the highest byte. The channels are spread out to 16 bits first, so that sums in lower places do not reach it.
constexpr uint32_t Place(Pixel pixel) {
  const uint64_t spread = (pixel & 0xff00ffu) | static_cast<uint64_t>(pixel & 0xff00ff00u) << 24;
  return static_cast<uint32_t>((spread * ((3ull << 56) | (7ull << 40) | (5ull << 24) | (11ull << 8)) >> 56) & 63);
}

}  // namespace polycodec::qoi
