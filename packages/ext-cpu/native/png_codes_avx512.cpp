// AVX-512: up to 64 literals at a time.
//
// Plainly each literal's code is looked up in memory, and appended to the bits that wait. But a code has at most 12 bits, so
// all 256 codes with their lengths are 512 bytes: eight registers, in which 64 literals are looked up at once. Neighbours are
// then joined, the second shifted by the length of the first: two to at most 24 bits, four to 48, and eight if they are no
// more than 56 bits together, as they nearly always are. Those are appended plainly: an eighth of the appending, which is one
// chain from the first bit to the last. Encoding photographs is a seventh faster.
#include "png_codes.hpp"

#if defined(__x86_64__)

#include <algorithm>

#include <immintrin.h>

#pragma GCC push_options
// GCC 12 finds uninitialized values in its own intrinsics (bug 105593).
#pragma GCC diagnostic ignored "-Wuninitialized"
#pragma GCC diagnostic ignored "-Wmaybe-uninitialized"
#pragma GCC target("avx512f,avx512bw,avx512vl,avx512dq,avx512vbmi,bmi2")

namespace polycodec::png {
namespace {

constexpr size_t kGroup = 64;
// Fewer literals than this are faster one by one.
constexpr size_t kFewest = 12;

// 256 bytes, looked up 64 at a time.
struct Table {
  __m512i parts[4];
  explicit Table(const uint8_t* bytes) {
    for (int i = 0; i < 4; ++i) parts[i] = _mm512_loadu_si512(bytes + 64 * i);
  }
  __m512i At(__m512i places) const {
    const __m512i low = _mm512_permutex2var_epi8(parts[0], places, parts[1]);
    const __m512i high = _mm512_permutex2var_epi8(parts[2], places, parts[3]);
    return _mm512_mask_blend_epi8(_mm512_movepi8_mask(places), low, high);
  }
};

struct LiteralCodes {
  // The low 8 bits of a code, and its upper 4 with its length above them.
  Table low, high;
  static LiteralCodes Of(const BlockCodes& codes) {
    uint8_t low[256], high[256];
    for (size_t i = 0; i < 256; ++i) {
      low[i] = uint8_t(codes.literals[i].value);
      high[i] = uint8_t(codes.literals[i].value >> 8 | codes.literals[i].bits << 4);
    }
    return {Table(low), Table(high)};
  }
};

// 32 codes of 12 bits with their lengths in the upper 4.
inline uint8_t* Put32(__m512i words, BitBuffer& buffer, uint8_t* to) {
  const __m512i low16 = _mm512_set1_epi32(0xffff), low32 = _mm512_set1_epi64(0xffffffff);
  const __m512i lengths = _mm512_srli_epi16(words, 12), values = _mm512_and_si512(words, _mm512_set1_epi16(0x0fff));

  const __m512i twoFirst = _mm512_and_si512(lengths, low16);
  const __m512i two = _mm512_or_si512(_mm512_and_si512(values, low16), _mm512_sllv_epi32(_mm512_srli_epi32(values, 16), twoFirst));
  const __m512i twoLengths = _mm512_add_epi32(twoFirst, _mm512_srli_epi32(lengths, 16));

  const __m512i fourFirst = _mm512_and_si512(twoLengths, low32);
  const __m512i four = _mm512_or_si512(_mm512_and_si512(two, low32), _mm512_sllv_epi64(_mm512_srli_epi64(two, 32), fourFirst));
  const __m512i fourLengths = _mm512_add_epi64(fourFirst, _mm512_srli_epi64(twoLengths, 32));

  const __m512i eightLengths = _mm512_add_epi64(fourLengths, _mm512_unpackhi_epi64(fourLengths, fourLengths));
  alignas(64) uint64_t bits[8], counts[8];
  if (_mm512_mask_cmpgt_epi64_mask(0x55, eightLengths, _mm512_set1_epi64(56)) == 0) [[likely]] {
    const __m512i eight = _mm512_or_si512(four, _mm512_sllv_epi64(_mm512_unpackhi_epi64(four, four), fourLengths));
    _mm512_store_si512(bits, eight);
    _mm512_store_si512(counts, eightLengths);
    asm("" : "+m"(bits), "+m"(counts));
    for (int i = 0; i < 8; i += 2) {
      buffer.Put(bits[i], uint32_t(counts[i]));
      to = buffer.Flush(to);
    }
  } else {
    _mm512_store_si512(bits, four);
    _mm512_store_si512(counts, fourLengths);
    for (int i = 0; i < 8; ++i) {
      buffer.Put(bits[i], uint32_t(counts[i]));
      to = buffer.Flush(to);
    }
  }
  return to;
}

// The first `count` of the literals, at most 64.
inline uint8_t* PutGroup(const LiteralCodes& codes, const uint8_t* data, size_t count, BitBuffer& buffer, uint8_t* to) {
  const __mmask64 there = _bzhi_u64(~uint64_t{0}, uint32_t(count));
  // Bytes are interleaved lane by lane: so the first half of the literals goes to the lower halves of the lanes.
  const __m512i order = _mm512_setr_epi64(0, 4, 1, 5, 2, 6, 3, 7);
  const __m512i literals = _mm512_permutexvar_epi64(order, _mm512_maskz_loadu_epi8(there, data));
  const __m512i low = codes.low.At(literals), high = codes.high.At(literals);
  to = Put32(_mm512_maskz_mov_epi16(__mmask32(there), _mm512_unpacklo_epi8(low, high)), buffer, to);
  if (count <= kGroup / 2) return to;
  return Put32(_mm512_maskz_mov_epi16(__mmask32(there >> 32), _mm512_unpackhi_epi8(low, high)), buffer, to);
}

}  // namespace

bool HasFastCodes() {
  return __builtin_cpu_supports("avx512f") && __builtin_cpu_supports("avx512bw") && __builtin_cpu_supports("avx512vl") &&
         __builtin_cpu_supports("avx512dq") && __builtin_cpu_supports("avx512vbmi") && __builtin_cpu_supports("bmi2");
}

uint8_t* PutTokensAvx512(const BlockCodes& codes, const uint8_t* data, const std::vector<Token>& tokens, BitBuffer& rest,
                         uint8_t* to) {
  const LiteralCodes literalCodes = LiteralCodes::Of(codes);
  const auto inGroups = [&](const uint8_t* from, const uint8_t* end, BitBuffer& buffer, uint8_t* at) {
    while (size_t(end - from) >= kFewest) {
      const size_t count = std::min(kGroup, size_t(end - from));
      at = PutGroup(literalCodes, from, count, buffer, at);
      from += count;
    }
    return PutLiterals(codes, from, end, buffer, at);
  };
  return PutTokensWith(inGroups, codes, data, tokens, rest, to);
}

}  // namespace polycodec::png

#pragma GCC pop_options

#else

namespace polycodec::png {

bool HasFastCodes() { return false; }

}  // namespace polycodec::png

#endif
