/*
 * The two passes of a resize, on 8-bit samples: along rows first, then down the columns, each rounded to 8 bits, as
 * Pillow does it. The definitions are in resample_scalar.cpp; the fast ways give the same bytes.
 */
#ifndef POLYCODEC_RESAMPLE_PASSES_HPP
#define POLYCODEC_RESAMPLE_PASSES_HPP

#include <cstddef>
#include <cstdint>

#include "pixels_level.hpp"
#include "resample_axis.hpp"

namespace polycodec::resample {

/*
 * Bytes that a fast pass may read behind the last pixel it was asked for, and write behind the last of a row: rows that
 * it writes are so much longer than their pixels.
 */
inline constexpr size_t kSlack = 64;

/* Rows of interleaved pixels; `src` is the first row's element axis.begin. */
struct Rows {
  const uint8_t* src;
  ptrdiff_t srcRow;
  uint8_t* dst;
  ptrdiff_t dstRow;
  uint32_t count;
};

/* Resizes each row along the axis. */
using HorizontalFn = void (*)(const Rows& rows, uint32_t channels, const Axis& axis) noexcept;
/* One target row, number `target` of the axis, of `bytes` samples; `src` is the axis.begin-th source row. */
using VerticalFn = void (*)(const uint8_t* src, ptrdiff_t srcRow, uint8_t* dst, size_t bytes, const Axis& axis,
                            uint32_t target) noexcept;

void HorizontalScalar(const Rows& rows, uint32_t channels, const Axis& axis) noexcept;
void VerticalScalar(const uint8_t* src, ptrdiff_t srcRow, uint8_t* dst, size_t bytes, const Axis& axis,
                    uint32_t target) noexcept;

/* The fast horizontal passes are for three channels. */
void HorizontalRgbAvx2(const Rows& rows, uint32_t channels, const Axis& axis) noexcept;
void VerticalAvx2(const uint8_t* src, ptrdiff_t srcRow, uint8_t* dst, size_t bytes, const Axis& axis,
                  uint32_t target) noexcept;
void HorizontalRgbAvx512(const Rows& rows, uint32_t channels, const Axis& axis) noexcept;
void VerticalAvx512(const uint8_t* src, ptrdiff_t srcRow, uint8_t* dst, size_t bytes, const Axis& axis,
                    uint32_t target) noexcept;

struct Passes {
  HorizontalFn horizontal;
  VerticalFn vertical;
};
Passes PassesFor(pixels::Level level, uint32_t channels) noexcept;

}  // namespace polycodec::resample

#endif
