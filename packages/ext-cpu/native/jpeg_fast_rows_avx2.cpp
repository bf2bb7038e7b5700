// AVX2: 32 pixels at a time.
#include "jpeg_fast_rows.hpp"

#if defined(__x86_64__)
#include <algorithm>
#include <cstring>

#include <immintrin.h>

#include "weave_avx2.hpp"

#pragma GCC push_options
#pragma GCC target("avx2,bmi2")

namespace polycodec::jpeg::fast {
namespace {

using V = __m256i;
constexpr uint32_t kPixels = 32;

inline V LoadBytes(const uint8_t* from) { return _mm256_loadu_si256(reinterpret_cast<const V*>(from)); }
inline V LoadHalf(const uint8_t* from) { return _mm256_cvtepu8_epi16(_mm_loadu_si128(reinterpret_cast<const __m128i*>(from))); }
inline void StoreBytes(uint8_t* to, V v) { _mm256_storeu_si256(reinterpret_cast<V*>(to), v); }
inline V And(V a, V b) { return _mm256_and_si256(a, b); }
inline V Add16(V a, V b) { return _mm256_add_epi16(a, b); }
inline V Sub16(V a, V b) { return _mm256_sub_epi16(a, b); }
inline V MultiplyRounded16(V a, V b) { return _mm256_mulhrs_epi16(a, b); }
inline V MaddAdd(V sum, V a, V b) { return _mm256_add_epi32(sum, _mm256_madd_epi16(a, b)); }
template <int kBits> inline V ShiftRight16(V a) { return _mm256_srli_epi16(a, kBits); }
template <int kBits> inline V ShiftRightSigned16(V a) { return _mm256_srai_epi16(a, kBits); }
template <int kBits> inline V ShiftRightSigned32(V a) { return _mm256_srai_epi32(a, kBits); }
inline V UnpackLow16(V a, V b) { return _mm256_unpacklo_epi16(a, b); }
inline V UnpackHigh16(V a, V b) { return _mm256_unpackhi_epi16(a, b); }
inline V PackSigned32(V a, V b) { return _mm256_packs_epi32(a, b); }
inline V PackUnsigned16(V a, V b) { return _mm256_packus_epi16(a, b); }

template <Store kStore>
struct Putter;

// Whole registers, or the first bytes of them by way of the stack.
template <unsigned kCount>
[[gnu::always_inline]] inline void StoreFirst(const V (&bytes)[kCount], uint8_t* to, uint32_t left, uint32_t channels) {
  if (left >= kPixels) {
    for (unsigned i = 0; i < kCount; ++i) StoreBytes(to + 32 * i, bytes[i]);
    return;
  }
  uint8_t all[kCount * 32];
  for (unsigned i = 0; i < kCount; ++i) StoreBytes(all + 32 * i, bytes[i]);
  std::memcpy(to, all, size_t{left} * channels);
}

template <>
struct Putter<Store::kThree> {
  const avx2::PlacesOfThree* places = avx2::Opaque(&avx2::kPlacesOfThree);
  Putter() {}
  template <class T>
  [[gnu::always_inline]] void Put(const T& bytes, Destination to, uint32_t x, uint32_t width) const {
    V woven[3];
    avx2::Weave(bytes.first, bytes.second, bytes.third, places, woven);
    StoreFirst(woven, to[0] + size_t{x} * 3, width - x, 3);
  }
};

template <>
struct Putter<Store::kFour> {
  template <class T>
  [[gnu::always_inline]] void Put(const T& bytes, Destination to, uint32_t x, uint32_t width) const {
    V woven[4];
    avx2::WeaveWithOpaque(bytes.first, bytes.second, bytes.third, woven);
    StoreFirst(woven, to[0] + size_t{x} * 4, width - x, 4);
  }
};

template <>
struct Putter<Store::kPlanes> {
  template <class T>
  [[gnu::always_inline]] void Put(const T& bytes, Destination to, uint32_t x, uint32_t width) const {
    const V planes[3] = {avx2::InOrder(bytes.first), avx2::InOrder(bytes.second), avx2::InOrder(bytes.third)};
    for (unsigned i = 0; i < 3; ++i) {
      const V one[1] = {planes[i]};
      StoreFirst(one, to[i] + x, width - x, 1);
    }
  }
};

template <class Table, unsigned kCount>
struct NumbersOf {
  const Table* table;
  explicit NumbersOf(const Table& given) : table(avx2::Opaque(&given)) {}
  [[gnu::always_inline]] V operator[](unsigned i) const { return _mm256_load_si256(reinterpret_cast<const V*>(table->values[i])); }
};

#include "jpeg_fast_rows_simd.hpp"

}  // namespace

RowFn RowAvx2(Chroma chroma, Colors colors, Store store) {
  return chroma == Chroma::kFull ? POLYCODEC_CHOOSE(RowFull, colors, store) : POLYCODEC_CHOOSE(RowH2, colors, store);
}

RowPairFn RowPairAvx2(Colors colors, Store store) { return POLYCODEC_CHOOSE(RowPairH2V2, colors, store); }

}  // namespace polycodec::jpeg::fast

#pragma GCC pop_options
#endif
