// AVX2: 32 pixels at a time.
#include "jpeg_fast_rows.hpp"

#if defined(__x86_64__)
#include <algorithm>
#include <cstring>

#include <immintrin.h>

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

// Where pixel x of a lane's 16 stands: even ones first.
constexpr uint8_t PlaceOf(unsigned x) { return static_cast<uint8_t>(x % 2 * 8 + x / 2); }

// A lane's 16 pixels of three channels fill three lanes: for each of those, which byte of each channel; 0x80: none.
// Twice over, for both lanes of a register.
struct WeaveThree {
  alignas(32) uint8_t places[3][3][32] = {};
  constexpr WeaveThree() {
    for (unsigned i = 0; i < 48; ++i) {
      for (unsigned channel = 0; channel < 3; ++channel) {
        const uint8_t place = i % 3 == channel ? PlaceOf(i / 3) : 0x80;
        places[i / 16][channel][i % 16] = places[i / 16][channel][16 + i % 16] = place;
      }
    }
  }
};
constexpr WeaveThree kWeaveThree;

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

// There are more constants than registers. GCC would make some anew for every pixel, of immediate numbers, which is slow;
// what it cannot see through it reads from memory, which is nearly free.
template <class T>
inline const T* Opaque(const T* pointer) {
  __asm__("" : "+r"(pointer));
  return pointer;
}

template <>
struct Putter<Store::kThree> {
  const WeaveThree* weave = Opaque(&kWeaveThree);
  Putter() {}
  template <class T>
  [[gnu::always_inline]] void Put(const T& bytes, Destination to, uint32_t x, uint32_t width) const {
    V lanes[3];
#pragma GCC unroll 3
    for (unsigned i = 0; i < 3; ++i) {
      const auto places = [&](unsigned channel) { return _mm256_load_si256(reinterpret_cast<const V*>(weave->places[i][channel])); };
      lanes[i] = _mm256_or_si256(_mm256_or_si256(_mm256_shuffle_epi8(bytes.first, places(0)), _mm256_shuffle_epi8(bytes.second, places(1))),
                                 _mm256_shuffle_epi8(bytes.third, places(2)));
    }
    // lanes[i] holds part i of the first 16 pixels, and part i of the last 16.
    const V woven[3] = {_mm256_permute2x128_si256(lanes[0], lanes[1], 0x20), _mm256_permute2x128_si256(lanes[2], lanes[0], 0x30),
                        _mm256_permute2x128_si256(lanes[1], lanes[2], 0x31)};
    StoreFirst(woven, to[0] + size_t{x} * 3, width - x, 3);
  }
};

// Even pixels in the lower half of a lane, odd in the upper: back in order.
inline V InOrder(V bytes) {
  return _mm256_shuffle_epi8(bytes, _mm256_broadcastsi128_si256(_mm_setr_epi8(0, 8, 1, 9, 2, 10, 3, 11, 4, 12, 5, 13, 6, 14, 7, 15)));
}

template <>
struct Putter<Store::kFour> {
  template <class T>
  [[gnu::always_inline]] void Put(const T& bytes, Destination to, uint32_t x, uint32_t width) const {
    const V a = InOrder(bytes.first), b = InOrder(bytes.second), c = InOrder(bytes.third), d = _mm256_set1_epi8(-1);
    const V abLow = _mm256_unpacklo_epi8(a, b), abHigh = _mm256_unpackhi_epi8(a, b), cdLow = _mm256_unpacklo_epi8(c, d), cdHigh = _mm256_unpackhi_epi8(c, d);
    const V first = UnpackLow16(abLow, cdLow), second = UnpackHigh16(abLow, cdLow), third = UnpackLow16(abHigh, cdHigh), fourth = UnpackHigh16(abHigh, cdHigh);
    const V woven[4] = {_mm256_permute2x128_si256(first, second, 0x20), _mm256_permute2x128_si256(third, fourth, 0x20),
                        _mm256_permute2x128_si256(first, second, 0x31), _mm256_permute2x128_si256(third, fourth, 0x31)};
    StoreFirst(woven, to[0] + size_t{x} * 4, width - x, 4);
  }
};

template <>
struct Putter<Store::kPlanes> {
  template <class T>
  [[gnu::always_inline]] void Put(const T& bytes, Destination to, uint32_t x, uint32_t width) const {
    const V planes[3] = {InOrder(bytes.first), InOrder(bytes.second), InOrder(bytes.third)};
    for (unsigned i = 0; i < 3; ++i) {
      const V one[1] = {planes[i]};
      StoreFirst(one, to[i] + x, width - x, 1);
    }
  }
};

template <class Table, unsigned kCount>
struct NumbersOf {
  const Table* table;
  explicit NumbersOf(const Table& given) : table(Opaque(&given)) {}
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
