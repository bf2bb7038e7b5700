/* From 8-bit samples to a tensor's elements: value * scale + bias, each operation rounded to float32. */
#ifndef POLYCODEC_TENSOR_ROWS_HPP
#define POLYCODEC_TENSOR_ROWS_HPP

#include <cstddef>
#include <cstdint>

#include "pixels_level.hpp"

namespace polycodec::tensor {

/* `scale` and `bias` have an element for each sample. No alignment is asked for. */
using RowFn = void (*)(const uint8_t* src, size_t count, const float* scale, const float* bias, uint8_t* dst) noexcept;

/* For POLYCODEC_FLOAT32, POLYCODEC_FLOAT16 and POLYCODEC_UINT8, which is a copy; others: nullptr. */
RowFn FindRow(int32_t dtype, pixels::Level level) noexcept;

}  // namespace polycodec::tensor

#endif
