/* The definitions: what the fast paths must give, one pixel at a time. */
#ifndef POLYCODEC_PIXELS_SCALAR_HPP
#define POLYCODEC_PIXELS_SCALAR_HPP

#include "pixels.hpp"
#include "pixels_conversion.hpp"

namespace polycodec::pixels {

/* Where the target's pixel (y, x) lies in a stored part of `width` x `height` pixels. */
struct Position {
  uint32_t y, x;
};
Position StoredPosition(int32_t orientation, uint32_t width, uint32_t height, uint32_t y, uint32_t x) noexcept;

void TransformScalar(const TransformSpec& spec, const Conversion& plan, const uint8_t* src,
                     const polycodec_layout& srcLayout, uint8_t* dst, const polycodec_layout& dstLayout) noexcept;

void SplitRowScalar(const uint8_t* interleaved, uint8_t* const* planes, uint32_t channels, uint32_t width) noexcept;

}  // namespace polycodec::pixels

#endif
