// Undoing filters with SSE4.1.
//
// Up is a plain sum. Sub is a prefix sum, done in logarithmic steps over 16 bytes. Average and Paeth depend on the pixel
// to the left, and go pixel by pixel with all of its bytes at once: Paeth as a chain of some 17 cycles a pixel. Several
// rows of Paeth are therefore decoded in lockstep, each a pixel behind the row above it: as many independent chains,
// which hide each other's latency. The pixel above is then still in a register. (Reading it back would be slower than
// a single row: a load over stores of three bytes that have not left the store buffer stalls.)
#include "png_unfilter.hpp"

#include <cstring>

#if defined(__x86_64__)

#include <immintrin.h>

#define SSE41 __attribute__((target("sse4.1,ssse3")))
#define SSE41_INLINE __attribute__((target("sse4.1,ssse3"), always_inline)) inline

namespace polycodec::png {
namespace {

// `Bytes` bytes in the low end; no more are read.
template <int Bytes>
SSE41_INLINE __m128i Load(const uint8_t* from) {
  if constexpr (Bytes > 4) {
    uint64_t value = 0;
    std::memcpy(&value, from, Bytes);
    return _mm_cvtsi64_si128(static_cast<long long>(value));
  } else {
    uint32_t value = 0;
    std::memcpy(&value, from, Bytes);
    return _mm_cvtsi32_si128(static_cast<int>(value));
  }
}
template <int Bytes>
SSE41_INLINE void Store(uint8_t* to, __m128i value) {
  const long long low = _mm_cvtsi128_si64(value);
  std::memcpy(to, &low, Bytes);
}
// What a load or store takes when there is room: a round number of bytes.
template <int Bytes>
inline constexpr int kWide = Bytes == 3 ? 4 : Bytes == 6 ? 8 : Bytes;

template <int Bytes>
SSE41 void Sub(const uint8_t* from, uint8_t* to, size_t bytes) {
  size_t i = 0;
  __m128i left = _mm_setzero_si128();
  if constexpr (Bytes == 3 || Bytes == 6) {
    // 15 or 12 bytes a step; the sixteenth and others are written again by the next.
    constexpr int kStep = Bytes == 3 ? 15 : 12;
    const __m128i last = Bytes == 3 ? _mm_setr_epi8(12, 13, 14, 12, 13, 14, 12, 13, 14, 12, 13, 14, 12, 13, 14, -1)
                                    : _mm_setr_epi8(6, 7, 8, 9, 10, 11, 6, 7, 8, 9, 10, 11, -1, -1, -1, -1);
    for (; i + 16 <= bytes; i += kStep) {
      __m128i x = _mm_loadu_si128(reinterpret_cast<const __m128i*>(from + i));
      x = _mm_add_epi8(x, _mm_slli_si128(x, Bytes));
      if constexpr (Bytes == 3) {
        x = _mm_add_epi8(x, _mm_slli_si128(x, 6));
        x = _mm_add_epi8(x, _mm_slli_si128(x, 12));
      }
      x = _mm_add_epi8(x, left);
      _mm_storeu_si128(reinterpret_cast<__m128i*>(to + i), x);
      left = _mm_shuffle_epi8(x, last);
    }
  } else {
    const __m128i last = Bytes == 1   ? _mm_set1_epi8(15)
                         : Bytes == 2 ? _mm_set1_epi16(0x0f0e)
                         : Bytes == 4 ? _mm_set1_epi32(0x0f0e0d0c)
                                      : _mm_set1_epi64x(0x0f0e0d0c0b0a0908);
    for (; i + 16 <= bytes; i += 16) {
      __m128i x = _mm_loadu_si128(reinterpret_cast<const __m128i*>(from + i));
      if constexpr (Bytes <= 1) x = _mm_add_epi8(x, _mm_slli_si128(x, 1));
      if constexpr (Bytes <= 2) x = _mm_add_epi8(x, _mm_slli_si128(x, 2));
      if constexpr (Bytes <= 4) x = _mm_add_epi8(x, _mm_slli_si128(x, 4));
      x = _mm_add_epi8(x, _mm_slli_si128(x, 8));
      x = _mm_add_epi8(x, left);
      _mm_storeu_si128(reinterpret_cast<__m128i*>(to + i), x);
      left = _mm_shuffle_epi8(x, last);
    }
  }
  for (; i < bytes; ++i) to[i] = uint8_t(from[i] + (i >= Bytes ? to[i - Bytes] : 0));
}

SSE41 void Up(const uint8_t* from, const uint8_t* above, uint8_t* to, size_t bytes) {
  size_t i = 0;
  for (; i + 16 <= bytes; i += 16) {
    const __m128i sum = _mm_add_epi8(_mm_loadu_si128(reinterpret_cast<const __m128i*>(from + i)),
                                     _mm_loadu_si128(reinterpret_cast<const __m128i*>(above + i)));
    _mm_storeu_si128(reinterpret_cast<__m128i*>(to + i), sum);
  }
  for (; i < bytes; ++i) to[i] = uint8_t(from[i] + above[i]);
}

// One pixel of an average row; `left` is the pixel before and becomes this one.
template <int Width>
SSE41_INLINE void AveragePixel(const uint8_t* from, const uint8_t* above, uint8_t* to, __m128i& left) {
  const __m128i up = Load<Width>(above);
  // pavgb rounds up; the filter rounds down.
  const __m128i odd = _mm_and_si128(_mm_xor_si128(left, up), _mm_set1_epi8(1));
  left = _mm_add_epi8(Load<Width>(from), _mm_sub_epi8(_mm_avg_epu8(left, up), odd));
  Store<Width>(to, left);
}

template <int Bytes>
SSE41 void Average(const uint8_t* from, const uint8_t* above, uint8_t* to, size_t bytes) {
  constexpr int kBytes = kWide<Bytes>;
  __m128i left = _mm_setzero_si128();
  size_t i = 0;
  for (; i + kBytes <= bytes; i += Bytes) AveragePixel<kBytes>(from + i, above + i, to + i, left);
  for (; i + Bytes <= bytes; i += Bytes) AveragePixel<Bytes>(from + i, above + i, to + i, left);
}

// One pixel of a Paeth row, a byte in each 16-bit lane. `left` is the pixel before and becomes this one; `corner`
// becomes the pixel above, which is that of the next.
template <int Width>
SSE41_INLINE void PaethPixel(const uint8_t* from, __m128i up, uint8_t* to, __m128i& left, __m128i& corner) {
  const __m128i difference = _mm_unpacklo_epi8(Load<Width>(from), _mm_setzero_si128());
  __m128i toLeft = _mm_sub_epi16(up, corner), toAbove = _mm_sub_epi16(left, corner);
  const __m128i toCorner = _mm_abs_epi16(_mm_add_epi16(toLeft, toAbove));
  toLeft = _mm_abs_epi16(toLeft);
  toAbove = _mm_abs_epi16(toAbove);
  const __m128i least = _mm_min_epi16(toCorner, _mm_min_epi16(toLeft, toAbove));
  const __m128i predicted = _mm_blendv_epi8(_mm_blendv_epi8(corner, up, _mm_cmpeq_epi16(least, toAbove)), left,
                                            _mm_cmpeq_epi16(least, toLeft));
  left = _mm_add_epi8(predicted, difference);
  corner = up;
  Store<Width>(to, _mm_packus_epi16(left, left));
}

// `Rows` rows in lockstep; 1 is the plain way.
template <int Bytes, int Rows>
struct PaethRun {
  const uint8_t* from;
  size_t fromStep;
  const uint8_t* above;
  uint8_t* to;
  size_t toStep, width;
  __m128i left[Rows], corner[Rows];

