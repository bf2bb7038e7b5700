/* The passes of resample_avx2.cpp with vectors twice as wide: four rows in lockstep, 64 columns at a time. */
#include "resample_passes.hpp"

#if defined(__x86_64__) && defined(__GNUC__)
/* GCC 12 sees uninitialised variables in its own AVX-512 header (its bug 105593). */
#pragma GCC diagnostic ignored "-Wuninitialized"
#pragma GCC diagnostic ignored "-Wmaybe-uninitialized"
#include <immintrin.h>

#include <cstring>

#define AVX512 __attribute__((target("avx512f,avx512bw")))

namespace polycodec::resample {
namespace {

AVX512 inline __m512i Pair(const int16_t* weights) {
  int32_t both;
  std::memcpy(&both, weights, sizeof both);
  return _mm512_set1_epi32(both);
}

AVX512 inline __m512i Settle(__m512i high, __m512i low) {
  return _mm512_srai_epi32(_mm512_add_epi32(_mm512_slli_epi32(high, kLowBits), low), kFraction);
}

AVX512 inline __m128i Load(const uint8_t* from) { return _mm_loadu_si128(reinterpret_cast<const __m128i*>(from)); }

}  // namespace

AVX512 void HorizontalRgbAvx512(const Rows& rows, uint32_t, const Axis& axis) noexcept {
  constexpr char _ = -1;
  const __m512i firstTwo = _mm512_broadcast_i32x4(_mm_setr_epi8(0, _, 3, _, 1, _, 4, _, 2, _, 5, _, _, _, _, _));
  const __m512i lastTwo = _mm512_broadcast_i32x4(_mm_setr_epi8(6, _, 9, _, 7, _, 10, _, 8, _, 11, _, _, _, _, _));
  const __m512i pack = _mm512_broadcast_i32x4(_mm_setr_epi8(0, 1, 2, 4, 5, 6, 8, 9, 10, 12, 13, 14, _, _, _, _));
  const __m512i half = _mm512_set1_epi32(1 << (kFraction - 1));
  for (uint32_t y = 0; y < rows.count; y += 4) {
    const uint8_t* src[4];
    uint8_t* dst[4];
    for (uint32_t r = 0; r < 4; r++) {
      const uint32_t row = y + r < rows.count ? y + r : rows.count - 1;
      src[r] = rows.src + row * rows.srcRow;
      dst[r] = rows.dst + row * rows.dstRow;
    }
    for (uint32_t x = 0; x < axis.size; x += kAxisBlock) {
      __m512i sums[kAxisBlock];
      for (uint32_t i = 0; i < kAxisBlock; i++) {
        const size_t at = size_t{axis.first[x + i]} * 3;
        const int16_t* highs = &axis.high[size_t{x + i} * axis.taps];
        const int16_t* lows = &axis.low[size_t{x + i} * axis.taps];
        __m512i high = _mm512_setzero_si512(), low = half;
        for (uint32_t t = 0; t < axis.taps; t += 4) {
          __m512i pixels = _mm512_castsi128_si512(Load(src[0] + at + t * 3));
          pixels = _mm512_inserti32x4(pixels, Load(src[1] + at + t * 3), 1);
          pixels = _mm512_inserti32x4(pixels, Load(src[2] + at + t * 3), 2);
          pixels = _mm512_inserti32x4(pixels, Load(src[3] + at + t * 3), 3);
          const __m512i a = _mm512_shuffle_epi8(pixels, firstTwo), b = _mm512_shuffle_epi8(pixels, lastTwo);
          high = _mm512_add_epi32(high, _mm512_madd_epi16(a, Pair(highs + t)));
          low = _mm512_add_epi32(low, _mm512_madd_epi16(a, Pair(lows + t)));
          high = _mm512_add_epi32(high, _mm512_madd_epi16(b, Pair(highs + t + 2)));
          low = _mm512_add_epi32(low, _mm512_madd_epi16(b, Pair(lows + t + 2)));
        }
        sums[i] = Settle(high, low);
      }
      const __m512i words0 = _mm512_packs_epi32(sums[0], sums[1]), words1 = _mm512_packs_epi32(sums[2], sums[3]);
      const __m512i bytes = _mm512_shuffle_epi8(_mm512_packus_epi16(words0, words1), pack);
      const size_t to = size_t{x} * 3;
      _mm_storeu_si128(reinterpret_cast<__m128i*>(dst[0] + to), _mm512_castsi512_si128(bytes));
      _mm_storeu_si128(reinterpret_cast<__m128i*>(dst[1] + to), _mm512_extracti32x4_epi32(bytes, 1));
      _mm_storeu_si128(reinterpret_cast<__m128i*>(dst[2] + to), _mm512_extracti32x4_epi32(bytes, 2));
      _mm_storeu_si128(reinterpret_cast<__m128i*>(dst[3] + to), _mm512_extracti32x4_epi32(bytes, 3));
    }
  }
}

AVX512 void VerticalAvx512(const uint8_t* src, ptrdiff_t srcRow, uint8_t* dst, size_t bytes, const Axis& axis,
                           uint32_t target) noexcept {
  const int16_t* highs = &axis.high[size_t{target} * axis.taps];
  const int16_t* lows = &axis.low[size_t{target} * axis.taps];
  const uint8_t* first = src + axis.first[target] * srcRow;
  const uint32_t there = axis.end - axis.begin - axis.first[target];
  const uint32_t taps = axis.taps < there ? axis.taps : there;
  const __m512i zero = _mm512_setzero_si512(), half = _mm512_set1_epi32(1 << (kFraction - 1));
  for (size_t x = 0; x < bytes; x += 64) {
    __m512i high[4] = {zero, zero, zero, zero}, low[4] = {half, half, half, half};
    for (uint32_t t = 0; t < taps; t += 2) {
      const uint8_t* row = first + t * srcRow + static_cast<ptrdiff_t>(x);
      const uint8_t* next = t + 1 < taps ? row + srcRow : row;
      const __m512i a = _mm512_loadu_si512(row), b = _mm512_loadu_si512(next);
      const __m512i lower = _mm512_unpacklo_epi8(a, b), upper = _mm512_unpackhi_epi8(a, b);
      const __m512i pairs[4] = {_mm512_unpacklo_epi8(lower, zero), _mm512_unpackhi_epi8(lower, zero),
                                _mm512_unpacklo_epi8(upper, zero), _mm512_unpackhi_epi8(upper, zero)};
      const __m512i highPair = Pair(highs + t), lowPair = Pair(lows + t);
      for (int i = 0; i < 4; i++) {
        high[i] = _mm512_add_epi32(high[i], _mm512_madd_epi16(pairs[i], highPair));
        low[i] = _mm512_add_epi32(low[i], _mm512_madd_epi16(pairs[i], lowPair));
      }
    }
    const __m512i words0 = _mm512_packs_epi32(Settle(high[0], low[0]), Settle(high[1], low[1]));
    const __m512i words1 = _mm512_packs_epi32(Settle(high[2], low[2]), Settle(high[3], low[3]));
    _mm512_storeu_si512(dst + x, _mm512_packus_epi16(words0, words1));
  }
}

}  // namespace polycodec::resample

#endif
