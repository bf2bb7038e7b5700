/* Alpha of 8-bit pixels blended onto a colour, 8 pixels at a time. */
#ifndef POLYCODEC_PIXELS_BLEND_HPP
#define POLYCODEC_PIXELS_BLEND_HPP

#include <cstddef>
#include <cstdint>

#include "pixels_conversion.hpp"

namespace polycodec::pixels {

/* Blends `count` RGBA pixels onto the plan's ground; what is in the alpha of `dst` means nothing. */
using BlendFn = void (*)(const Conversion& plan, const uint8_t* src, uint8_t* dst, size_t count);

/* nullptr: not these layouts (interleaved RGBA of 8 bits, to 8 bits of red, green and blue), or the CPU lacks AVX2. */
BlendFn FindBlend(const Conversion& plan, const polycodec_layout& src, const polycodec_layout& dst) noexcept;

}  // namespace polycodec::pixels

#endif
