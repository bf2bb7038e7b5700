// AVX-512: 64 pixels at a time.
#include "jpeg_fast_rows.hpp"

#if defined(__x86_64__)
#include <array>

#include <immintrin.h>

#pragma GCC push_options
// GCC 12 finds uninitialized values in its own intrinsics (bug 105593).
#pragma GCC diagnostic ignored "-Wuninitialized"
#pragma GCC diagnostic ignored "-Wmaybe-uninitialized"
#pragma GCC target("avx512f,avx512bw,avx512vl,avx512dq,avx512vbmi,avx512vnni,bmi2")

namespace polycodec::jpeg::fast {
namespace {

using V = __m512i;
constexpr uint32_t kPixels = 64;

inline V LoadBytes(const uint8_t* from) { return _mm512_loadu_si512(from); }
inline V LoadHalf(const uint8_t* from) { return _mm512_cvtepu8_epi16(_mm256_loadu_si256(reinterpret_cast<const __m256i*>(from))); }
inline V And(V a, V b) { return _mm512_and_si512(a, b); }
inline V Add16(V a, V b) { return _mm512_add_epi16(a, b); }
inline V Sub16(V a, V b) { return _mm512_sub_epi16(a, b); }
inline V MultiplyRounded16(V a, V b) { return _mm512_mulhrs_epi16(a, b); }
inline V MaddAdd(V sum, V a, V b) { return _mm512_dpwssd_epi32(sum, a, b); }
template <int kBits> inline V ShiftRight16(V a) { return _mm512_srli_epi16(a, kBits); }
template <int kBits> inline V ShiftRightSigned16(V a) { return _mm512_srai_epi16(a, kBits); }
template <int kBits> inline V ShiftRightSigned32(V a) { return _mm512_srai_epi32(a, kBits); }
inline V UnpackLow16(V a, V b) { return _mm512_unpacklo_epi16(a, b); }
inline V UnpackHigh16(V a, V b) { return _mm512_unpackhi_epi16(a, b); }
inline V PackSigned32(V a, V b) { return _mm512_packs_epi32(a, b); }
inline V PackUnsigned16(V a, V b) { return _mm512_packus_epi16(a, b); }

// Where pixel x stands in a register of even and odd halves by lane.
constexpr uint8_t PlaceOf(unsigned x) { return static_cast<uint8_t>(x / 16 * 16 + x % 2 * 8 + x % 16 / 2); }

// For each of an output's registers: which byte of the first two channels (a two-register permutation) and of the
// third, and which bytes are the third's or the fourth's.
template <unsigned kChannels>
struct Weave {
  alignas(64) uint8_t firstTwo[kChannels][64] = {}, third[kChannels][64] = {};
  uint64_t isThird[kChannels] = {}, isFourth = 0;

