// AVX2 and BMI2: a block in four registers.
#include "jpeg_fast_progressive_codes.hpp"

#if defined(__x86_64__)
#include <immintrin.h>

#pragma GCC push_options
#pragma GCC target("avx2,bmi,bmi2,popcnt")

namespace polycodec::jpeg::fast {
namespace {

// Of half a block: 32 bits.
inline uint32_t NonzeroHalf(const int16_t* half) {
  const auto* from = reinterpret_cast<const __m256i*>(half);
  // Bytes of -1 where a coefficient is zero; packing goes by lanes, which the permutation undoes.
  const __m256i zero = _mm256_setzero_si256();
  const __m256i packed = _mm256_packs_epi16(_mm256_cmpeq_epi16(_mm256_load_si256(from), zero), _mm256_cmpeq_epi16(_mm256_load_si256(from + 1), zero));
  return ~static_cast<uint32_t>(_mm256_movemask_epi8(_mm256_permute4x64_epi64(packed, 0xd8)));
}

inline uint64_t Nonzero(const int16_t* block) { return NonzeroHalf(block) | uint64_t{NonzeroHalf(block + 32)} << 32; }

inline uint64_t Deposit(uint64_t bits, uint64_t places) { return _pdep_u64(bits, places); }

// -1 in every lane whose bit is set.
inline __m256i Spread(uint64_t bits) {
  const __m256i each = _mm256_setr_epi16(1, 2, 4, 8, 16, 32, 64, 128, 256, 512, 1024, 2048, 4096, 8192, 16384, -32768);
  return _mm256_cmpeq_epi16(_mm256_and_si256(_mm256_set1_epi16(static_cast<int16_t>(bits)), each), each);
}

inline void Adjust(int16_t* block, uint64_t grow, uint64_t up, uint64_t down, int step) {
  const __m256i steps = _mm256_set1_epi16(static_cast<int16_t>(step));
  for (unsigned i = 0; i < 4; ++i, grow >>= 16, up >>= 16, down >>= 16) {
    auto* const at = reinterpret_cast<__m256i*>(block) + i;
    const __m256i values = _mm256_load_si256(at);
    // A coefficient's sign times the step, where it is to grow: that of zero would be none.
    const __m256i grown = _mm256_sign_epi16(_mm256_and_si256(Spread(grow), steps), values);
    const __m256i fresh = _mm256_sub_epi16(_mm256_and_si256(Spread(up), steps), _mm256_and_si256(Spread(down), steps));
    _mm256_store_si256(at, _mm256_add_epi16(values, _mm256_add_epi16(grown, fresh)));
  }
}

#include "jpeg_fast_progressive_loops.hpp"

}  // namespace

ProgressiveKernels ProgressiveAvx2() { return {.first = DecodeFirst, .refine = DecodeRefinement, .gather = GatherEach}; }

}  // namespace polycodec::jpeg::fast

#pragma GCC pop_options
#endif
