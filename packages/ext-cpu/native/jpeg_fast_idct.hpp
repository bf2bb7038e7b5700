// Inverse DCT: from a group of four blocks' coefficients to pixels, exactly as libjpeg-turbo's "islow" on x86.
//
// libjpeg's arithmetic is that of Loeffler, Ligtenberg and Moschytz with 13-bit constants, columns first, two extra
// bits between the passes. Sums of products do not depend on their order, so any grouping gives the same pixels as long
// as nothing overflows; libjpeg-turbo's SIMD keeps dequantized coefficients and what is between the passes in 16 bits
// and adds pairs of them. Where both stay below 2^14 no such sum can leave 16 bits, nor a sum of products 32, and
// saturation at the end is the same as clamping. A group that goes beyond is reported, and the picture left to the
// library; none but damaged files and adversaries do.
#pragma once

#include <cstddef>
#include <cstdint>

#include "jpeg_fast_entropy.hpp"
#include "jpeg_fast_header.hpp"
#include "jpeg_fast_level.hpp"

namespace polycodec::jpeg::fast {

// A quantization table in the groups' order, four times over.
struct alignas(64) Quantization {
  uint16_t steps[kGroupCoefficients];
  // 4 * steps: where |coefficient| * guard reaches 2^16, the product with the step reaches 2^14.
  uint16_t guards[kGroupCoefficients];

  void Set(const QuantizationSpec& spec);
};

// Values in a group that no picture has; the bits are OR-ed together. 0: all is well.
using RangeFlags = uint32_t;

// Transforms a group to four blocks side by side at `to`, rows `stride` apart, and clears it for the next picture.
// Writes the whole group's width and height.
using IdctFn = RangeFlags (*)(int16_t* group, const Quantization& quantization, uint8_t* to, size_t stride);

// In coded order the coefficients up to this one lie in the first four rows and columns.
inline constexpr uint32_t kLastOfCorner = 9;

// The transforms to blocks of 8, 4, 2 or 1 pixels a side.
struct IdctKernels {
  IdctFn full;       // 8 x 8
  IdctFn corner;     // 8 x 8, for coefficients of the first four rows only
  IdctFn flat;       // 8 x 8, DC only
  IdctFn half;       // 4 x 4
  IdctFn quarter;    // 2 x 2
  IdctFn eighth;     // 1 x 1

  // For blocks of `size` pixels a side, whose coefficients behind `last`, in coded order, are zero.
  IdctFn Choose(uint32_t size, uint32_t last) const {
    if (size == 8) return last > kLastOfCorner ? full : last != 0 ? corner : flat;
    return size == 4 ? half : size == 2 ? quarter : eighth;
  }
};
IdctKernels ChooseIdct(Level level);

// What the files of the SIMD levels define.
IdctKernels IdctPortable();
IdctKernels IdctAvx2();
IdctKernels IdctAvx512();

}  // namespace polycodec::jpeg::fast
