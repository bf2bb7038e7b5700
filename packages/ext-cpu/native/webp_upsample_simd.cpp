// AVX2: 32 pixels at a time.
//
// Interpolation goes down first, then across. Down, 3 a + b and a + 3 b of two rows of chroma, is computed once for a
// stretch of both rows of pixels, and kept; across needs each sum, the one before and the one behind, which are three
// loads from the nearest cache. Of three even pixels and three odd ones each sum is a part: 3 s + before + 8 and
// 3 s + behind + 8 are 16 times the chroma of an even and of an odd pixel. So even and odd pixels stay apart until their
// bytes are woven together at the end, and luma's bytes split the same way by a shift and a mask.
//
// All sums have 16 times their weight from the start (48 a + 16 b, at most 16320): then 3 s + before + 128 is chroma in a
// word's upper byte, at most 65408, and what the definition shifts out stands in the lower byte, where a mask removes it.
// An upper byte times a constant of 14 to 16 bits, of which the upper word is kept, is the definition's `v * c >> 8`.
//
// Signed words hold all sums of the conversion (-17685 to 30814) but the largest of blue, 34238: that one is cut to 32767
// by a saturating addition, and is 255 in any case. Packing to bytes clamps as the definition does.
#include "webp_upsample.hpp"

#if defined(__x86_64__)
#include <algorithm>
#include <utility>

#include <immintrin.h>

#include "weave_avx2.hpp"

#pragma GCC push_options
#pragma GCC target("avx2")

namespace polycodec::webp {
namespace {

using V = __m256i;
constexpr uint32_t kHalfStep = kFastStep / 2;

inline V Words(int value) { return _mm256_set1_epi16(static_cast<int16_t>(value)); }
// The first factor in every even byte, the second in every odd one.
inline V BytePairs(int first, int second) { return Words(first | second << 8); }
inline V Load(const void* from) { return _mm256_loadu_si256(static_cast<const V*>(from)); }

// 16 bytes, eight of them at the start of each lane.
inline V LoadHalves(const uint8_t* from) {
  return _mm256_permute4x64_epi64(_mm256_castsi128_si256(_mm_loadu_si128(reinterpret_cast<const __m128i*>(from))), 0b01'00'00);
}

// What goes down of a stretch of one plane's chroma, for both rows of pixels.
class Stretch {
 public:
  static constexpr uint32_t kPixels = 16 * kFastStep;

  // Of `pixels` pixels, a multiple of 2.
  void Sum(const uint8_t* above, const uint8_t* below, uint32_t pixels) {
    const V aboveFirst = BytePairs(48, 16), belowFirst = BytePairs(16, 48);
    for (uint32_t i = 0; i < pixels / 2 + 2; i += kHalfStep) {
      const V both = _mm256_unpacklo_epi8(LoadHalves(above + i - 1), LoadHalves(below + i - 1));
      _mm256_store_si256(reinterpret_cast<V*>(sums_[0] + i), _mm256_maddubs_epi16(both, aboveFirst));
      _mm256_store_si256(reinterpret_cast<V*>(sums_[1] + i), _mm256_maddubs_epi16(both, belowFirst));
    }
  }

  // Chroma in the upper bytes of words, of the 16 even and the 16 odd pixels of row `row` from pixel x on.
  struct Across {
    V even, odd;
  };
  Across At(unsigned row, uint32_t x) const {
    const uint16_t* const at = sums_[row] + 1 + x / 2;
    const V here = Load(at), upper = Words(0xff00);
    const V three = _mm256_add_epi16(_mm256_add_epi16(here, here), _mm256_add_epi16(here, Words(128)));
    return {_mm256_and_si256(_mm256_add_epi16(three, Load(at - 1)), upper),
            _mm256_and_si256(_mm256_add_epi16(three, Load(at + 1)), upper)};
  }

