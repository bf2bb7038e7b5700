// Samples to quantised coefficients: libjpeg's accurate integer transform (JDCT_ISLOW), bit for bit.
#pragma once

#include <cstddef>
#include <cstdint>

#include "level.hpp"
#include "quantization.hpp"

namespace polycodec::jpeg_encode {

inline constexpr unsigned kRunBlocks = 8;  // blocks side by side that are transformed together: 64 samples a row

// Transforms two runs of 8 x 64 samples, `stride` bytes a row: the blocks of `first` and those of `second`. Each block's
// 64 coefficients go, in zigzag order, to 64-byte aligned places that follow each other, from `toFirst` and `toSecond`.
using ForwardDct = void (*)(const uint8_t* first, const uint8_t* second, size_t stride, const QuantTable& table,
                            int16_t* toFirst, int16_t* toSecond);

ForwardDct ForwardDctFor(Level level);

}  // namespace polycodec::jpeg_encode
