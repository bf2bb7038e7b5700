/* IEEE 754 binary16: half precision, for which C++20 has no type. */
#ifndef POLYCODEC_PIXELS_HALF_HPP
#define POLYCODEC_PIXELS_HALF_HPP

#include <cstdint>

namespace polycodec::pixels {

/* To nearest, ties to even; what is too large is infinite. */
uint16_t ToFloat16(float value) noexcept;
/* Exact. */
float FromFloat16(uint16_t half) noexcept;

}  // namespace polycodec::pixels

#endif
