// The definition, and the same in vectors: four bytes of a pixel are spread to two pairs of words, (red, green) and
// (blue, green), of which multiply-add instructions make the three sums of 32 bits. Green comes twice because its weight
// for Y, 38470 of 65536, is more than a signed word holds, and is given as the sum of two. Weights of one half, 32768,
// are more as well: Cb and Cr are computed negated, with -32768, and their bytes inverted at the end, for which the
// rounding constant is chosen such that ~x is the result. The wanted byte is the third of each sum: bits 16 to 23.
#include "color.hpp"

#if POLYCODEC_HAS_X86
#include <immintrin.h>
#endif

namespace polycodec::jpeg_encode {
namespace {

constexpr int kYRed = 19595, kYGreen = 38470, kYBlue = 7471;           // 0.299, 0.587, 0.114
constexpr int kCbRed = 11059, kCbGreen = 21709, kCrGreen = 27439, kCrBlue = 5329;  // 0.16874, 0.33126, 0.41869, 0.08131
constexpr int kHalf = 32768;
// Half less one, so that a full blue or red, which gives 255.5, does not round up to 256; and 128 for zero.
constexpr int kChromaRound = (128 << 16) + kHalf - 1;

constexpr unsigned RedAt(PixelOrder order) { return order == PixelOrder::kBgr ? 2 : 0; }
constexpr unsigned BlueAt(PixelOrder order) { return order == PixelOrder::kBgr ? 0 : 2; }

template <PixelOrder kOrder>
void ConvertColorScalar(const uint8_t* const* rows, unsigned count, SamplePlanes& to, unsigned first) {
  for (unsigned row = 0; row < count; ++row) {
    const uint8_t* pixel = rows[row];
    for (unsigned x = 0; x < kChunkWidth; ++x, pixel += BytesOf(kOrder)) {
      const int r = pixel[RedAt(kOrder)], g = pixel[1], b = pixel[BlueAt(kOrder)];
      to.y[first + row][x] = static_cast<uint8_t>((kYRed * r + kYGreen * g + kYBlue * b + kHalf) >> 16);
      to.cb[first + row][x] = static_cast<uint8_t>((kHalf * b - kCbRed * r - kCbGreen * g + kChromaRound) >> 16);
      to.cr[first + row][x] = static_cast<uint8_t>((kHalf * r - kCrGreen * g - kCrBlue * b + kChromaRound) >> 16);
    }
  }
}

#if POLYCODEC_HAS_X86

constexpr int WordPair(int first, int second) {
  return static_cast<int>((static_cast<unsigned>(first) & 0xffff) | static_cast<unsigned>(second) << 16);
}
constexpr int kYFromRedGreen = WordPair(kYRed, kYGreen - 16384), kYFromBlueGreen = WordPair(kYBlue, 16384);
constexpr int kCbFromRedGreen = WordPair(kCbRed, kCbGreen), kCbFromBlue = WordPair(-kHalf, 0);
constexpr int kCrFromRedGreen = WordPair(-kHalf, kCrGreen), kCrFromBlue = WordPair(kCrBlue, 0);
// ~((s - round) >> 16) is (round - 1 - s) >> 16 ... so the negated sum -c is rounded by -round - 1, and inverted.
constexpr int kNegatedRound = -kChromaRound - 1;

template <unsigned kSize>
struct ByteIndex {
  alignas(64) int8_t bytes[kSize];
};

// Where the words of kPixels pixels are found, of which every kPerLane begin anew. -1 makes a zero, or is masked away.
template <PixelOrder kOrder, unsigned kColorAt, unsigned kPixels, unsigned kPerLane>
constexpr ByteIndex<4 * kPixels> SpreadIndex() {
  ByteIndex<4 * kPixels> index{};
  for (unsigned i = 0; i < kPixels; ++i) {
    const unsigned pixel = BytesOf(kOrder) * (i % kPerLane);
    index.bytes[4 * i] = static_cast<int8_t>(pixel + kColorAt);
    index.bytes[4 * i + 2] = static_cast<int8_t>(pixel + 1);
    index.bytes[4 * i + 1] = index.bytes[4 * i + 3] = -1;
  }
  return index;
}

POLYCODEC_AVX2_BEGIN
namespace avx2 {

// Bytes of four pixels at the start of a lane to words: of the colour at this place, and green.
template <PixelOrder kOrder, unsigned kColorAt>
inline __m256i Spread() {
  static constexpr auto kIndex = SpreadIndex<kOrder, kColorAt, 8, 4>();
  return _mm256_load_si256(reinterpret_cast<const __m256i*>(kIndex.bytes));
}

// 32 sums' third bytes. Packing works in 128-bit lanes; the last step puts the groups of four in order.
inline __m256i ThirdBytes(const __m256i (&sums)[4]) {
  const __m256i low = _mm256_packs_epi32(_mm256_srai_epi32(sums[0], 16), _mm256_srai_epi32(sums[1], 16));
  const __m256i high = _mm256_packs_epi32(_mm256_srai_epi32(sums[2], 16), _mm256_srai_epi32(sums[3], 16));
  return _mm256_permutevar8x32_epi32(_mm256_packus_epi16(low, high), _mm256_setr_epi32(0, 4, 1, 5, 2, 6, 3, 7));
}

inline __m256i Sum(__m256i round, __m256i redGreen, int weights, __m256i blueGreen, int otherWeights) {
  return _mm256_add_epi32(round, _mm256_add_epi32(_mm256_madd_epi16(redGreen, _mm256_set1_epi32(weights)),
                                                  _mm256_madd_epi16(blueGreen, _mm256_set1_epi32(otherWeights))));
}

template <PixelOrder kOrder>
void ConvertColor(const uint8_t* const* rows, unsigned count, SamplePlanes& to, unsigned first) {
  constexpr unsigned kPixel = BytesOf(kOrder);
  const __m256i redGreenAt = Spread<kOrder, RedAt(kOrder)>(), blueGreenAt = Spread<kOrder, BlueAt(kOrder)>();
  // The chroma sums are negative; 256 more makes ~x of them a number from 0 to 255, which packing keeps.
  const __m256i lumaRound = _mm256_set1_epi32(kHalf), chromaRound = _mm256_set1_epi32(kNegatedRound + (256 << 16));
  const __m256i ones = _mm256_set1_epi8(-1);
  for (unsigned row = 0; row < count; ++row) {
    for (unsigned x = 0; x < kChunkWidth; x += 32) {
      __m256i y[4], cb[4], cr[4];
      for (unsigned i = 0; i < 4; ++i) {
        const uint8_t* pixels = rows[row] + kPixel * (x + 8 * i);
        const __m256i eight = _mm256_inserti128_si256(
            _mm256_castsi128_si256(_mm_loadu_si128(reinterpret_cast<const __m128i*>(pixels))),
            _mm_loadu_si128(reinterpret_cast<const __m128i*>(pixels + 4 * kPixel)), 1);
        const __m256i redGreen = _mm256_shuffle_epi8(eight, redGreenAt);
        const __m256i blueGreen = _mm256_shuffle_epi8(eight, blueGreenAt);
        y[i] = Sum(lumaRound, redGreen, kYFromRedGreen, blueGreen, kYFromBlueGreen);
        cb[i] = Sum(chromaRound, redGreen, kCbFromRedGreen, blueGreen, kCbFromBlue);
        cr[i] = Sum(chromaRound, redGreen, kCrFromRedGreen, blueGreen, kCrFromBlue);
      }
      _mm256_store_si256(reinterpret_cast<__m256i*>(&to.y[first + row][x]), ThirdBytes(y));
      _mm256_store_si256(reinterpret_cast<__m256i*>(&to.cb[first + row][x]), _mm256_xor_si256(ThirdBytes(cb), ones));
      _mm256_store_si256(reinterpret_cast<__m256i*>(&to.cr[first + row][x]), _mm256_xor_si256(ThirdBytes(cr), ones));
    }
  }
}

}  // namespace avx2
POLYCODEC_SIMD_END

POLYCODEC_AVX512_BEGIN
namespace avx512 {

template <PixelOrder kOrder, unsigned kColorAt>
inline __m512i Spread() {
  static constexpr auto kIndex = SpreadIndex<kOrder, kColorAt, 16, 16>();
  return _mm512_load_si512(kIndex.bytes);
}

// For the last step of ThirdBytes: pixel i's byte is in lane i % 16.
constexpr ByteIndex<64> kThirdByteOrder = [] {
  ByteIndex<64> order{};
  constexpr unsigned kByteOf[4] = {2, 0, 3, 1};
  for (unsigned i = 0; i < 64; ++i) order.bytes[i] = static_cast<int8_t>(4 * (i % 16) + kByteOf[i / 16]);
  return order;
}();

// 64 sums' third bytes. Shifts and blends gather those of four registers in one, in every lane: the second's at byte 0,
// the fourth's at 1, the first's at 2, the third's at 3. They can use either vector port, where packing would crowd the
// one that moves bytes; only the last step, which puts them in order, needs it.
inline __m512i ThirdBytes(const __m512i (&sums)[4], __m512i order) {
  constexpr __mmask32 kLowWords = 0x55555555;
  const __m512i even = _mm512_mask_blend_epi16(kLowWords, sums[0], _mm512_srli_epi32(sums[1], 16));
  const __m512i odd = _mm512_mask_blend_epi16(kLowWords, sums[2], _mm512_srli_epi32(sums[3], 16));
  constexpr int kSelect = 0xca;  // a ? b : c
  const __m512i bytes =
      _mm512_ternarylogic_epi32(_mm512_set1_epi16(0x00ff), even, _mm512_slli_epi16(odd, 8), kSelect);
  return _mm512_permutexvar_epi8(order, bytes);
}

inline __m512i Sum(__m512i round, __m512i redGreen, int weights, __m512i blueGreen, int otherWeights) {
  return _mm512_dpwssd_epi32(_mm512_dpwssd_epi32(round, redGreen, _mm512_set1_epi32(weights)), blueGreen,
                             _mm512_set1_epi32(otherWeights));
}

template <PixelOrder kOrder>
void ConvertColor(const uint8_t* const* rows, unsigned count, SamplePlanes& to, unsigned first) {
  constexpr unsigned kPixel = BytesOf(kOrder);
  constexpr __mmask64 kEvenBytes = 0x5555555555555555;
  const __m512i redGreenAt = Spread<kOrder, RedAt(kOrder)>(), blueGreenAt = Spread<kOrder, BlueAt(kOrder)>();
  const __m512i order = _mm512_load_si512(kThirdByteOrder.bytes);
  const __m512i lumaRound = _mm512_set1_epi32(kHalf), chromaRound = _mm512_set1_epi32(kNegatedRound);
  const __m512i ones = _mm512_set1_epi8(-1);
  for (unsigned row = 0; row < count; ++row) {
    for (unsigned x = 0; x < kChunkWidth; x += 64) {
      __m512i y[4], cb[4], cr[4];
      for (unsigned i = 0; i < 4; ++i) {
        const __m512i sixteen = _mm512_loadu_si512(rows[row] + kPixel * (x + 16 * i));
        const __m512i redGreen = _mm512_maskz_permutexvar_epi8(kEvenBytes, redGreenAt, sixteen);
        const __m512i blueGreen = _mm512_maskz_permutexvar_epi8(kEvenBytes, blueGreenAt, sixteen);
        y[i] = Sum(lumaRound, redGreen, kYFromRedGreen, blueGreen, kYFromBlueGreen);
        cb[i] = Sum(chromaRound, redGreen, kCbFromRedGreen, blueGreen, kCbFromBlue);
        cr[i] = Sum(chromaRound, redGreen, kCrFromRedGreen, blueGreen, kCrFromBlue);
      }
      _mm512_store_si512(&to.y[first + row][x], ThirdBytes(y, order));
      _mm512_store_si512(&to.cb[first + row][x], _mm512_xor_si512(ThirdBytes(cb, order), ones));
      _mm512_store_si512(&to.cr[first + row][x], _mm512_xor_si512(ThirdBytes(cr, order), ones));
    }
  }
}

}  // namespace avx512
POLYCODEC_SIMD_END

#endif

template <PixelOrder kOrder>
ConvertColor Choose(Level level) {
#if POLYCODEC_HAS_X86
  if (level == Level::kAvx512) return avx512::ConvertColor<kOrder>;
  if (level == Level::kAvx2) return avx2::ConvertColor<kOrder>;
#endif
  return ConvertColorScalar<kOrder>;
}

}  // namespace

ConvertColor ConvertColorFor(Level level, PixelOrder order) {
  switch (order) {
    case PixelOrder::kRgb: return Choose<PixelOrder::kRgb>(level);
    case PixelOrder::kBgr: return Choose<PixelOrder::kBgr>(level);
    case PixelOrder::kRgba: return Choose<PixelOrder::kRgba>(level);
  }
  return nullptr;
}

}  // namespace polycodec::jpeg_encode
