// AVX-512: a block in two registers, and masks of its coefficients in mask registers.
#include "jpeg_fast_progressive_codes.hpp"

#if defined(__x86_64__)
#include <immintrin.h>

#include <array>

#pragma GCC push_options
// GCC 12 finds uninitialized values in its own intrinsics (bug 105593).
#pragma GCC diagnostic ignored "-Wuninitialized"
#pragma GCC diagnostic ignored "-Wmaybe-uninitialized"
#pragma GCC target("avx512f,avx512bw,avx512vl,avx512dq,bmi,bmi2,popcnt")

namespace polycodec::jpeg::fast {
namespace {

inline uint64_t MaskOf(__m512i low, __m512i high) {
  return _mm512_test_epi16_mask(low, low) | uint64_t{_mm512_test_epi16_mask(high, high)} << 32;
}

inline uint64_t Nonzero(const int16_t* block) { return MaskOf(_mm512_load_si512(block), _mm512_load_si512(block + 32)); }

inline uint64_t Deposit(uint64_t bits, uint64_t places) { return _pdep_u64(bits, places); }

inline void AdjustHalf(int16_t* half, uint32_t grow, uint32_t up, uint32_t down, __m512i step) {
  __m512i values = _mm512_load_si512(half);
  const uint32_t negative = _mm512_movepi16_mask(values);
  values = _mm512_mask_add_epi16(values, up | (grow & ~negative), values, step);
  values = _mm512_mask_sub_epi16(values, down | (grow & negative), values, step);
  _mm512_store_si512(half, values);
}

inline void Adjust(int16_t* block, uint64_t grow, uint64_t up, uint64_t down, int step) {
  const __m512i steps = _mm512_set1_epi16(static_cast<int16_t>(step));
  AdjustHalf(block, static_cast<uint32_t>(grow), static_cast<uint32_t>(up), static_cast<uint32_t>(down), steps);
  AdjustHalf(block + 32, static_cast<uint32_t>(grow >> 32), static_cast<uint32_t>(up >> 32), static_cast<uint32_t>(down >> 32), steps);
}

#include "jpeg_fast_progressive_loops.hpp"

// Where in a block the coefficients of its natural order lie.
constexpr std::array<int16_t, 64> MakePlaces() {
  std::array<int16_t, 64> places{};
  for (unsigned k = 0; k < 64; ++k) places[kNaturalOrder[k]] = static_cast<int16_t>(PlaceOf(k));
  return places;
}
alignas(64) constexpr std::array<int16_t, 64> kPlaces = MakePlaces();

// Every lane of a block's registers is a row; a group's row is that lane of its four blocks.
inline void StoreRows(const __m512i (&blocks)[kGroupBlocks], int16_t* rows) {
  const __m512i a = _mm512_shuffle_i64x2(blocks[0], blocks[1], 0x44), b = _mm512_shuffle_i64x2(blocks[2], blocks[3], 0x44);
  const __m512i c = _mm512_shuffle_i64x2(blocks[0], blocks[1], 0xee), d = _mm512_shuffle_i64x2(blocks[2], blocks[3], 0xee);
  _mm512_store_si512(rows, _mm512_shuffle_i64x2(a, b, 0x88));
  _mm512_store_si512(rows + kGroupRow, _mm512_shuffle_i64x2(a, b, 0xdd));
  _mm512_store_si512(rows + 2 * kGroupRow, _mm512_shuffle_i64x2(c, d, 0x88));
  _mm512_store_si512(rows + 3 * kGroupRow, _mm512_shuffle_i64x2(c, d, 0xdd));
}

uint32_t Gather(int16_t* blocks, int16_t* group) {
  const __m512i upper = _mm512_load_si512(kPlaces.data()), lower = _mm512_load_si512(kPlaces.data() + 32);
  __m512i upperRows[kGroupBlocks], lowerRows[kGroupBlocks], anyLow = _mm512_setzero_si512(), anyHigh = anyLow;
#pragma GCC unroll 4
  for (unsigned b = 0; b < kGroupBlocks; ++b, blocks += kBlockCoefficients) {
    const __m512i low = _mm512_load_si512(blocks), high = _mm512_load_si512(blocks + 32);
    _mm512_store_si512(blocks, _mm512_setzero_si512());
    _mm512_store_si512(blocks + 32, _mm512_setzero_si512());
    upperRows[b] = _mm512_permutex2var_epi16(low, upper, high);
    lowerRows[b] = _mm512_permutex2var_epi16(low, lower, high);
    anyLow = _mm512_or_si512(anyLow, low);
    anyHigh = _mm512_or_si512(anyHigh, high);
  }
  StoreRows(upperRows, group);
  StoreRows(lowerRows, group + 4 * kGroupRow);
  return PlaceOf(static_cast<unsigned>(__builtin_ctzll(MaskOf(anyLow, anyHigh) | uint64_t{1} << PlaceOf(0))));
}

}  // namespace

ProgressiveKernels ProgressiveAvx512() { return {.first = DecodeFirst, .refine = DecodeRefinement, .gather = Gather}; }

}  // namespace polycodec::jpeg::fast

#pragma GCC pop_options
#endif