  template <int Width>
  SSE41_INLINE void Pixel(int k, size_t x) {
    const size_t i = x * Bytes;
    const __m128i up = k > 0 ? left[k - 1] : _mm_unpacklo_epi8(Load<Width>(above + i), _mm_setzero_si128());
    PaethPixel<Width>(from + k * fromStep + i, up, to + k * toStep + i, left[k], corner[k]);
  }
  // Where some rows have not begun or have ended, and at last pixels, which must not be written past.
  SSE41_INLINE void Edge(size_t x) {
#pragma GCC unroll 8
    for (int k = Rows - 1; k >= 0; --k) {
      if (x >= size_t(k) && x - k < width) Pixel<Bytes>(k, x - k);
    }
  }
};

template <int Bytes, int Rows>
SSE41 void Paeth(const uint8_t* from, size_t fromStep, const uint8_t* above, uint8_t* to, size_t toStep, size_t bytes) {
  PaethRun<Bytes, Rows> run{from, fromStep, above, to, toStep, bytes / Bytes, {}, {}};
  for (int k = 0; k < Rows; ++k) run.left[k] = run.corner[k] = _mm_setzero_si128();
  const size_t last = run.width - 1, end = run.width + Rows - 1;
  size_t x = 0;
  for (; x < size_t(Rows - 1) && x < end; ++x) run.Edge(x);
  for (; x < last; ++x) {
#pragma GCC unroll 8
    for (int k = Rows - 1; k >= 0; --k) run.template Pixel<kWide<Bytes>>(k, x - k);
  }
  for (; x < end; ++x) run.Edge(x);
}

template <int Bytes>
void Row(uint8_t filter, const uint8_t* from, const uint8_t* above, uint8_t* to, size_t bytes) {
  switch (filter) {
    case kSub: Sub<Bytes>(from, to, bytes); break;
    case kUp: Up(from, above, to, bytes); break;
    case kAverage: Average<Bytes>(from, above, to, bytes); break;
    case kPaeth: Paeth<Bytes, 1>(from, 0, above, to, 0, bytes); break;
    default: std::memcpy(to, from, bytes);
  }
}

template <int Bytes>
void PaethRows(const FilteredRows& rows, uint32_t count) {
  const size_t step = rows.bytes + 1;
  switch (count) {
    case 2: Paeth<Bytes, 2>(rows.from + 1, step, rows.above, rows.to, rows.toStep, rows.bytes); break;
    case 3: Paeth<Bytes, 3>(rows.from + 1, step, rows.above, rows.to, rows.toStep, rows.bytes); break;
    default: Paeth<Bytes, 4>(rows.from + 1, step, rows.above, rows.to, rows.toStep, rows.bytes);
  }
}

}  // namespace

bool HasFastUnfilter() { return __builtin_cpu_supports("sse4.1") && __builtin_cpu_supports("ssse3"); }

void UnfilterRowFast(uint8_t filter, const uint8_t* from, const uint8_t* above, uint8_t* to, size_t bytes,
                     uint32_t pixelBytes) {
  switch (pixelBytes) {
    case 1: Row<1>(filter, from, above, to, bytes); break;
    case 2: Row<2>(filter, from, above, to, bytes); break;
    case 3: Row<3>(filter, from, above, to, bytes); break;
    case 4: Row<4>(filter, from, above, to, bytes); break;
    case 6: Row<6>(filter, from, above, to, bytes); break;
    default: Row<8>(filter, from, above, to, bytes);
  }
}

void UnfilterPaethRowsFast(const FilteredRows& rows, uint32_t count) {
  switch (rows.pixelBytes) {
    case 1: PaethRows<1>(rows, count); break;
    case 2: PaethRows<2>(rows, count); break;
    case 3: PaethRows<3>(rows, count); break;
    case 4: PaethRows<4>(rows, count); break;
    case 6: PaethRows<6>(rows, count); break;
    default: PaethRows<8>(rows, count);
  }
}

}  // namespace polycodec::png

#else

namespace polycodec::png {

bool HasFastUnfilter() { return false; }
void UnfilterRowFast(uint8_t filter, const uint8_t* from, const uint8_t* above, uint8_t* to, size_t bytes,
                     uint32_t pixelBytes) {
  UnfilterRowScalar(filter, from, above, to, bytes, pixelBytes);
}
void UnfilterPaethRowsFast(const FilteredRows& rows, uint32_t count) {
  Unfilter({rows.from, rows.to, rows.above, rows.toStep, rows.bytes, count, rows.pixelBytes}, false);
}

}  // namespace polycodec::png

#endif
