// AVX2: two of a group's blocks in one register.
#include "jpeg_fast_idct.hpp"

#if defined(__x86_64__)
#include <immintrin.h>

#pragma GCC push_options
#pragma GCC target("avx2,bmi2")

namespace polycodec::jpeg::fast {
namespace {

using V = __m256i;

inline V Zero() { return _mm256_setzero_si256(); }
inline V Set32(int32_t value) { return _mm256_set1_epi32(value); }
inline V Load(const void* from) { return _mm256_load_si256(static_cast<const V*>(from)); }
inline void Store(void* to, V v) { _mm256_store_si256(static_cast<V*>(to), v); }
inline V Or(V a, V b) { return _mm256_or_si256(a, b); }
inline V Add32(V a, V b) { return _mm256_add_epi32(a, b); }
inline V Sub32(V a, V b) { return _mm256_sub_epi32(a, b); }
inline V Madd(V a, V b) { return _mm256_madd_epi16(a, b); }
inline V MultiplyLow16(V a, V b) { return _mm256_mullo_epi16(a, b); }
inline V MultiplyHighUnsigned16(V a, V b) { return _mm256_mulhi_epu16(a, b); }
inline V Abs16(V a) { return _mm256_abs_epi16(a); }
template <int kBits> inline V ShiftRight32(V a) { return _mm256_srai_epi32(a, kBits); }
template <int kBits> inline V ShiftRight16(V a) { return _mm256_srli_epi16(a, kBits); }
inline V Pack32(V a, V b) { return _mm256_packs_epi32(a, b); }
inline V Pack16(V a, V b) { return _mm256_packs_epi16(a, b); }
inline V UnpackLow8(V a, V b) { return _mm256_unpacklo_epi8(a, b); }
inline V UnpackHigh8(V a, V b) { return _mm256_unpackhi_epi8(a, b); }
inline V UnpackLow16(V a, V b) { return _mm256_unpacklo_epi16(a, b); }
inline V UnpackHigh16(V a, V b) { return _mm256_unpackhi_epi16(a, b); }
inline V UnpackLow32(V a, V b) { return _mm256_unpacklo_epi32(a, b); }
inline V UnpackHigh32(V a, V b) { return _mm256_unpackhi_epi32(a, b); }
inline V UnpackLow64(V a, V b) { return _mm256_unpacklo_epi64(a, b); }
inline V UnpackHigh64(V a, V b) { return _mm256_unpackhi_epi64(a, b); }
inline V EvenWords32(V a) { return _mm256_shuffle_epi32(a, 0x88); }
inline RangeFlags AnyBit(V a) { return _mm256_testz_si256(a, a) == 0; }

// Every lane holds two rows of eight pixels, less 128.
inline void StoreRows(V rows, uint8_t* to, size_t stride) {
  const V pixels = _mm256_xor_si256(_mm256_permute4x64_epi64(rows, 0xd8), _mm256_set1_epi8(-128));
  _mm_storeu_si128(reinterpret_cast<__m128i*>(to), _mm256_castsi256_si128(pixels));
  _mm_storeu_si128(reinterpret_cast<__m128i*>(to + stride), _mm256_extracti128_si256(pixels, 1));
}

// Every lane holds four columns of four pixels, less 128.
inline void StoreHalfRows(V columns, uint8_t* to, size_t stride) {
  const V rows = _mm256_shuffle_epi8(columns, _mm256_broadcastsi128_si256(_mm_setr_epi8(0, 4, 8, 12, 1, 5, 9, 13, 2, 6, 10, 14, 3, 7, 11, 15)));
  const V pixels = _mm256_xor_si256(_mm256_permutevar8x32_epi32(rows, _mm256_setr_epi32(0, 4, 1, 5, 2, 6, 3, 7)), _mm256_set1_epi8(-128));
  _mm_storel_epi64(reinterpret_cast<__m128i*>(to), _mm256_castsi256_si128(pixels));
  _mm_storeh_pd(reinterpret_cast<double*>(to + stride), _mm_castsi128_pd(_mm256_castsi256_si128(pixels)));
  _mm_storel_epi64(reinterpret_cast<__m128i*>(to + 2 * stride), _mm256_extracti128_si256(pixels, 1));
  _mm_storeh_pd(reinterpret_cast<double*>(to + 3 * stride), _mm_castsi128_pd(_mm256_extracti128_si256(pixels, 1)));
}

#include "jpeg_fast_idct_simd.hpp"

template <int kRows>
RangeFlags Group(int16_t* group, const Quantization& quantization, uint8_t* to, size_t stride) {
  return Blocks<kRows>(group, quantization.steps, quantization.guards, to, stride) |
         Blocks<kRows>(group + 16, quantization.steps, quantization.guards, to + 16, stride);
}

RangeFlags HalfGroup(int16_t* group, const Quantization& quantization, uint8_t* to, size_t stride) {
  return HalfBlocks(group, quantization.steps, quantization.guards, to, stride) |
         HalfBlocks(group + 16, quantization.steps, quantization.guards, to + 8, stride);
}

RangeFlags FlatGroup(int16_t* group, const Quantization& quantization, uint8_t* to, size_t stride) {
  V pixels[2], beyond = Zero();
  const V first = _mm256_setr_epi16(-1, 0, 0, 0, 0, 0, 0, 0, -1, 0, 0, 0, 0, 0, 0, 0);
  for (int half = 0; half < 2; ++half) {
    const V coefficients = Load(group + 16 * half);
    Store(group + 16 * half, Zero());
    const V dc = MultiplyLow16(coefficients, Load(quantization.steps));
    // Below 2^12, for it is taken four times between the passes; only the lanes' first values are of interest.
    beyond = Or(beyond, Or(MultiplyHighUnsigned16(Abs16(coefficients), Load(quantization.guards)), ShiftRight16<12>(Abs16(dc))));
    const V level = _mm256_srai_epi16(_mm256_adds_epi16(dc, _mm256_set1_epi16(4)), 3);
    pixels[half] = _mm256_xor_si256(_mm256_shuffle_epi8(_mm256_packs_epi16(level, level), Zero()), _mm256_set1_epi8(-128));
  }
  const V row = _mm256_permute4x64_epi64(UnpackLow64(pixels[0], pixels[1]), 0xd8);
  for (int y = 0; y < 8; ++y) _mm256_storeu_si256(reinterpret_cast<V*>(to + y * stride), row);
  return AnyBit(_mm256_and_si256(beyond, first));
}

}  // namespace

IdctKernels IdctAvx2() {
  const IdctKernels portable = IdctPortable();
  return {.full = Group<8>, .corner = Group<4>, .flat = FlatGroup, .half = HalfGroup, .quarter = portable.quarter, .eighth = portable.eighth};
}

}  // namespace polycodec::jpeg::fast

#pragma GCC pop_options
#endif
