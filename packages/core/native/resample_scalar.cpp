/* The definitions of the passes, and the choice among them and the fast ones. */
#include "resample_passes.hpp"

namespace polycodec::resample {
namespace {

constexpr int32_t kHalf = 1 << (kFraction - 1);

/* Sums are of 32 bits and may wrap only where Pillow's overflow: unsigned, so that this is defined. */
uint8_t Settle(uint32_t sum) {
  const int32_t value = static_cast<int32_t>(sum) >> kFraction;
  return static_cast<uint8_t>(value < 0 ? 0 : value > 255 ? 255 : value);
}

}  // namespace

void HorizontalScalar(const Rows& rows, uint32_t channels, const Axis& axis) noexcept {
  for (uint32_t y = 0; y < rows.count; y++) {
    const uint8_t* src = rows.src + y * rows.srcRow;
    uint8_t* dst = rows.dst + y * rows.dstRow;
    for (uint32_t x = 0; x < axis.size; x++) {
      const int32_t* weights = &axis.weights[size_t{x} * axis.taps];
      for (uint32_t c = 0; c < channels; c++) {
        uint32_t sum = kHalf;
        for (uint32_t t = 0; t < axis.taps; t++) {
          if (weights[t] != 0) sum += src[(size_t{axis.first[x]} + t) * channels + c] * static_cast<uint32_t>(weights[t]);
        }
        dst[size_t{x} * channels + c] = Settle(sum);
      }
    }
  }
}

void VerticalScalar(const uint8_t* src, ptrdiff_t srcRow, uint8_t* dst, size_t bytes, const Axis& axis,
                    uint32_t target) noexcept {
  const int32_t* weights = &axis.weights[size_t{target} * axis.taps];
  const uint8_t* first = src + axis.first[target] * srcRow;
  for (size_t x = 0; x < bytes; x++) {
    uint32_t sum = kHalf;
    for (uint32_t t = 0; t < axis.taps; t++) {
      if (weights[t] != 0) sum += first[t * srcRow + static_cast<ptrdiff_t>(x)] * static_cast<uint32_t>(weights[t]);
    }
    dst[x] = Settle(sum);
  }
}

Passes PassesFor(pixels::Level level, uint32_t channels) noexcept {
  Passes passes{HorizontalScalar, VerticalScalar};
#if defined(__x86_64__) && defined(__GNUC__)
  const bool wide = level == pixels::Level::kAvx512;
  if (level < pixels::Level::kAvx2) return passes;
  passes.vertical = wide ? VerticalAvx512 : VerticalAvx2;
  if (channels == 3) passes.horizontal = wide ? HorizontalRgbAvx512 : HorizontalRgbAvx2;
#endif
  return passes;
}

}  // namespace polycodec::resample
