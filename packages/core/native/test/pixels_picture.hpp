/* What the pixel tests are made of: cases and their count, random numbers, pictures in memory of exactly their size. */
#ifndef POLYCODEC_PIXELS_PICTURE_HPP
#define POLYCODEC_PIXELS_PICTURE_HPP

#include <cstdio>
#include <functional>
#include <string>
#include <vector>

#include "../pixels.hpp"
#include "../pixels_conversion.hpp"

namespace polycodec::pixels {

inline int gPassed = 0, gFailed = 0;
inline std::string gProblem; /* of the case that runs: the first one found */

inline void Expect(bool fact, const char* format, auto... values) {
  if (fact || !gProblem.empty()) return;
  char text[512];
  std::snprintf(text, sizeof text, format, values...);
  gProblem = text;
}

inline void Case(const char* sentence, const std::function<void()>& body) {
  gProblem.clear();
  SetSimd(true);
  body();
  SetSimd(true);
  (gProblem.empty() ? gPassed : gFailed)++;
  std::printf("%s %s\n", gProblem.empty() ? "ok    " : "FAILED", sentence);
  if (!gProblem.empty()) std::printf("       %s\n", gProblem.c_str());
}

inline uint32_t gState = 12345;
inline uint32_t Random(uint32_t below) {
  gState = gState * 1664525u + 1013904223u;
  return static_cast<uint32_t>((uint64_t{gState} * below) >> 32);
}

inline constexpr const char* kFormatNames[] = {
    "I_UNCHANGED", "P_UNCHANGED", "I_Y", "P_Y", "I_YA", "P_YA", "I_RGB",
    "P_RGB", "I_BGR", "P_BGR", "I_RGBA", "P_RGBA", "I_YUV", "P_YUV"};
inline constexpr int kFormats = 14;
inline constexpr uint32_t kChannels[] = {5, 5, 1, 1, 2, 2, 3, 3, 3, 3, 4, 4, 3, 3};

/* An image in memory of exactly its size, so that AddressSanitizer sees each byte read or written too many. */
struct Picture {
  polycodec_layout layout{};
  size_t offset = 0; /* of the first pixel: misaligns the rows */
  std::vector<uint8_t> bytes;

  uint8_t* pixels() { return bytes.data() + offset; }
};

inline Picture Make(uint32_t width, uint32_t height, int32_t format, int32_t dtype, uint32_t precision,
                    uint32_t channels = 0, size_t padding = 0, size_t offset = 0) {
  Picture picture;
  polycodec_layout& layout = picture.layout;
  layout.width = width;
  layout.height = height;
  layout.channels = channels != 0 ? channels : kChannels[format];
  layout.dtype = dtype;
  layout.sample_format = format;
  layout.precision = precision;
  const size_t element = ElementSize(dtype);
  const size_t rowBytes = width * element * (IsPlanar(format) ? 1 : layout.channels);
  layout.row_stride = rowBytes + padding;
  size_t size = layout.row_stride * (height - 1) + rowBytes;
  if (IsPlanar(format)) {
    layout.plane_stride = layout.row_stride * height + padding;
    size += layout.plane_stride * (layout.channels - 1);
  }
  picture.offset = offset;
  picture.bytes.resize(size + offset);
  picture.bytes.shrink_to_fit();
  for (uint8_t& byte : picture.bytes) byte = static_cast<uint8_t>(Random(256));
  return picture;
}

/* Where the pixels of a layout are: the bytes a function may write. */
inline std::vector<bool> PixelBytes(Picture& picture) {
  std::vector<bool> inside(picture.bytes.size());
  const Steps steps = StepsOf(picture.layout);
  const size_t element = ElementSize(picture.layout.dtype);
  for (uint32_t y = 0; y < picture.layout.height; y++) {
    for (uint32_t x = 0; x < picture.layout.width; x++) {
      for (uint32_t c = 0; c < picture.layout.channels; c++) {
        for (size_t b = 0; b < element; b++) {
          inside[picture.offset + y * steps.row + x * steps.pixel + c * steps.channel + b] = true;
        }
      }
    }
  }
  return inside;
}

}  // namespace polycodec::pixels

#endif
