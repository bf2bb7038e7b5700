/*
 * The passes with AVX2. Both do nothing but PMADDWD: two 16-bit pixels times two 16-bit weights, added, in each of
 * eight lanes; once for the weights' high parts and once for the low ones.
 *
 * Along a row the trouble is that each target begins at another place, and that channels lie three bytes apart. A load
 * of 16 bytes holds four RGB pixels; one PSHUFB spreads two of them into R0 R1 G0 G1 B0 B1 as 16-bit numbers, which is
 * what PMADDWD wants. The weights are the same for all rows, so the halves of a vector are two rows in lockstep.
 */
#include "resample_passes.hpp"

#if defined(__x86_64__) && defined(__GNUC__)
#include <immintrin.h>

#include <cstring>

#define AVX2 __attribute__((target("avx2")))

namespace polycodec::resample {
namespace {

/* Two neighbouring 16-bit weights in every lane. */
AVX2 inline __m256i Pair(const int16_t* weights) {
  int32_t both;
  std::memcpy(&both, weights, sizeof both);
  return _mm256_set1_epi32(both);
}

/* sum = (high * 2^11 + low + half) / 2^22 */
AVX2 inline __m256i Settle(__m256i high, __m256i low) {
  return _mm256_srai_epi32(_mm256_add_epi32(_mm256_slli_epi32(high, kLowBits), low), kFraction);
}

AVX2 inline __m256i TwoRows(const uint8_t* first, const uint8_t* second) {
  const __m128i low = _mm_loadu_si128(reinterpret_cast<const __m128i*>(first));
  return _mm256_inserti128_si256(_mm256_castsi128_si256(low),
                                 _mm_loadu_si128(reinterpret_cast<const __m128i*>(second)), 1);
}

}  // namespace

AVX2 void HorizontalRgbAvx2(const Rows& rows, uint32_t, const Axis& axis) noexcept {
  constexpr char _ = -1;
  const __m256i firstTwo = _mm256_broadcastsi128_si256(_mm_setr_epi8(0, _, 3, _, 1, _, 4, _, 2, _, 5, _, _, _, _, _));
  const __m256i lastTwo = _mm256_broadcastsi128_si256(_mm_setr_epi8(6, _, 9, _, 7, _, 10, _, 8, _, 11, _, _, _, _, _));
  const __m256i pack = _mm256_broadcastsi128_si256(_mm_setr_epi8(0, 1, 2, 4, 5, 6, 8, 9, 10, 12, 13, 14, _, _, _, _));
  const __m256i half = _mm256_set1_epi32(1 << (kFraction - 1));
  for (uint32_t y = 0; y < rows.count; y += 2) {
    const uint8_t* src0 = rows.src + y * rows.srcRow;
    uint8_t* dst0 = rows.dst + y * rows.dstRow;
    const bool both = y + 1 < rows.count;
    const uint8_t* src1 = both ? src0 + rows.srcRow : src0;
    uint8_t* dst1 = both ? dst0 + rows.dstRow : dst0;
    for (uint32_t x = 0; x < axis.size; x += kAxisBlock) {
      __m256i sums[kAxisBlock];
      for (uint32_t i = 0; i < kAxisBlock; i++) {
        const size_t at = size_t{axis.first[x + i]} * 3;
        const int16_t* highs = &axis.high[size_t{x + i} * axis.taps];
        const int16_t* lows = &axis.low[size_t{x + i} * axis.taps];
        __m256i high = _mm256_setzero_si256(), low = half;
        for (uint32_t t = 0; t < axis.taps; t += 4) {
          const __m256i pixels = TwoRows(src0 + at + t * 3, src1 + at + t * 3);
          const __m256i a = _mm256_shuffle_epi8(pixels, firstTwo), b = _mm256_shuffle_epi8(pixels, lastTwo);
          high = _mm256_add_epi32(high, _mm256_madd_epi16(a, Pair(highs + t)));
          low = _mm256_add_epi32(low, _mm256_madd_epi16(a, Pair(lows + t)));
          high = _mm256_add_epi32(high, _mm256_madd_epi16(b, Pair(highs + t + 2)));
          low = _mm256_add_epi32(low, _mm256_madd_epi16(b, Pair(lows + t + 2)));
        }
        sums[i] = Settle(high, low);
      }
      const __m256i words0 = _mm256_packs_epi32(sums[0], sums[1]), words1 = _mm256_packs_epi32(sums[2], sums[3]);
      const __m256i bytes = _mm256_shuffle_epi8(_mm256_packus_epi16(words0, words1), pack);
      _mm_storeu_si128(reinterpret_cast<__m128i*>(dst0 + size_t{x} * 3), _mm256_castsi256_si128(bytes));
      _mm_storeu_si128(reinterpret_cast<__m128i*>(dst1 + size_t{x} * 3), _mm256_extracti128_si256(bytes, 1));
    }
  }
}

AVX2 void VerticalAvx2(const uint8_t* src, ptrdiff_t srcRow, uint8_t* dst, size_t bytes, const Axis& axis,
                       uint32_t target) noexcept {
  const int16_t* highs = &axis.high[size_t{target} * axis.taps];
  const int16_t* lows = &axis.low[size_t{target} * axis.taps];
  const uint8_t* first = src + axis.first[target] * srcRow;
  /* Taps that are there only to fill a block have no row to read. */
  const uint32_t there = axis.end - axis.begin - axis.first[target];
  const uint32_t taps = axis.taps < there ? axis.taps : there;
  const __m256i zero = _mm256_setzero_si256(), half = _mm256_set1_epi32(1 << (kFraction - 1));
  for (size_t x = 0; x < bytes; x += 32) {
    __m256i high[4] = {zero, zero, zero, zero}, low[4] = {half, half, half, half};
    for (uint32_t t = 0; t < taps; t += 2) {
      const uint8_t* row = first + t * srcRow + static_cast<ptrdiff_t>(x);
      const uint8_t* next = t + 1 < taps ? row + srcRow : row; /* its weight is 0 */
      const __m256i a = _mm256_loadu_si256(reinterpret_cast<const __m256i*>(row));
      const __m256i b = _mm256_loadu_si256(reinterpret_cast<const __m256i*>(next));
      const __m256i lower = _mm256_unpacklo_epi8(a, b), upper = _mm256_unpackhi_epi8(a, b);
      const __m256i pairs[4] = {_mm256_unpacklo_epi8(lower, zero), _mm256_unpackhi_epi8(lower, zero),
                                _mm256_unpacklo_epi8(upper, zero), _mm256_unpackhi_epi8(upper, zero)};
      const __m256i highPair = Pair(highs + t), lowPair = Pair(lows + t);
      for (int i = 0; i < 4; i++) {
        high[i] = _mm256_add_epi32(high[i], _mm256_madd_epi16(pairs[i], highPair));
        low[i] = _mm256_add_epi32(low[i], _mm256_madd_epi16(pairs[i], lowPair));
      }
    }
    /* The packs put back in order what the unpacks took apart. */
    const __m256i words0 = _mm256_packs_epi32(Settle(high[0], low[0]), Settle(high[1], low[1]));
    const __m256i words1 = _mm256_packs_epi32(Settle(high[2], low[2]), Settle(high[3], low[3]));
    _mm256_storeu_si256(reinterpret_cast<__m256i*>(dst + x), _mm256_packus_epi16(words0, words1));
  }
}

}  // namespace polycodec::resample

#endif
