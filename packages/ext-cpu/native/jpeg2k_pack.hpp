// Rows of 32-bit samples become rows of pixels: clamped, narrowed, interleaved.
#pragma once

#include <cstdint>

namespace polycodec::jpeg2k {

// Clamps the samples of `channels` rows to [low, high] and stores them as elements of `size` bytes (1, 2 or 4), the
// channels of a pixel side by side. `simd`: take instructions beyond the baseline where the CPU has them; the result is
// the same.
void PackRow(const int32_t* const* rows, uint32_t channels, uint32_t width, int32_t low, int32_t high, uint8_t* out,
             uint32_t size, bool simd);

}  // namespace polycodec::jpeg2k
