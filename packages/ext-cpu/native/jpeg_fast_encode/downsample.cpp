// Sums of two or four samples, and what rounds them: 0 and 1 in turn for two, 1 and 2 in turn for four, so that no
// brightness is gained in the mean.
#include "downsample.hpp"

#if POLYCODEC_HAS_X86
#include <immintrin.h>
#endif

namespace polycodec::jpeg_encode {
namespace {

constexpr unsigned kWidth = kChunkWidth / 2;

template <bool kHalfHeight>
void DownsampleScalar(const Plane& from, Plane& to, unsigned column) {
  for (unsigned y = 0; y < 8; ++y) {
    const uint8_t* above = from[kHalfHeight ? 2 * y : y];
    const uint8_t* below = from[2 * y + 1];
    for (unsigned x = 0; x < kWidth; ++x) {
      const unsigned pair = above[2 * x] + above[2 * x + 1];
      to[y][column + x] = static_cast<uint8_t>(
          kHalfHeight ? (pair + below[2 * x] + below[2 * x + 1] + 1 + x % 2) >> 2 : (pair + x % 2) >> 1);
    }
  }
}

#if POLYCODEC_HAS_X86

POLYCODEC_AVX2_BEGIN
namespace avx2 {

// 16 averages as words.
template <bool kHalfHeight>
inline __m256i Averages(const Plane& from, unsigned y, unsigned x) {
  const __m256i ones = _mm256_set1_epi8(1);
  const auto pairs = [&](unsigned row) __attribute__((always_inline)) {
    return _mm256_maddubs_epi16(_mm256_load_si256(reinterpret_cast<const __m256i*>(&from[row][x])), ones);
  };
  if constexpr (!kHalfHeight) return _mm256_srli_epi16(_mm256_add_epi16(pairs(y), _mm256_set1_epi32(0x00010000)), 1);
  const __m256i fours = _mm256_add_epi16(pairs(2 * y), pairs(2 * y + 1));
  return _mm256_srli_epi16(_mm256_add_epi16(fours, _mm256_set1_epi32(0x00020001)), 2);
}

template <bool kHalfHeight>
void Downsample(const Plane& from, Plane& to, unsigned column) {
  for (unsigned y = 0; y < 8; ++y) {
    for (unsigned x = 0; x < kWidth; x += 32) {
      const __m256i words = _mm256_packus_epi16(Averages<kHalfHeight>(from, y, 2 * x),
                                                Averages<kHalfHeight>(from, y, 2 * x + 32));
      _mm256_store_si256(reinterpret_cast<__m256i*>(&to[y][column + x]), _mm256_permute4x64_epi64(words, 0xd8));
    }
  }
}

}  // namespace avx2
POLYCODEC_SIMD_END

POLYCODEC_AVX512_BEGIN
namespace avx512 {

template <bool kHalfHeight>
void Downsample(const Plane& from, Plane& to, unsigned column) {
  const __m512i ones = _mm512_set1_epi8(1), rounding = _mm512_set1_epi32(kHalfHeight ? 0x00020001 : 0x00010000);
  const auto pairs = [&](unsigned row, unsigned x) __attribute__((always_inline)) {
    return _mm512_maddubs_epi16(_mm512_load_si512(&from[row][x]), ones);
  };
  for (unsigned y = 0; y < 8; ++y) {
    for (unsigned x = 0; x < kWidth; x += 32) {
      const __m512i sums = kHalfHeight ? _mm512_add_epi16(pairs(2 * y, 2 * x), pairs(2 * y + 1, 2 * x)) : pairs(y, 2 * x);
      const __m512i averages = _mm512_srli_epi16(_mm512_add_epi16(sums, rounding), kHalfHeight ? 2 : 1);
      _mm256_store_si256(reinterpret_cast<__m256i*>(&to[y][column + x]), _mm512_cvtepi16_epi8(averages));
    }
  }
}

}  // namespace avx512
POLYCODEC_SIMD_END

#endif

template <bool kHalfHeight>
Downsample Choose(Level level) {
#if POLYCODEC_HAS_X86
  if (level == Level::kAvx512) return avx512::Downsample<kHalfHeight>;
  if (level == Level::kAvx2) return avx2::Downsample<kHalfHeight>;
#endif
  return DownsampleScalar<kHalfHeight>;
}

}  // namespace

Downsample DownsampleFor(Level level, bool halfHeight) { return halfHeight ? Choose<true>(level) : Choose<false>(level); }

}  // namespace polycodec::jpeg_encode
