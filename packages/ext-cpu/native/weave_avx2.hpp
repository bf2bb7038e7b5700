// From registers of one channel each to interleaved pixels, 32 at a time, with AVX2. A register's 128-bit lane holds the
// bytes of 16 pixels, those of the even ones in its lower half and those of the odd ones in its upper half: so packing
// 16-bit results of even and of odd pixels leaves them. For functions compiled for AVX2, whose own code this becomes.
#pragma once

#if defined(__x86_64__)
#include <cstdint>

#include <immintrin.h>

#define POLYCODEC_INTO_AVX2 __attribute__((target("avx2"), always_inline)) inline

namespace polycodec::avx2 {

// Where pixel x of a lane's 16 stands.
constexpr uint8_t PlaceOf(unsigned x) { return static_cast<uint8_t>(x % 2 * 8 + x / 2); }

// A lane's 16 pixels of three channels fill three lanes: for each of those, which byte of each channel; 0x80: none.
// Twice over, for both lanes of a register.
struct PlacesOfThree {
  alignas(32) uint8_t at[3][3][32] = {};
  constexpr PlacesOfThree() {
    for (unsigned i = 0; i < 48; ++i) {
      for (unsigned channel = 0; channel < 3; ++channel) {
        const uint8_t place = i % 3 == channel ? PlaceOf(i / 3) : 0x80;
        at[i / 16][channel][i % 16] = at[i / 16][channel][16 + i % 16] = place;
      }
    }
  }
};
inline constexpr PlacesOfThree kPlacesOfThree;

// There are more constants than registers. GCC would make some anew for every pixel, of immediate numbers, which is slow;
// what it cannot see through it reads from memory, which is nearly free.
template <class T>
inline const T* Opaque(const T* pointer) {
  __asm__("" : "+r"(pointer));
  return pointer;
}

// Three channels; `places` is Opaque(&kPlacesOfThree).
POLYCODEC_INTO_AVX2 void Weave(__m256i a, __m256i b, __m256i c, const PlacesOfThree* places, __m256i (&woven)[3]) {
  __m256i lanes[3];
#pragma GCC unroll 3
  for (unsigned i = 0; i < 3; ++i) {
    const __m256i* const at = reinterpret_cast<const __m256i*>(places->at[i]);
    lanes[i] = _mm256_or_si256(_mm256_or_si256(_mm256_shuffle_epi8(a, _mm256_load_si256(at)), _mm256_shuffle_epi8(b, _mm256_load_si256(at + 1))),
                               _mm256_shuffle_epi8(c, _mm256_load_si256(at + 2)));
  }
  // lanes[i] holds part i of the first 16 pixels, and part i of the last 16.
  woven[0] = _mm256_permute2x128_si256(lanes[0], lanes[1], 0x20);
  woven[1] = _mm256_permute2x128_si256(lanes[2], lanes[0], 0x30);
  woven[2] = _mm256_permute2x128_si256(lanes[1], lanes[2], 0x31);
}

// One channel: the pixels in their order.
POLYCODEC_INTO_AVX2 __m256i InOrder(__m256i bytes) {
  return _mm256_shuffle_epi8(bytes, _mm256_broadcastsi128_si256(_mm_setr_epi8(0, 8, 1, 9, 2, 10, 3, 11, 4, 12, 5, 13, 6, 14, 7, 15)));
}

// Three channels, and 255 as the fourth.
POLYCODEC_INTO_AVX2 void WeaveWithOpaque(__m256i first, __m256i second, __m256i third, __m256i (&woven)[4]) {
  const __m256i a = InOrder(first), b = InOrder(second), c = InOrder(third), d = _mm256_set1_epi8(-1);
  const __m256i abLow = _mm256_unpacklo_epi8(a, b), abHigh = _mm256_unpackhi_epi8(a, b);
  const __m256i cdLow = _mm256_unpacklo_epi8(c, d), cdHigh = _mm256_unpackhi_epi8(c, d);
  const __m256i parts[4] = {_mm256_unpacklo_epi16(abLow, cdLow), _mm256_unpackhi_epi16(abLow, cdLow),
                            _mm256_unpacklo_epi16(abHigh, cdHigh), _mm256_unpackhi_epi16(abHigh, cdHigh)};
  woven[0] = _mm256_permute2x128_si256(parts[0], parts[1], 0x20);
  woven[1] = _mm256_permute2x128_si256(parts[2], parts[3], 0x20);
  woven[2] = _mm256_permute2x128_si256(parts[0], parts[1], 0x31);
  woven[3] = _mm256_permute2x128_si256(parts[2], parts[3], 0x31);
}

}  // namespace polycodec::avx2
#endif
