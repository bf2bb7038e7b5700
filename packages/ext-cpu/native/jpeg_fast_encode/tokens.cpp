// Plainly: walk over the coefficients, count zeros, write a token for each that is not zero. That asks a question for
// every coefficient, whose answer depends on the picture.
//
// Fast: a bit mask says which coefficients are not zero. The CPU's compress instruction (AVX2: a table of shuffles, eight
// coefficients at a time) moves them together, and their places likewise; a run is the difference of two places less
// one. Long runs, which take tokens of their own, are found in the mask by a handful of operations for the whole block
// and are added to it as bits where the coefficient is zero. No branch depends on a coefficient but that one. The number
// of tokens is a population count, and buffers are written in whole vectors, beyond what counts.
#include "tokens.hpp"

#include <array>
#include <bit>
#include <cstring>

#if POLYCODEC_HAS_X86
#include <immintrin.h>
#endif

namespace polycodec::jpeg_encode {
namespace {

void AppendTokensScalar(const int16_t* coefficients, const ScanBlock* blocks, size_t count, int (&predictors)[3],
                        TokenBuffer& to) {
  const auto append = [&to](int kind, int value) {
    to.kinds[to.count] = static_cast<uint8_t>(kind);
    to.values[to.count] = static_cast<int16_t>(value);
    ++to.count;
  };
  for (size_t i = 0; i < count; ++i) {
    const int16_t* block = coefficients + kBlockSize * blocks[i].offset;
    const int tables = blocks[i].tables;
    int& predictor = predictors[blocks[i].component];
    append(tables + kDc, block[0] - predictor);
    predictor = block[0];
    int run = 0;
    for (unsigned k = 1; k < kBlockSize; ++k) {
      if (block[k] == 0) {
        ++run;
        continue;
      }
      for (; run > 15; run -= 16) append(tables + 15, 0);
      append(tables + run, block[k]);
      run = 0;
    }
    if (run > 0) append(tables, 0);
  }
}

// Bit 0 of `mask`, DC's, is set. Sets a bit after every 16 zeros that come before a set bit.
[[gnu::noinline]] uint64_t SplitLongRuns(uint64_t mask) {
  uint64_t split = mask;
  int before = 0;
  for (uint64_t rest = mask & (mask - 1); rest != 0; rest &= rest - 1) {
    const int place = std::countr_zero(rest);
    for (; place - before > 16; before += 16) split |= uint64_t{1} << (before + 16);
    before = place;
  }
  return split;
}

// SplitLongRuns for those few blocks that have any: 16 zeros and a set bit above them.
inline uint64_t WithLongRuns(uint64_t mask) {
  uint64_t zeros = ~mask;  // bit i will say: i to i + 15 are zero
  zeros &= zeros >> 1;
  zeros &= zeros >> 2;
  zeros &= zeros >> 4;
  zeros &= zeros >> 8;
  if (zeros == 0 || mask >> __builtin_ctzll(zeros) == 0) [[likely]] return mask;
  return SplitLongRuns(mask);
}

#if POLYCODEC_HAS_X86

// For each mask of 8 coefficients: the words that are set moved together, and the run before each of them.
struct Compression {
  alignas(64) std::array<std::array<uint8_t, 16>, 256> words;
  alignas(64) std::array<uint64_t, 256> runs;
};
constexpr Compression kCompression = [] {
  Compression compression{};
  for (unsigned mask = 0; mask < 256; ++mask) {
    unsigned count = 0, run = 0;
    for (unsigned bit = 0; bit < 8; ++bit, ++run) {
      if ((mask >> bit & 1) == 0) continue;
      compression.words[mask][2 * count] = static_cast<uint8_t>(2 * bit);
      compression.words[mask][2 * count + 1] = static_cast<uint8_t>(2 * bit + 1);
      compression.runs[mask] |= uint64_t{run} << (8 * count);
      ++count;
      run = static_cast<unsigned>(-1);
    }
    for (unsigned i = 2 * count; i < 16; ++i) compression.words[mask][i] = 0x80;  // a zero
  }
  return compression;
}();

POLYCODEC_AVX2_BEGIN
namespace avx2 {

// Coefficients [8g, 8g + 8): what of the mask is theirs.
inline void AppendGroup(const int16_t* block, uint64_t mask, unsigned group, uint64_t tables, uint8_t*& kinds,
                        int16_t*& values) {
  const unsigned mine = mask >> (8 * group) & 255;
  const __m128i coefficients = _mm_load_si128(reinterpret_cast<const __m128i*>(block + 8 * group));
  const __m128i order = _mm_load_si128(reinterpret_cast<const __m128i*>(kCompression.words[mine].data()));
  _mm_storeu_si128(reinterpret_cast<__m128i*>(values), _mm_shuffle_epi8(coefficients, order));
  // The first run begins in the groups before.
  const uint64_t carried = group == 0 ? 0 : _lzcnt_u64(mask << (64 - 8 * group));
  const uint64_t runs = kCompression.runs[mine] + tables + carried;
  std::memcpy(kinds, &runs, sizeof runs);
  const unsigned count = static_cast<unsigned>(_mm_popcnt_u32(mine));
  kinds += count;
  values += count;
}

void AppendTokens(const int16_t* coefficients, const ScanBlock* blocks, size_t count, int (&predictors)[3],
                  TokenBuffer& to) {
  size_t n = to.count;
  for (size_t i = 0; i < count; ++i) {
    const int16_t* block = coefficients + kBlockSize * blocks[i].offset;
    const auto half = [block](unsigned at) __attribute__((always_inline)) {
      const auto* from = reinterpret_cast<const __m256i*>(block + at);
      const __m256i bytes = _mm256_packs_epi16(_mm256_load_si256(from), _mm256_load_si256(from + 1));
      const __m256i zeros = _mm256_cmpeq_epi8(_mm256_permute4x64_epi64(bytes, 0xd8), _mm256_setzero_si256());
      return static_cast<uint64_t>(static_cast<uint32_t>(~_mm256_movemask_epi8(zeros)));
    };
    const uint64_t mask = WithLongRuns(half(0) | half(32) << 32 | 1);
    uint8_t* kinds = to.kinds + n;
    int16_t* values = to.values + n;
    const uint64_t tables = blocks[i].tables * 0x0101010101010101u;
    AppendGroup(block, mask, 0, tables, kinds, values);
    AppendGroup(block, mask, 1, tables, kinds, values);
    if (mask >> 16 != 0) {
      AppendGroup(block, mask, 2, tables, kinds, values);
      AppendGroup(block, mask, 3, tables, kinds, values);
      if (mask >> 32 != 0) {
        for (unsigned group = 4; group < 8; ++group) AppendGroup(block, mask, group, tables, kinds, values);
      }
    }
    int& predictor = predictors[blocks[i].component];
    to.kinds[n] = blocks[i].tables + kDc;
    to.values[n] = static_cast<int16_t>(block[0] - predictor);
    predictor = block[0];
    n += static_cast<size_t>(_mm_popcnt_u64(mask));
    to.kinds[n] = blocks[i].tables;
    to.values[n] = 0;
    n += 1 - (mask >> 63);
  }
  to.count = n;
}

}  // namespace avx2
POLYCODEC_SIMD_END

struct Places {
  alignas(64) uint8_t place[64];
  alignas(64) uint8_t before[64];  // one place before
};
constexpr Places kPlaces = [] {
  Places places{};
  for (unsigned i = 0; i < 64; ++i) {
    places.place[i] = static_cast<uint8_t>(i);
    places.before[i] = static_cast<uint8_t>((i - 1) & 63);
  }
  return places;
}();

POLYCODEC_AVX512_BEGIN
namespace avx512 {

void AppendTokens(const int16_t* coefficients, const ScanBlock* blocks, size_t count, int (&predictors)[3],
                  TokenBuffer& to) {
  const __m512i place = _mm512_load_si512(kPlaces.place), oneBefore = _mm512_load_si512(kPlaces.before);
  size_t n = to.count;
  for (size_t i = 0; i < count; ++i) {
    const int16_t* block = coefficients + kBlockSize * blocks[i].offset;
    __m512i low = _mm512_load_si512(block);
    const __m512i high = _mm512_load_si512(block + 32);
    const uint64_t mask = WithLongRuns(uint64_t{_mm512_test_epi16_mask(low, low)} |
                                       uint64_t{_mm512_test_epi16_mask(high, high)} << 32 | 1);
    const uint32_t lowMask = static_cast<uint32_t>(mask), highMask = static_cast<uint32_t>(mask >> 32);
    int& predictor = predictors[blocks[i].component];
    const int dc = block[0];
    low = _mm512_mask_set1_epi16(low, 1, static_cast<int16_t>(dc - predictor));
    predictor = dc;

    // kind = place - place before - 1 + tables
    const __m512i compressed = _mm512_maskz_compress_epi8(mask, place);
    const __m512i steps = _mm512_sub_epi8(compressed, _mm512_permutexvar_epi8(oneBefore, compressed));
    const __m512i runs = _mm512_add_epi8(steps, _mm512_set1_epi8(static_cast<char>(blocks[i].tables - 1)));
    const __m512i kinds = _mm512_mask_blend_epi8(1, runs, _mm512_set1_epi8(static_cast<char>(blocks[i].tables + kDc)));
    _mm512_storeu_si512(to.kinds + n, kinds);
    const auto lowCount = static_cast<size_t>(_mm_popcnt_u32(lowMask));
    _mm512_storeu_si512(to.values + n, _mm512_maskz_compress_epi16(lowMask, low));
    _mm512_storeu_si512(to.values + n + lowCount, _mm512_maskz_compress_epi16(highMask, high));
    n += static_cast<size_t>(_mm_popcnt_u64(mask));
    // The value there is a zero of the compression.
    to.kinds[n] = blocks[i].tables;
    n += 1 - (mask >> 63);
  }
  to.count = n;
}

}  // namespace avx512
POLYCODEC_SIMD_END

#endif

}  // namespace

AppendTokens AppendTokensFor(Level level) {
#if POLYCODEC_HAS_X86
  if (level == Level::kAvx512) return avx512::AppendTokens;
  if (level == Level::kAvx2) return avx2::AppendTokens;
#endif
  return AppendTokensScalar;
}

}  // namespace polycodec::jpeg_encode
