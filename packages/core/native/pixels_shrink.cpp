/*
 * Shrinking by averaging boxes: what the runtime does when a format cannot decode at a smaller scale. A row of boxes is
 * first summed down into one row of sums, which is all that needs to be fast and which compilers vectorise; then along
 * it. Where a sum is written its box has been read already, so the picture shrinks in its own memory.
 */
#include <algorithm>
#include <cmath>
#include <cstring>
#include <limits>
#include <type_traits>

#include "pixels.hpp"
#include "pixels_conversion.hpp"
#include "pixels_half.hpp"
#include "pixels_level.hpp"

namespace polycodec::pixels {
namespace {

/* An IEEE 754 binary16 number; arithmetic happens in double precision. */
struct Half {
  uint16_t bits;
};

template <typename T>
using SumOf = std::conditional_t<std::is_integral_v<T>,
                                 std::conditional_t<(sizeof(T) > 2), int64_t,
                                                    std::conditional_t<std::is_same_v<T, uint8_t>, uint16_t, int32_t>>,
                                 double>;

template <typename T>
SumOf<T> Value(const uint8_t* from) {
  T value;
  std::memcpy(&value, from, sizeof value);
  if constexpr (std::is_same_v<T, Half>) {
    return FromFloat16(value.bits);
  } else {
    return static_cast<SumOf<T>>(value);
  }
}

/* The mean of `count` values that add up to `sum`. */
template <typename T>
T Mean(double sum, uint32_t count) requires(!std::is_integral_v<T>) {
  if constexpr (std::is_same_v<T, Half>) {
    return Half{ToFloat16(static_cast<float>(sum / count))};
  } else {
    return static_cast<T>(sum / count);
  }
}
template <typename T>
T Mean(int64_t sum, uint32_t count) requires(std::is_integral_v<T>) {
  const int64_t twice = 2 * sum + count, divisor = 2 * int64_t{count};
  return static_cast<T>(twice >= 0 ? twice / divisor : -((divisor - 1 - twice) / divisor));
}

/* The definition: box by box. Used where `sums` has no room, too. */
template <typename T>
void ShrinkBox(uint8_t* to, const uint8_t* from, ptrdiff_t row, ptrdiff_t pixel, uint32_t height, uint32_t width) {
  std::conditional_t<std::is_integral_v<T>, int64_t, double> sum = 0;
  for (uint32_t x = 0; x < width; x++) {
    SumOf<T> column = 0; /* down first, as the rows do: floating point sums depend on the order */
    for (uint32_t y = 0; y < height; y++) column += Value<T>(from + y * row + x * pixel);
    sum += column;
  }
  const T mean = Mean<T>(sum, height * width);
  std::memcpy(to, &mean, sizeof mean);
}

/* Sums kept on the stack; longer rows are done piece by piece, in whole boxes. */
constexpr size_t kSums = 4096;

/* One plane, or interleaved pixels. Rows of `count` pixels of `channels` elements that follow each other. */
template <typename T>
void ShrinkRow(uint8_t* to, const uint8_t* from, ptrdiff_t row, uint32_t channels, uint32_t factor, uint32_t height,
               size_t count) {
  SumOf<T> sums[kSums];
  const size_t piece = kSums / (size_t{factor} * channels) * factor; /* pixels */
  for (size_t begin = 0; begin < count; begin += piece) {
    const size_t pixels = std::min(piece, count - begin), elements = pixels * channels;
    const uint8_t* first = from + begin * channels * sizeof(T);
    for (size_t i = 0; i < elements; i++) sums[i] = Value<T>(first + i * sizeof(T));
    for (uint32_t y = 1; y < height; y++) {
      const uint8_t* next = first + y * row;
      for (size_t i = 0; i < elements; i++) sums[i] = static_cast<SumOf<T>>(sums[i] + Value<T>(next + i * sizeof(T)));
    }
    uint8_t* out = to + begin / factor * channels * sizeof(T);
    for (size_t x = 0; x < pixels; x += factor) {
      const auto width = static_cast<uint32_t>(std::min<size_t>(factor, pixels - x));
      for (uint32_t c = 0; c < channels; c++, out += sizeof(T)) {
        std::conditional_t<std::is_integral_v<T>, int64_t, double> sum = 0;
        for (uint32_t i = 0; i < width; i++) sum += sums[(x + i) * channels + c];
        const T mean = Mean<T>(sum, height * width);
        std::memcpy(out, &mean, sizeof mean);
      }
    }
  }
}

template <typename T>
void ShrinkAll(uint32_t factor, uint8_t* pixels, const polycodec_layout& layout) {
  const bool planar = IsPlanar(layout.sample_format);
  const uint32_t planes = planar ? layout.channels : 1, channels = planar ? 1 : layout.channels;
  const auto row = static_cast<ptrdiff_t>(layout.row_stride), pixel = static_cast<ptrdiff_t>(channels * sizeof(T));
  const bool byBoxes = CurrentLevel() == Level::kDefinition || size_t{factor} * channels > kSums;
  for (uint32_t p = 0; p < planes; p++) {
    uint8_t* const plane = pixels + p * layout.plane_stride;
    for (uint32_t y = 0; y < layout.height; y += factor) {
      const uint8_t* from = plane + y * row;
      uint8_t* to = plane + (y / factor) * row;
      const uint32_t height = std::min(factor, layout.height - y);
      if (!byBoxes) {
        ShrinkRow<T>(to, from, row, channels, factor, height, layout.width);
        continue;
      }
      for (uint32_t x = 0; x < layout.width; x += factor) {
        for (uint32_t c = 0; c < channels; c++) {
          const auto at = static_cast<ptrdiff_t>(c * sizeof(T));
          ShrinkBox<T>(to + (x / factor) * pixel + at, from + x * pixel + at, row, pixel, height,
                       std::min(factor, layout.width - x));
        }
      }
    }
  }
}

}  // namespace

polycodec_layout ShrunkenLayout(uint32_t factor, const polycodec_layout& layout) noexcept {
  polycodec_layout shrunken = layout;
  if (factor == 1) return shrunken;
  const bool known = factor == 2 || factor == 4 || factor == 8;
  shrunken.width = known ? layout.width / factor + (layout.width % factor != 0 ? 1 : 0) : 0;
  shrunken.height = known ? layout.height / factor + (layout.height % factor != 0 ? 1 : 0) : 0;
  return shrunken;
}

polycodec_layout Shrink(uint32_t factor, uint8_t* pixels, const polycodec_layout& layout) noexcept {
  const polycodec_layout shrunken = ShrunkenLayout(factor, layout);
  if (factor == 1 || shrunken.width == 0 || shrunken.height == 0) return shrunken;
  switch (layout.dtype) {
    case POLYCODEC_UINT8: ShrinkAll<uint8_t>(factor, pixels, layout); break;
    case POLYCODEC_INT8: ShrinkAll<int8_t>(factor, pixels, layout); break;
    case POLYCODEC_UINT16: ShrinkAll<uint16_t>(factor, pixels, layout); break;
    case POLYCODEC_INT16: ShrinkAll<int16_t>(factor, pixels, layout); break;
    case POLYCODEC_UINT32: ShrinkAll<uint32_t>(factor, pixels, layout); break;
    case POLYCODEC_INT32: ShrinkAll<int32_t>(factor, pixels, layout); break;
    case POLYCODEC_FLOAT16: ShrinkAll<Half>(factor, pixels, layout); break;
    case POLYCODEC_FLOAT32: ShrinkAll<float>(factor, pixels, layout); break;
    case POLYCODEC_FLOAT64: ShrinkAll<double>(factor, pixels, layout); break;
    default: break;
  }
  return shrunken;
}

}  // namespace polycodec::pixels
