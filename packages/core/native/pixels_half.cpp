#include "pixels_half.hpp"

#include <cstring>

namespace polycodec::pixels {

uint16_t ToFloat16(float value) noexcept {
  uint32_t bits;
  std::memcpy(&bits, &value, sizeof bits);
  const uint32_t sign = bits >> 16 & 0x8000, magnitude = bits & 0x7fffffff;
  if (magnitude > 0x7f800000) return static_cast<uint16_t>(sign | 0x7e00); /* NaN */
  if (magnitude >= 0x477ff000) return static_cast<uint16_t>(sign | 0x7c00); /* rounds to 65536 or is above */
  if (magnitude < 0x33000000) return static_cast<uint16_t>(sign); /* below half of the least subnormal, 2^-25 */
  /* The 24-bit significand, shifted so that its last bit is the half's last; normal halves lose 13 bits. */
  const uint32_t exponent = magnitude >> 23;
  const uint32_t significand = (magnitude & 0x7fffff) | 0x800000;
  const uint32_t shift = exponent >= 113 ? 13 : 126 - exponent;
  const uint32_t kept = significand >> shift, rest = significand & ((1u << shift) - 1), half = 1u << (shift - 1);
  const uint32_t rounded = kept + (rest > half || (rest == half && (kept & 1) != 0) ? 1 : 0);
  /* `kept` has the hidden bit, which adds one to the exponent: so one less is put there. Carries are right as they are. */
  const uint32_t base = exponent >= 113 ? (exponent - 113) << 10 : 0;
  return static_cast<uint16_t>(sign | (base + rounded));
}

float FromFloat16(uint16_t half) noexcept {
  const uint32_t sign = static_cast<uint32_t>(half & 0x8000) << 16;
  uint32_t exponent = half >> 10 & 0x1f, fraction = half & 0x3ff;
  uint32_t bits;
  if (exponent == 0x1f) {
    bits = sign | 0x7f800000 | fraction << 13;
  } else if (exponent == 0 && fraction == 0) {
    bits = sign;
  } else {
    if (exponent == 0) { /* subnormal: shifted until its hidden bit is there */
      for (exponent = 1; (fraction & 0x400) == 0; exponent--) fraction <<= 1;
      fraction &= 0x3ff;
    }
    bits = sign | (exponent + 112) << 23 | fraction << 13;
  }
  float value;
  std::memcpy(&value, &bits, sizeof value);
  return value;
}

}  // namespace polycodec::pixels