 private:
  // With the samples before and behind, and what the last step writes more.
  alignas(32) uint16_t sums_[2][kPixels / 2 + 2 * kHalfStep];
};

struct Colors {
  V red, green, blue;
};

inline V Part(V upperBytes, int factor) { return _mm256_mulhi_epu16(upperBytes, Words(factor)); }

// To words with six bits of fraction taken off.
inline Colors Convert(V y, V u, V v) {
  const V luma = Part(y, 19077);
  const V red = _mm256_add_epi16(luma, _mm256_sub_epi16(Part(v, 26149), Words(14234)));
  const V green = _mm256_sub_epi16(_mm256_add_epi16(luma, Words(8708)), _mm256_add_epi16(Part(u, 6419), Part(v, 13320)));
  const V blue = _mm256_adds_epi16(luma, _mm256_sub_epi16(Part(u, 33050), Words(17685)));
  return {_mm256_srai_epi16(red, 6), _mm256_srai_epi16(green, 6), _mm256_srai_epi16(blue, 6)};
}

template <PixelOrder kOrder>
inline void Store(const Colors& even, const Colors& odd, const avx2::PlacesOfThree* places, uint8_t* to) {
  V first = _mm256_packus_epi16(even.red, odd.red), third = _mm256_packus_epi16(even.blue, odd.blue);
  const V second = _mm256_packus_epi16(even.green, odd.green);
  if constexpr (kOrder == PixelOrder::kBgr) std::swap(first, third);
  V woven[ChannelsOf(kOrder)];
  if constexpr (kOrder == PixelOrder::kRgba) {
    avx2::WeaveWithOpaque(first, second, third, woven);
  } else {
    avx2::Weave(first, second, third, places, woven);
  }
  for (unsigned i = 0; i < ChannelsOf(kOrder); ++i) _mm256_storeu_si256(reinterpret_cast<V*>(to) + i, woven[i]);
}

// Steps begin at even pixels. The last one of a row ends with it, or a pixel before it, and does some pixels again; a
// pixel behind it, and rows without room for a step, are the definition's.
template <PixelOrder kOrder>
void UpsampleWith(const RowPair& rows, RowPrefetch& ahead) {
  if (rows.width < kFastStep) return UpsampleRows(rows, kOrder, 0);
  const avx2::PlacesOfThree* const places = avx2::Opaque(&avx2::kPlacesOfThree);
  const uint32_t end = rows.width & ~1u;
  Stretch u, v;
  for (uint32_t from = 0; from < end; from += Stretch::kPixels) {
    const uint32_t begin = std::min(from, end - kFastStep), last = std::min(from + Stretch::kPixels, end) - kFastStep;
    u.Sum(rows.u[0] + begin / 2, rows.u[1] + begin / 2, last + kFastStep - begin);
    v.Sum(rows.v[0] + begin / 2, rows.v[1] + begin / 2, last + kFastStep - begin);
    for (unsigned row = 0; row < 2; ++row) {
      if (rows.to[row] == nullptr) continue;
      for (uint32_t next = begin; next < last + kFastStep; next += kFastStep) {
        const uint32_t x = std::min(next, last);
        const V luma = Load(rows.y[row] + x);
        const Stretch::Across uHere = u.At(row, x - begin), vHere = v.At(row, x - begin);
        ahead.Ask();
        Store<kOrder>(Convert(_mm256_slli_epi16(luma, 8), uHere.even, vHere.even),
                      Convert(_mm256_and_si256(luma, Words(0xff00)), uHere.odd, vHere.odd), places,
                      rows.to[row] + size_t{x} * ChannelsOf(kOrder));
      }
    }
  }
  UpsampleRows(rows, kOrder, end);
}

}  // namespace

bool HasFastUpsampling() { return __builtin_cpu_supports("avx2"); }

void UpsampleRowsFast(const RowPair& rows, PixelOrder order, RowPrefetch& ahead) {
  switch (order) {
    case PixelOrder::kRgb: return UpsampleWith<PixelOrder::kRgb>(rows, ahead);
    case PixelOrder::kBgr: return UpsampleWith<PixelOrder::kBgr>(rows, ahead);
    case PixelOrder::kRgba: return UpsampleWith<PixelOrder::kRgba>(rows, ahead);
  }
}

}  // namespace polycodec::webp

#pragma GCC pop_options

#else

namespace polycodec::webp {

bool HasFastUpsampling() { return false; }
void UpsampleRowsFast(const RowPair& rows, PixelOrder order, RowPrefetch&) { UpsampleRows(rows, order, 0); }

}  // namespace polycodec::webp

#endif
