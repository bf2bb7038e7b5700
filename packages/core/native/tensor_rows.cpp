#include "tensor_rows.hpp"

#include <cstring>

#include "pixels_half.hpp"
#include "polycodec.h"

#if defined(__x86_64__) && defined(__GNUC__)
/* GCC 12 sees uninitialised variables in its own AVX-512 header (its bug 105593). */
#pragma GCC diagnostic ignored "-Wuninitialized"
#pragma GCC diagnostic ignored "-Wmaybe-uninitialized"
#define POLYCODEC_X86 1
#include <immintrin.h>
#endif

namespace polycodec::tensor {
namespace {

/* Two roundings: a compiler for a CPU with fused multiply-add must not make one of them. */
float Scaled(uint8_t value, float scale, float bias) {
  volatile float product = static_cast<float>(value) * scale;
  return product + bias;
}

void RowFloat32(const uint8_t* src, size_t count, const float* scale, const float* bias, uint8_t* dst) noexcept {
  for (size_t i = 0; i < count; i++) {
    const float value = Scaled(src[i], scale[i], bias[i]);
    std::memcpy(dst + i * sizeof value, &value, sizeof value);
  }
}

void RowFloat16(const uint8_t* src, size_t count, const float* scale, const float* bias, uint8_t* dst) noexcept {
  for (size_t i = 0; i < count; i++) {
    const uint16_t value = pixels::ToFloat16(Scaled(src[i], scale[i], bias[i]));
    std::memcpy(dst + i * sizeof value, &value, sizeof value);
  }
}

void RowUint8(const uint8_t* src, size_t count, const float*, const float*, uint8_t* dst) noexcept {
  if (count > 0) std::memcpy(dst, src, count);
}

#ifdef POLYCODEC_X86

#define AVX2 __attribute__((target("avx2,f16c")))
#define AVX512 __attribute__((target("avx512f,avx512bw,f16c")))

AVX2 inline __m256 Eight(const uint8_t* src, const float* scale, const float* bias) {
  const __m256i wide = _mm256_cvtepu8_epi32(_mm_loadl_epi64(reinterpret_cast<const __m128i*>(src)));
  const __m256 product = _mm256_mul_ps(_mm256_cvtepi32_ps(wide), _mm256_loadu_ps(scale));
  return _mm256_add_ps(product, _mm256_loadu_ps(bias));
}

AVX2 void RowFloat32Avx2(const uint8_t* src, size_t count, const float* scale, const float* bias,
                         uint8_t* dst) noexcept {
  size_t i = 0;
  for (; i + 8 <= count; i += 8) {
    _mm256_storeu_ps(reinterpret_cast<float*>(dst + i * 4), Eight(src + i, scale + i, bias + i));
  }
  RowFloat32(src + i, count - i, scale + i, bias + i, dst + i * 4);
}

AVX2 void RowFloat16Avx2(const uint8_t* src, size_t count, const float* scale, const float* bias,
                         uint8_t* dst) noexcept {
  size_t i = 0;
  for (; i + 8 <= count; i += 8) {
    const __m128i halves = _mm256_cvtps_ph(Eight(src + i, scale + i, bias + i), _MM_FROUND_TO_NEAREST_INT);
    _mm_storeu_si128(reinterpret_cast<__m128i*>(dst + i * 2), halves);
  }
  RowFloat16(src + i, count - i, scale + i, bias + i, dst + i * 2);
}

/* The rounding is named in the product so that the compiler does not fuse it with the sum, which AVX-512 could. */
AVX512 inline __m512 Sixteen(const uint8_t* src, const float* scale, const float* bias) {
  const __m512i wide = _mm512_cvtepu8_epi32(_mm_loadu_si128(reinterpret_cast<const __m128i*>(src)));
  const __m512 product = _mm512_mul_round_ps(_mm512_cvtepi32_ps(wide), _mm512_loadu_ps(scale),
                                             _MM_FROUND_TO_NEAREST_INT | _MM_FROUND_NO_EXC);
  return _mm512_add_ps(product, _mm512_loadu_ps(bias));
}

AVX512 void RowFloat32Avx512(const uint8_t* src, size_t count, const float* scale, const float* bias,
                             uint8_t* dst) noexcept {
  size_t i = 0;
  for (; i + 16 <= count; i += 16) _mm512_storeu_ps(dst + i * 4, Sixteen(src + i, scale + i, bias + i));
  RowFloat32(src + i, count - i, scale + i, bias + i, dst + i * 4);
}

AVX512 void RowFloat16Avx512(const uint8_t* src, size_t count, const float* scale, const float* bias,
                             uint8_t* dst) noexcept {
  size_t i = 0;
  for (; i + 16 <= count; i += 16) {
    const __m256i halves = _mm512_cvtps_ph(Sixteen(src + i, scale + i, bias + i), _MM_FROUND_TO_NEAREST_INT);
    _mm256_storeu_si256(reinterpret_cast<__m256i*>(dst + i * 2), halves);
  }
  RowFloat16(src + i, count - i, scale + i, bias + i, dst + i * 2);
}

#endif

}  // namespace

RowFn FindRow(int32_t dtype, pixels::Level level) noexcept {
  if (dtype == POLYCODEC_UINT8) return RowUint8;
  if (dtype != POLYCODEC_FLOAT32 && dtype != POLYCODEC_FLOAT16) return nullptr;
  const bool whole = dtype == POLYCODEC_FLOAT32;
#ifdef POLYCODEC_X86
  if (level == pixels::Level::kAvx512) return whole ? RowFloat32Avx512 : RowFloat16Avx512;
  if (level == pixels::Level::kAvx2) return whole ? RowFloat32Avx2 : RowFloat16Avx2;
#endif
  return whole ? RowFloat32 : RowFloat16;
}

}  // namespace polycodec::tensor
