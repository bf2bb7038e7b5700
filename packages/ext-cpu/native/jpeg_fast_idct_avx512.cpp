// AVX-512: a group's four blocks in one register.
#include "jpeg_fast_idct.hpp"

#if defined(__x86_64__)
#include <immintrin.h>

#pragma GCC push_options
// GCC 12 finds uninitialized values in its own intrinsics (bug 105593).
#pragma GCC diagnostic ignored "-Wuninitialized"
#pragma GCC diagnostic ignored "-Wmaybe-uninitialized"
#pragma GCC target("avx512f,avx512bw,avx512vl,avx512dq,bmi2")

namespace polycodec::jpeg::fast {
namespace {

using V = __m512i;

inline V Zero() { return _mm512_setzero_si512(); }
inline V Set32(int32_t value) { return _mm512_set1_epi32(value); }
inline V Load(const void* from) { return _mm512_load_si512(from); }
inline void Store(void* to, V v) { _mm512_store_si512(to, v); }
inline V Or(V a, V b) { return _mm512_or_si512(a, b); }
inline V Add32(V a, V b) { return _mm512_add_epi32(a, b); }
inline V Sub32(V a, V b) { return _mm512_sub_epi32(a, b); }
inline V Madd(V a, V b) { return _mm512_madd_epi16(a, b); }
inline V MultiplyLow16(V a, V b) { return _mm512_mullo_epi16(a, b); }
inline V MultiplyHighUnsigned16(V a, V b) { return _mm512_mulhi_epu16(a, b); }
inline V Abs16(V a) { return _mm512_abs_epi16(a); }
template <int kBits> inline V ShiftRight32(V a) { return _mm512_srai_epi32(a, kBits); }
template <int kBits> inline V ShiftRight16(V a) { return _mm512_srli_epi16(a, kBits); }
inline V Pack32(V a, V b) { return _mm512_packs_epi32(a, b); }
inline V Pack16(V a, V b) { return _mm512_packs_epi16(a, b); }
inline V UnpackLow8(V a, V b) { return _mm512_unpacklo_epi8(a, b); }
inline V UnpackHigh8(V a, V b) { return _mm512_unpackhi_epi8(a, b); }
inline V UnpackLow16(V a, V b) { return _mm512_unpacklo_epi16(a, b); }
inline V UnpackHigh16(V a, V b) { return _mm512_unpackhi_epi16(a, b); }
inline V UnpackLow32(V a, V b) { return _mm512_unpacklo_epi32(a, b); }
inline V UnpackHigh32(V a, V b) { return _mm512_unpackhi_epi32(a, b); }
inline V UnpackLow64(V a, V b) { return _mm512_unpacklo_epi64(a, b); }
inline V UnpackHigh64(V a, V b) { return _mm512_unpackhi_epi64(a, b); }
inline V EvenWords32(V a) { return _mm512_shuffle_epi32(a, _MM_PERM_DACA); }
inline RangeFlags AnyBit(V a) { return _mm512_test_epi16_mask(a, a) != 0; }

// Every lane holds two rows of eight pixels, less 128.
inline void StoreRows(V rows, uint8_t* to, size_t stride) {
  const V pixels = _mm512_xor_si512(_mm512_permutexvar_epi64(_mm512_setr_epi64(0, 2, 4, 6, 1, 3, 5, 7), rows), _mm512_set1_epi8(-128));
  _mm256_storeu_si256(reinterpret_cast<__m256i*>(to), _mm512_castsi512_si256(pixels));
  _mm256_storeu_si256(reinterpret_cast<__m256i*>(to + stride), _mm512_extracti64x4_epi64(pixels, 1));
}

// Every lane holds four columns of four pixels, less 128.
inline void StoreHalfRows(V columns, uint8_t* to, size_t stride) {
  const V rows = _mm512_shuffle_epi8(columns, _mm512_broadcast_i32x4(_mm_setr_epi8(0, 4, 8, 12, 1, 5, 9, 13, 2, 6, 10, 14, 3, 7, 11, 15)));
  const V order = _mm512_setr_epi32(0, 4, 8, 12, 1, 5, 9, 13, 2, 6, 10, 14, 3, 7, 11, 15);
  const V pixels = _mm512_xor_si512(_mm512_permutexvar_epi32(order, rows), _mm512_set1_epi8(-128));
  _mm_storeu_si128(reinterpret_cast<__m128i*>(to), _mm512_castsi512_si128(pixels));
  _mm_storeu_si128(reinterpret_cast<__m128i*>(to + stride), _mm512_extracti64x2_epi64(pixels, 1));
  _mm_storeu_si128(reinterpret_cast<__m128i*>(to + 2 * stride), _mm512_extracti64x2_epi64(pixels, 2));
  _mm_storeu_si128(reinterpret_cast<__m128i*>(to + 3 * stride), _mm512_extracti64x2_epi64(pixels, 3));
}

#include "jpeg_fast_idct_simd.hpp"

template <int kRows>
RangeFlags Group(int16_t* group, const Quantization& quantization, uint8_t* to, size_t stride) {
  return Blocks<kRows>(group, quantization.steps, quantization.guards, to, stride);
}

RangeFlags HalfGroup(int16_t* group, const Quantization& quantization, uint8_t* to, size_t stride) {
  return HalfBlocks(group, quantization.steps, quantization.guards, to, stride);
}

RangeFlags FlatGroup(int16_t* group, const Quantization& quantization, uint8_t* to, size_t stride) {
  const V coefficients = Load(group);
  Store(group, Zero());
  const V dc = _mm512_mullo_epi16(coefficients, Load(quantization.steps));
  // Below 2^12, for it is taken four times between the passes; only the lanes' first values are of interest.
  const V beyond = Or(MultiplyHighUnsigned16(Abs16(coefficients), Load(quantization.guards)), ShiftRight16<12>(Abs16(dc)));
  V pixels = _mm512_srai_epi16(_mm512_adds_epi16(dc, _mm512_set1_epi16(4)), 3);
  pixels = _mm512_shuffle_epi8(_mm512_packs_epi16(pixels, pixels), Zero());
  pixels = _mm512_permutexvar_epi64(_mm512_setr_epi64(0, 2, 4, 6, 1, 3, 5, 7), _mm512_xor_si512(pixels, _mm512_set1_epi8(-128)));
  for (int row = 0; row < 8; ++row) _mm256_storeu_si256(reinterpret_cast<__m256i*>(to + row * stride), _mm512_castsi512_si256(pixels));
  return _mm512_mask_test_epi16_mask(0x01010101, beyond, beyond) != 0;
}

}  // namespace

IdctKernels IdctAvx512() {
  const IdctKernels portable = IdctPortable();
  return {.full = Group<8>, .corner = Group<4>, .flat = FlatGroup, .half = HalfGroup, .quarter = portable.quarter, .eighth = portable.eighth};
}

}  // namespace polycodec::jpeg::fast

#pragma GCC pop_options
#endif
