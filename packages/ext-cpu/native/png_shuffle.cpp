#include "png_shuffle.hpp"

#include <cstddef>

#if defined(__x86_64__)

#include <immintrin.h>

namespace polycodec::png {
namespace {

// Four pixels at a time: 16 bytes are read and written for them, which the next four overwrite where they are more.
__attribute__((target("ssse3"))) uint32_t Shuffle(const uint8_t* from, uint32_t channelsIn, uint8_t* to,
                                                  uint32_t channelsOut, const int8_t* take, uint32_t count) {
  alignas(16) uint8_t places[16], ones[16];
  for (uint32_t i = 0; i < 16; ++i) {
    const uint32_t pixel = i / channelsOut, channel = i % channelsOut;
    const bool used = pixel < 4 && take[channel] >= 0;
    places[i] = used ? uint8_t(pixel * channelsIn + take[channel]) : 0x80;
    ones[i] = pixel < 4 && take[channel] < 0 ? 255 : 0;
  }
  const __m128i shuffle = _mm_load_si128(reinterpret_cast<const __m128i*>(places));
  const __m128i full = _mm_load_si128(reinterpret_cast<const __m128i*>(ones));
  // The pixels whose 16 bytes lie wholly inside both rows.
  const uint32_t narrow = channelsIn < channelsOut ? channelsIn : channelsOut;
  const uint32_t reach = (16 + narrow - 1) / narrow;
  uint32_t x = 0;
  for (; x + reach <= count; x += 4) {
    const __m128i pixels = _mm_loadu_si128(reinterpret_cast<const __m128i*>(from + size_t{x} * channelsIn));
    _mm_storeu_si128(reinterpret_cast<__m128i*>(to + size_t{x} * channelsOut),
                     _mm_or_si128(_mm_shuffle_epi8(pixels, shuffle), full));
  }
  return x;
}

}  // namespace

uint32_t ShufflePixels(const uint8_t* from, uint32_t channelsIn, uint8_t* to, uint32_t channelsOut, const int8_t* take,
                       uint32_t count) {
  static const bool hasSsse3 = __builtin_cpu_supports("ssse3");
  return hasSsse3 ? Shuffle(from, channelsIn, to, channelsOut, take, count) : 0;
}

}  // namespace polycodec::png

#else

namespace polycodec::png {

uint32_t ShufflePixels(const uint8_t*, uint32_t, uint8_t*, uint32_t, const int8_t*, uint32_t) { return 0; }

}  // namespace polycodec::png

#endif
