// Filtering with AVX2, 32 bytes at a time.
//
// Encoding has no chain from pixel to pixel: what is to the left is known. Paeth can be done in unsigned bytes: with
// p = above - corner and q = left - corner, the distances of the estimate left + above - corner are |p| to the left, |q|
// to above, and |p + q| to the corner, which is |p| + |q| where p and q have the same sign (saturation does not matter:
// then it is greater than both anyway), and else their difference.
#include "png_filter.hpp"

#if defined(__x86_64__)

#include <immintrin.h>

#define AVX2 __attribute__((target("avx2")))
#define AVX2_INLINE __attribute__((target("avx2"), always_inline)) inline

namespace polycodec::png {
namespace {

struct Neighbours {
  __m256i here, left, above, corner;
};

AVX2_INLINE __m256i Load(const uint8_t* from) { return _mm256_loadu_si256(reinterpret_cast<const __m256i*>(from)); }

AVX2_INLINE Neighbours At(const RowPair& pair, size_t i) {
  const uint8_t* row = pair.row + i;
  const uint8_t* above = pair.above + i;
  return {Load(row), Load(row - pair.pixelBytes), Load(above), Load(above - pair.pixelBytes)};
}

AVX2_INLINE __m256i Average(const Neighbours& n) {
  // vpavgb rounds up; the filter rounds down.
  const __m256i odd = _mm256_and_si256(_mm256_xor_si256(n.left, n.above), _mm256_set1_epi8(1));
  return _mm256_sub_epi8(_mm256_avg_epu8(n.left, n.above), odd);
}

AVX2_INLINE __m256i Distance(__m256i a, __m256i b) {
  return _mm256_or_si256(_mm256_subs_epu8(a, b), _mm256_subs_epu8(b, a));
}

AVX2_INLINE __m256i Paeth(const Neighbours& n) {
  const __m256i p = Distance(n.above, n.corner), q = Distance(n.left, n.corner);
  // All ones where above >= corner and left >= corner are both true or both false.
  const __m256i pUp = _mm256_cmpeq_epi8(_mm256_max_epu8(n.above, n.corner), n.above);
  const __m256i qUp = _mm256_cmpeq_epi8(_mm256_max_epu8(n.left, n.corner), n.left);
  const __m256i differ = _mm256_xor_si256(pUp, qUp);
  const __m256i toCorner = _mm256_blendv_epi8(_mm256_adds_epu8(p, q), Distance(p, q), differ);
  const __m256i least = _mm256_min_epu8(_mm256_min_epu8(p, q), toCorner);
  const __m256i aboveOrCorner = _mm256_blendv_epi8(n.corner, n.above, _mm256_cmpeq_epi8(least, q));
  return _mm256_blendv_epi8(aboveOrCorner, n.left, _mm256_cmpeq_epi8(least, p));
}

// Adds |differences|, summed eight by eight.
AVX2_INLINE void Add(__m256i& sum, __m256i here, __m256i predicted) {
  const __m256i difference = _mm256_abs_epi8(_mm256_sub_epi8(here, predicted));
  sum = _mm256_add_epi64(sum, _mm256_sad_epu8(difference, _mm256_setzero_si256()));
}

AVX2_INLINE uint64_t Total(__m256i sum) {
  alignas(32) uint64_t parts[4];
  _mm256_store_si256(reinterpret_cast<__m256i*>(parts), sum);
  return parts[0] + parts[1] + parts[2] + parts[3];
}

template <Filter filter>
AVX2 size_t Apply(const RowPair& pair, uint8_t* to) {
  size_t i = 0;
  for (; i + 32 <= pair.bytes; i += 32) {
    const Neighbours n = At(pair, i);
    const __m256i predicted = filter == kSub ? n.left : filter == kUp ? n.above : filter == kAverage ? Average(n) : Paeth(n);
    _mm256_storeu_si256(reinterpret_cast<__m256i*>(to + i), _mm256_sub_epi8(n.here, predicted));
  }
  return i;
}

}  // namespace

bool HasFastFilter() { return __builtin_cpu_supports("avx2"); }

AVX2 Filter ChooseFilterFast(const RowPair& pair, size_t step) {
  __m256i none = _mm256_setzero_si256(), sub = none, up = none, average = none, paeth = none;
  size_t i = 0;
  for (; i + kFilterBlock <= pair.bytes; i += step) {
    const Neighbours n = At(pair, i);
    Add(none, n.here, _mm256_setzero_si256());
    Add(sub, n.here, n.left);
    Add(up, n.here, n.above);
    Add(average, n.here, Average(n));
    Add(paeth, n.here, Paeth(n));
  }
  uint64_t sums[5] = {Total(none), Total(sub), Total(up), Total(average), Total(paeth)};
  AddDifferences(pair, i, sums);
  return Least(sums);
}

void ApplyFilterFast(Filter filter, const RowPair& pair, uint8_t* to) {
  size_t done = 0;
  switch (filter) {
    case kSub: done = Apply<kSub>(pair, to); break;
    case kUp: done = Apply<kUp>(pair, to); break;
    case kAverage: done = Apply<kAverage>(pair, to); break;
    case kPaeth: done = Apply<kPaeth>(pair, to); break;
    default: break;
  }
  ApplyFilterScalar(filter, pair, done, to);
}

}  // namespace polycodec::png

#else

namespace polycodec::png {

bool HasFastFilter() { return false; }
Filter ChooseFilterFast(const RowPair& pair, size_t step) { return ChooseFilterScalar(pair, step); }
void ApplyFilterFast(Filter filter, const RowPair& pair, uint8_t* to) { ApplyFilterScalar(filter, pair, 0, to); }

}  // namespace polycodec::png

#endif
