// The headers and the palette of a BMP; core's parsers/bmp.ts reads the same.
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <span>

namespace polycodec::bmp {

// A pixel as one number, red in its lowest byte.
using Pixel = uint32_t;
inline constexpr Pixel kOpaque = 0xff000000;
constexpr Pixel PixelOf(uint32_t r, uint32_t g, uint32_t b) { return r | g << 8 | b << 16 | kOpaque; }

enum class Coding { kPlain, kFields, kRle8, kRle4, kRle24, kJpeg, kPng };

struct Header {
  uint32_t width = 0, height = 0;
  bool topDown = false;
  uint32_t bits = 0;  // a pixel
  Coding coding = Coding::kPlain;
  // Of 16 and 32 bits: which bits are red, green, blue, alpha. 0: none.
  std::array<uint32_t, 4> masks{};
  // Pixels of up to 8 bits are numbers in here; missing entries are black.
  std::array<Pixel, 256> palette{};
  bool isGray = false;       // red, green and blue are equal in all of the palette
  bool isIdentity = false;   // and number i is gray i
  size_t offset = 0;         // of the pixels
  size_t dataBytes = 0;      // of an embedded JPEG or PNG

  bool isIndexed() const { return bits <= 8 && coding != Coding::kJpeg && coding != Coding::kPng; }
  bool hasAlpha() const { return masks[3] != 0; }
  uint32_t channels() const { return isIndexed() && isGray ? 1 : hasAlpha() ? 4 : 3; }
};

// A sentence that says what is wrong with them; nullptr if nothing is.
const char* ReadHeader(std::span<const uint8_t> file, Header& header);

}  // namespace polycodec::bmp
