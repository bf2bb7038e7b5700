/*
 * value * alpha + ground * (255 - alpha), over 255: both products and their sum fit 16 unsigned bits, because the two
 * weights add up to 255. Dividing x < 2^16 by 255 is multiplying by 0x8081 and shifting right by 23.
 */
#include "pixels_blend.hpp"

#include <cstring>

#include "pixels_level.hpp"

#if defined(__x86_64__) && defined(__GNUC__)
#include <immintrin.h>
#define POLYCODEC_X86 1
#define AVX2 __attribute__((target("avx2")))
#endif

namespace polycodec::pixels {

#ifdef POLYCODEC_X86
namespace {

/* Four pixels of 16-bit channels. */
AVX2 inline __m256i BlendFour(__m256i pixels, __m256i ground) {
  constexpr char _ = -1;
  const __m256i spread = _mm256_broadcastsi128_si256(_mm_setr_epi8(6, _, 6, _, 6, _, 6, _, 14, _, 14, _, 14, _, 14, _));
  const __m256i alpha = _mm256_shuffle_epi8(pixels, spread);
  const __m256i rest = _mm256_sub_epi16(_mm256_set1_epi16(255), alpha);
  const __m256i sum = _mm256_add_epi16(_mm256_mullo_epi16(pixels, alpha), _mm256_mullo_epi16(ground, rest));
  const __m256i rounded = _mm256_add_epi16(sum, _mm256_set1_epi16(127));
  return _mm256_srli_epi16(_mm256_mulhi_epu16(rounded, _mm256_set1_epi16(static_cast<int16_t>(0x8081))), 7);
}

AVX2 void BlendEight(const uint8_t* src, uint8_t* dst, __m256i ground) {
  const __m256i pixels = _mm256_loadu_si256(reinterpret_cast<const __m256i*>(src));
  const __m256i zero = _mm256_setzero_si256();
  const __m256i low = BlendFour(_mm256_unpacklo_epi8(pixels, zero), ground);
  const __m256i high = BlendFour(_mm256_unpackhi_epi8(pixels, zero), ground);
  _mm256_storeu_si256(reinterpret_cast<__m256i*>(dst), _mm256_packus_epi16(low, high));
}

/* The ground is by target channel; here it is wanted by source channel. */
AVX2 void BlendRgba(const Conversion& plan, const uint8_t* src, uint8_t* dst, size_t count) {
  int16_t by[4] = {};
  for (int c = 0; c < 3; c++) by[plan.take[c]] = plan.ground[c];
  const __m256i ground = _mm256_set1_epi64x(static_cast<int64_t>(
      static_cast<uint64_t>(by[0]) | static_cast<uint64_t>(by[1]) << 16 | static_cast<uint64_t>(by[2]) << 32));
  size_t x = 0;
  for (; x + 8 <= count; x += 8) BlendEight(src + 4 * x, dst + 4 * x, ground);
  if (x == count) return;
  uint8_t rest[32] = {};
  std::memcpy(rest, src + 4 * x, 4 * (count - x));
  BlendEight(rest, rest, ground);
  std::memcpy(dst + 4 * x, rest, 4 * (count - x));
}

}  // namespace

BlendFn FindBlend(const Conversion& plan, const polycodec_layout& src, const polycodec_layout& dst) noexcept {
  const auto isByte = [](const polycodec_layout& layout) {
    return layout.dtype == POLYCODEC_UINT8 && layout.precision == 8;
  };
  if (CurrentLevel() < Level::kAvx2 || !isByte(src) || !isByte(dst) || src.sample_format != POLYCODEC_I_RGBA) {
    return nullptr;
  }
  if (dst.channels != 3 || plan.take[0] < 0 || plan.take[1] < 0 || plan.take[2] < 0) return nullptr;
  return BlendRgba;
}

#else

BlendFn FindBlend(const Conversion&, const polycodec_layout&, const polycodec_layout&) noexcept { return nullptr; }

#endif

}  // namespace polycodec::pixels