  constexpr Weave() {
    for (unsigned i = 0; i < kChannels * 64; ++i) {
      const unsigned x = i / kChannels, channel = i % kChannels, which = i / 64, at = i % 64;
      if (channel < 2) firstTwo[which][at] = static_cast<uint8_t>(PlaceOf(x) | channel << 6);
      if (channel == 2) third[which][at] = PlaceOf(x), isThird[which] |= uint64_t{1} << at;
      if (channel == 3) isFourth |= uint64_t{1} << at;  // the same in all four
    }
  }
};
constexpr Weave<3> kWeaveThree;
constexpr Weave<4> kWeaveFour;
struct Order {
  alignas(64) uint8_t places[64] = {};
  constexpr Order() {
    for (unsigned x = 0; x < 64; ++x) places[x] = PlaceOf(x);
  }
};
constexpr Order kOrder;

inline __mmask64 FirstBytes(int64_t count) { return count >= 64 ? ~uint64_t{0} : count <= 0 ? 0 : (uint64_t{1} << count) - 1; }

// Constructors are written out: an implied one would be compiled without the target.
template <Store kStore>
struct Putter;

template <unsigned kChannels>
constexpr const Weave<kChannels>& WeaveOf() {
  if constexpr (kChannels == 3) return kWeaveThree;
  else return kWeaveFour;
}

template <unsigned kChannels>
struct Weaver {
  V firstTwo[kChannels], third[kChannels];
  Weaver() {
    constexpr const Weave<kChannels>& weave = WeaveOf<kChannels>();
    for (unsigned i = 0; i < kChannels; ++i) firstTwo[i] = LoadBytes(weave.firstTwo[i]), third[i] = LoadBytes(weave.third[i]);
  }
  [[gnu::always_inline]] void Put(V a, V b, V c, uint8_t* to, uint32_t left) const {
    constexpr const Weave<kChannels>& weave = WeaveOf<kChannels>();
#pragma GCC unroll 4
    for (unsigned i = 0; i < kChannels; ++i) {
      V bytes = _mm512_mask_permutexvar_epi8(_mm512_permutex2var_epi8(a, firstTwo[i], b), weave.isThird[i], third[i], c);
      if constexpr (kChannels == 4) bytes = _mm512_mask_mov_epi8(bytes, weave.isFourth, _mm512_set1_epi8(-1));
      if (left >= kPixels) {
        _mm512_storeu_si512(to + 64 * i, bytes);
      } else {
        _mm512_mask_storeu_epi8(to + 64 * i, FirstBytes(int64_t{left} * kChannels - 64 * int64_t{i}), bytes);
      }
    }
  }
};

template <>
struct Putter<Store::kThree> {
  Weaver<3> weaver;
  Putter() {}
  template <class T>
  [[gnu::always_inline]] void Put(const T& bytes, Destination to, uint32_t x, uint32_t width) const {
    weaver.Put(bytes.first, bytes.second, bytes.third, to[0] + size_t{x} * 3, width - x);
  }
};
template <>
struct Putter<Store::kFour> {
  Weaver<4> weaver;
  Putter() {}
  template <class T>
  [[gnu::always_inline]] void Put(const T& bytes, Destination to, uint32_t x, uint32_t width) const {
    weaver.Put(bytes.first, bytes.second, bytes.third, to[0] + size_t{x} * 4, width - x);
  }
};
template <>
struct Putter<Store::kPlanes> {
  V order;
  Putter() : order(LoadBytes(kOrder.places)) {}
  template <class T>
  [[gnu::always_inline]] void Put(const T& bytes, Destination to, uint32_t x, uint32_t width) const {
    const __mmask64 mask = FirstBytes(int64_t{width} - x);
    _mm512_mask_storeu_epi8(to[0] + x, mask, _mm512_permutexvar_epi8(order, bytes.first));
    _mm512_mask_storeu_epi8(to[1] + x, mask, _mm512_permutexvar_epi8(order, bytes.second));
    _mm512_mask_storeu_epi8(to[2] + x, mask, _mm512_permutexvar_epi8(order, bytes.third));
  }
};

template <class Table, unsigned kCount>
struct NumbersOf {
  V values[kCount];
  explicit NumbersOf(const Table& table) {
    for (unsigned i = 0; i < kCount; ++i) values[i] = _mm512_load_si512(table.values[i]);
  }
  [[gnu::always_inline]] V operator[](unsigned i) const { return values[i]; }
};

#include "jpeg_fast_rows_simd.hpp"

}  // namespace

RowFn RowAvx512(Chroma chroma, Colors colors, Store store) {
  return chroma == Chroma::kFull ? POLYCODEC_CHOOSE(RowFull, colors, store) : POLYCODEC_CHOOSE(RowH2, colors, store);
}

RowPairFn RowPairAvx512(Colors colors, Store store) { return POLYCODEC_CHOOSE(RowPairH2V2, colors, store); }

}  // namespace polycodec::jpeg::fast

#pragma GCC pop_options
#endif
