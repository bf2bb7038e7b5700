// The transform, one block at a time as it is defined, and sixteen (AVX2: eight) blocks at a time in vectors.
//
// The usual SIMD transform holds a row of a block in a register, and transposes before each of its passes, and once more
// into zigzag order: 100 of its 250 instructions only move data. Here a register holds one coefficient, of sixteen blocks
// (or two neighbours of each of them). Then
//  - a pass is plain arithmetic between registers, with no movement at all;
//  - a quantiser's step is one number for the whole register, and quotients can stay as 32-bit numbers, which takes two
//    instructions (see quantization.cpp) instead of six;
//  - zigzag order costs nothing: it is the order in which the registers are written down;
//  - one transposition remains, at the end, of pairs of coefficients.
// It also needs pairs of words for the multiply-add instructions; they come about by taking two shifted numbers' halves
// together, one blend for two registers. The passes are in forward_dct_vectors.inc, the same text for both widths.
#include "forward_dct.hpp"

#include <cstring>

#include "dct_constants.hpp"

#if POLYCODEC_HAS_X86
#include <immintrin.h>
#endif

namespace polycodec::jpeg_encode {
namespace {

// One row or column: eight sums, not yet rounded. Of outputs 0 and 4 as of the others, `scale` is the weight of a sample.
void Transform1d(const int (&x)[8], int scale, int (&sums)[8]) {
  const int t0 = x[0] + x[7], t1 = x[1] + x[6], t2 = x[2] + x[5], t3 = x[3] + x[4];
  const int odd[4] = {x[0] - x[7], x[1] - x[6], x[3] - x[4], x[2] - x[5]};
  const int u3 = t0 - t3, u2 = t1 - t2;
  sums[0] = scale * (t0 + t3 + t1 + t2);
  sums[4] = scale * (t0 + t3 - t1 - t2);
  for (int i = 0; i < 2; ++i) sums[2 + 4 * i] = u3 * dct::kEven[i][0] + u2 * dct::kEven[i][1];
  for (int i = 0; i < 4; ++i) {
    sums[1 + 2 * i] = 0;
    for (int j = 0; j < 4; ++j) sums[1 + 2 * i] += odd[j] * dct::kOdd[i][j];
  }
}

int Round(int sum, int shift) { return (sum + (1 << (shift - 1))) >> shift; }

void TransformBlock(const uint8_t* samples, size_t stride, const QuantTable& table, int16_t* to) {
  int rows[8][8];
  for (int y = 0; y < 8; ++y) {
    int x[8], sums[8];
    for (int i = 0; i < 8; ++i) x[i] = samples[stride * y + i] - 128;
    Transform1d(x, 1 << dct::kFirstBits, sums);
    for (int k = 0; k < 8; ++k) rows[y][k] = k % 4 == 0 ? sums[k] : Round(sums[k], dct::kFirstShift);
  }
  for (int k = 0; k < 8; ++k) {
    int x[8], sums[8];
    for (int y = 0; y < 8; ++y) x[y] = rows[y][k];
    Transform1d(x, 1, sums);
    for (int v = 0; v < 8; ++v) {
      const int coefficient = Round(sums[v], v % 4 == 0 ? dct::kFirstBits : dct::kSecondShift);
      const unsigned natural = 8 * v + k;
      to[kZigzagIndex[natural]] = static_cast<int16_t>(Quantize(table, natural, coefficient));
    }
  }
}

void ForwardDctScalar(const uint8_t* first, const uint8_t* second, size_t stride, const QuantTable& table,
                      int16_t* toFirst, int16_t* toSecond) {
  for (unsigned b = 0; b < kRunBlocks; ++b) {
    TransformBlock(first + 8 * b, stride, table, toFirst + 64 * b);
    TransformBlock(second + 8 * b, stride, table, toSecond + 64 * b);
  }
}

#if POLYCODEC_HAS_X86

// Words of a pair: the first in the lower half.
constexpr int WordPair(int first, int second) {
  return static_cast<int>((static_cast<unsigned>(first) & 0xffff) | static_cast<unsigned>(second) << 16);
}

// Sixteen samples, two blocks c and d, to bytes (c0 c7 c1 c6) (c3 c4 c2 c5) (d0 d7 d1 d6) (d3 d4 d2 d5): as pairs whose
// sums and differences are wanted.
alignas(16) constexpr int8_t kPairOrder[16] = {0, 7, 1, 6, 3, 4, 2, 5, 8, 15, 9, 14, 11, 12, 10, 13};

POLYCODEC_AVX2_BEGIN
namespace avx2 {

using V = __m256i;
constexpr unsigned kLanes = 8;

inline V Load(const void* from) { return _mm256_load_si256(static_cast<const V*>(from)); }
inline V LoadUnaligned(const void* from) { return _mm256_loadu_si256(static_cast<const V*>(from)); }
inline void Store(void* to, V v) { _mm256_store_si256(static_cast<V*>(to), v); }
inline V Set32(int x) { return _mm256_set1_epi32(x); }
inline V Set16Bytes(const void* from) { return _mm256_broadcastsi128_si256(_mm_load_si128(static_cast<const __m128i*>(from))); }
inline V Add16(V a, V b) { return _mm256_add_epi16(a, b); }
inline V Sub16(V a, V b) { return _mm256_sub_epi16(a, b); }
inline V PairSums8(V bytes, V weights) { return _mm256_maddubs_epi16(bytes, weights); }
inline V PairSums16(V sum, V a, V b) { return _mm256_add_epi32(sum, _mm256_madd_epi16(a, b)); }
template <int kBits> inline V ShiftRightSigned(V v) { return _mm256_srai_epi32(v, kBits); }
template <int kBits> inline V ShiftRight(V v) { return _mm256_srli_epi32(v, kBits); }
template <int kBits> inline V ShiftLeft(V v) { return _mm256_slli_epi32(v, kBits); }
inline V ShiftRightSignedBy(V v, V bits) { return _mm256_srav_epi32(v, bits); }
inline V LowWordsHighWords(V low, V high) { return _mm256_blend_epi16(low, high, 0xaa); }
inline V ShuffleBytes(V v, V order) { return _mm256_shuffle_epi8(v, order); }
template <int kOrder> inline V Shuffle32(V a, V b) {
  return _mm256_castps_si256(_mm256_shuffle_ps(_mm256_castsi256_ps(a), _mm256_castsi256_ps(b), kOrder));
}
inline V Low32(V a, V b) { return _mm256_unpacklo_epi32(a, b); }
inline V High32(V a, V b) { return _mm256_unpackhi_epi32(a, b); }
inline V Low64(V a, V b) { return _mm256_unpacklo_epi64(a, b); }
inline V High64(V a, V b) { return _mm256_unpackhi_epi64(a, b); }

// `at[g]` holds, in 128-bit lane l, 8 words of block l; the words of group g of two. 32 bytes of each block are stored.
inline void StoreLanes(const V (&at)[2], int16_t* to, size_t laneStep) {
  Store(to, _mm256_permute2x128_si256(at[0], at[1], 0x20));
  Store(to + laneStep, _mm256_permute2x128_si256(at[0], at[1], 0x31));
}

#include "forward_dct_vectors.inc"

void ForwardDct(const uint8_t* first, const uint8_t* second, size_t stride, const QuantTable& table, int16_t* toFirst,
                int16_t* toSecond) {
  TransformRuns(first, first + 32, stride, table, toFirst, toFirst + 4 * 64);
  TransformRuns(second, second + 32, stride, table, toSecond, toSecond + 4 * 64);
}

}  // namespace avx2
POLYCODEC_SIMD_END

POLYCODEC_AVX512_BEGIN
namespace avx512 {

using V = __m512i;
constexpr unsigned kLanes = 16;

inline V Load(const void* from) { return _mm512_load_si512(from); }
inline V LoadUnaligned(const void* from) { return _mm512_loadu_si512(from); }
inline void Store(void* to, V v) { _mm512_store_si512(to, v); }
inline V Set32(int x) { return _mm512_set1_epi32(x); }
inline V Set16Bytes(const void* from) { return _mm512_broadcast_i32x4(_mm_load_si128(static_cast<const __m128i*>(from))); }
inline V Add16(V a, V b) { return _mm512_add_epi16(a, b); }
inline V Sub16(V a, V b) { return _mm512_sub_epi16(a, b); }
inline V PairSums8(V bytes, V weights) { return _mm512_maddubs_epi16(bytes, weights); }
inline V PairSums16(V sum, V a, V b) { return _mm512_dpwssd_epi32(sum, a, b); }
template <int kBits> inline V ShiftRightSigned(V v) { return _mm512_srai_epi32(v, kBits); }
template <int kBits> inline V ShiftRight(V v) { return _mm512_srli_epi32(v, kBits); }
template <int kBits> inline V ShiftLeft(V v) { return _mm512_slli_epi32(v, kBits); }
inline V ShiftRightSignedBy(V v, V bits) { return _mm512_srav_epi32(v, bits); }
inline V LowWordsHighWords(V low, V high) { return _mm512_mask_blend_epi16(0xaaaaaaaa, low, high); }
inline V ShuffleBytes(V v, V order) { return _mm512_shuffle_epi8(v, order); }
template <int kOrder> inline V Shuffle32(V a, V b) {
  return _mm512_castps_si512(_mm512_shuffle_ps(_mm512_castsi512_ps(a), _mm512_castsi512_ps(b), kOrder));
}
inline V Low32(V a, V b) { return _mm512_unpacklo_epi32(a, b); }
inline V High32(V a, V b) { return _mm512_unpackhi_epi32(a, b); }
inline V Low64(V a, V b) { return _mm512_unpacklo_epi64(a, b); }
inline V High64(V a, V b) { return _mm512_unpackhi_epi64(a, b); }

// As above, of four blocks and four groups: a transposition of 4 x 4 128-bit lanes.
inline void StoreLanes(const V (&at)[4], int16_t* to, size_t laneStep) {
  const V a = _mm512_shuffle_i32x4(at[0], at[1], 0x44), b = _mm512_shuffle_i32x4(at[0], at[1], 0xee);
  const V c = _mm512_shuffle_i32x4(at[2], at[3], 0x44), d = _mm512_shuffle_i32x4(at[2], at[3], 0xee);
  Store(to, _mm512_shuffle_i32x4(a, c, 0x88));
  Store(to + laneStep, _mm512_shuffle_i32x4(a, c, 0xdd));
  Store(to + 2 * laneStep, _mm512_shuffle_i32x4(b, d, 0x88));
  Store(to + 3 * laneStep, _mm512_shuffle_i32x4(b, d, 0xdd));
}

#include "forward_dct_vectors.inc"

void ForwardDct(const uint8_t* first, const uint8_t* second, size_t stride, const QuantTable& table, int16_t* toFirst,
                int16_t* toSecond) {
  TransformRuns(first, second, stride, table, toFirst, toSecond);
}

}  // namespace avx512
POLYCODEC_SIMD_END

#endif

}  // namespace

ForwardDct ForwardDctFor(Level level) {
#if POLYCODEC_HAS_X86
  if (level == Level::kAvx512) return avx512::ForwardDct;
  if (level == Level::kAvx2) return avx2::ForwardDct;
#endif
  return ForwardDctScalar;
}

}  // namespace polycodec::jpeg_encode
