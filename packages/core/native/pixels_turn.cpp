/*
 * The eight EXIF orientations are four flips (1 to 4) and the same four of the transposed picture (5 to 8).
 *
 * A flip goes row by row. A transposition reads along rows and writes along columns, or the other way round; done
 * naively, each pixel of a large picture touches another cache line and another page. So it goes tile by tile, the
 * tile small enough for all its rows, of source and target, to stay in the first-level cache and TLB. Inside a tile,
 * blocks of N x N pixels are transposed in registers. Flips of the transposed picture cost nothing: the walk through
 * the source, or the target, begins at the other end and steps backwards.
 */
#include "pixels_turn.hpp"

#include <algorithm>
#include <cstring>

#include "pixels_shuffle.hpp"

#if defined(__x86_64__) && defined(__GNUC__)
#define POLYCODEC_X86 1
#include <immintrin.h>
#endif

namespace polycodec::pixels {
namespace {

struct Area {
  const uint8_t* src;
  ptrdiff_t srcRow;
  uint8_t* dst;
  ptrdiff_t dstRow;
};

template <uint32_t kBytes>
void MirrorRow(const uint8_t* src, uint8_t* dst, size_t width, size_t pixelBytes) {
  const size_t bytes = kBytes != 0 ? kBytes : pixelBytes;
  for (size_t x = 0; x < width; x++) std::memcpy(dst + (width - 1 - x) * bytes, src + x * bytes, bytes);
}

/* dst(y, x) = src(x, y), `width` and `height` being the target's. */
template <uint32_t kBytes>
void TransposePlain(const Area& area, uint32_t width, uint32_t height, size_t pixelBytes) {
  const size_t bytes = kBytes != 0 ? kBytes : pixelBytes;
  for (uint32_t y = 0; y < height; y++) {
    const uint8_t* from = area.src + y * bytes;
    uint8_t* to = area.dst + static_cast<ptrdiff_t>(y) * area.dstRow;
    for (uint32_t x = 0; x < width; x++) {
      std::memcpy(to + x * bytes, from, bytes);
      from += area.srcRow;
    }
  }
}

template <typename Fn>
auto BySize(uint32_t pixelBytes, Fn&& fn) {
  switch (pixelBytes) {
    case 1: return fn.template operator()<1>();
    case 2: return fn.template operator()<2>();
    case 3: return fn.template operator()<3>();
    case 4: return fn.template operator()<4>();
    case 6: return fn.template operator()<6>();
    case 8: return fn.template operator()<8>();
    case 12: return fn.template operator()<12>();
    case 16: return fn.template operator()<16>();
    default: return fn.template operator()<0>();
  }
}

using TransposeFn = void (*)(const Area&, uint32_t width, uint32_t height, size_t pixelBytes);

#ifdef POLYCODEC_X86

template <int kBytes>
__attribute__((always_inline)) inline __m128i UnpackLow(__m128i a, __m128i b) {
  if constexpr (kBytes == 1) return _mm_unpacklo_epi8(a, b);
  if constexpr (kBytes == 2) return _mm_unpacklo_epi16(a, b);
  if constexpr (kBytes == 4) return _mm_unpacklo_epi32(a, b);
  return _mm_unpacklo_epi64(a, b);
}
template <int kBytes>
__attribute__((always_inline)) inline __m128i UnpackHigh(__m128i a, __m128i b) {
  if constexpr (kBytes == 1) return _mm_unpackhi_epi8(a, b);
  if constexpr (kBytes == 2) return _mm_unpackhi_epi16(a, b);
  if constexpr (kBytes == 4) return _mm_unpackhi_epi32(a, b);
  return _mm_unpackhi_epi64(a, b);
}

/*
 * Transposes N x N elements in N registers. Seen as one array of N * N, an element at row i, column j has the index
 * i * N + j. Interleaving register k with register k + N / 2 takes the index's highest bit and makes it the lowest:
 * it rotates the index by one bit. After log2(N) rounds rows and columns have changed places.
 */
template <int kBytes>
__attribute__((always_inline)) inline void TransposeRegisters(__m128i (&rows)[16 / kBytes]) {
  constexpr int kCount = 16 / kBytes;
#pragma GCC unroll 4
  for (int round = 1; round < kCount; round *= 2) {
    __m128i next[kCount];
#pragma GCC unroll 8
    for (int k = 0; k < kCount / 2; k++) {
      next[2 * k] = UnpackLow<kBytes>(rows[k], rows[k + kCount / 2]);
      next[2 * k + 1] = UnpackHigh<kBytes>(rows[k], rows[k + kCount / 2]);
    }
#pragma GCC unroll 16
    for (int k = 0; k < kCount; k++) rows[k] = next[k];
  }
}

/* Pixels of 1, 2, 4 or 8 bytes; SSE2, which every x86-64 has. */
template <int kBytes>
struct Block {
  static constexpr uint32_t kWidth = 16 / kBytes, kHeight = kWidth;

  static void Transpose(const uint8_t* src, ptrdiff_t srcRow, uint8_t* dst, ptrdiff_t dstRow) {
    __m128i rows[kWidth];
#pragma GCC unroll 16
    for (int x = 0; x < static_cast<int>(kWidth); x++) {
      rows[x] = _mm_loadu_si128(reinterpret_cast<const __m128i*>(src + x * srcRow));
    }
    TransposeRegisters<kBytes>(rows);
#pragma GCC unroll 16
    for (int y = 0; y < static_cast<int>(kHeight); y++) {
      _mm_storeu_si128(reinterpret_cast<__m128i*>(dst + y * dstRow), rows[y]);
    }
  }
};

/*
 * Pixels of 3 bytes: four of them are spread to four bytes each, transposed as such, and packed again. The block is
 * 16 wide, so that whole vectors (48 bytes a row) are written, and 4 high. Loads are of 12 bytes exactly: the fourth
 * pixel may be the last of the buffer.
 */
template <>
struct Block<3> {
  static constexpr uint32_t kWidth = 16, kHeight = 4;

  __attribute__((target("ssse3"), always_inline)) static inline __m128i LoadSpread(const uint8_t* from) {
    int32_t last;
    std::memcpy(&last, from + 8, sizeof last);
    const __m128i first = _mm_loadl_epi64(reinterpret_cast<const __m128i*>(from));
    const __m128i spread = _mm_setr_epi8(0, 1, 2, -1, 3, 4, 5, -1, 6, 7, 8, -1, 9, 10, 11, -1);
    return _mm_shuffle_epi8(_mm_unpacklo_epi64(first, _mm_cvtsi32_si128(last)), spread);
  }

  __attribute__((target("ssse3"))) static void Transpose(const uint8_t* src, ptrdiff_t srcRow, uint8_t* dst,
                                                         ptrdiff_t dstRow) {
    const __m128i pack = _mm_setr_epi8(0, 1, 2, 4, 5, 6, 8, 9, 10, 12, 13, 14, -1, -1, -1, -1);
    __m128i packed[4][4]; /* [four pixels of a target row][target row] */
#pragma GCC unroll 4
    for (int four = 0; four < 4; four++) {
      __m128i rows[4];
#pragma GCC unroll 4
      for (int x = 0; x < 4; x++) rows[x] = LoadSpread(src + (4 * four + x) * srcRow);
      TransposeRegisters<4>(rows);
#pragma GCC unroll 4
      for (int y = 0; y < 4; y++) packed[four][y] = _mm_shuffle_epi8(rows[y], pack);
    }
#pragma GCC unroll 4
    for (int y = 0; y < 4; y++) {
      const __m128i a = packed[0][y], b = packed[1][y], c = packed[2][y], d = packed[3][y];
      __m128i* to = reinterpret_cast<__m128i*>(dst + y * dstRow);
      _mm_storeu_si128(to, _mm_or_si128(a, _mm_slli_si128(b, 12)));
      _mm_storeu_si128(to + 1, _mm_or_si128(_mm_srli_si128(b, 4), _mm_slli_si128(c, 8)));
      _mm_storeu_si128(to + 2, _mm_or_si128(_mm_srli_si128(c, 8), _mm_slli_si128(d, 4)));
    }
  }
};

/* A tile by blocks; the rest at its right and lower edge pixel by pixel. */
template <int kBytes>
void TransposeBlocks(const Area& area, uint32_t width, uint32_t height, size_t pixelBytes) {
  using B = Block<kBytes>;
  const uint32_t blockedWidth = width - width % B::kWidth, blockedHeight = height - height % B::kHeight;
  for (uint32_t y = 0; y < blockedHeight; y += B::kHeight) {
    for (uint32_t x = 0; x < blockedWidth; x += B::kWidth) {
      B::Transpose(area.src + static_cast<ptrdiff_t>(x) * area.srcRow + y * kBytes, area.srcRow,
                   area.dst + static_cast<ptrdiff_t>(y) * area.dstRow + x * kBytes, area.dstRow);
    }
  }
  const auto rest = [&](uint32_t y, uint32_t x, uint32_t restWidth, uint32_t restHeight) {
    const Area part{area.src + static_cast<ptrdiff_t>(x) * area.srcRow + y * kBytes, area.srcRow,
                    area.dst + static_cast<ptrdiff_t>(y) * area.dstRow + x * kBytes, area.dstRow};
    TransposePlain<kBytes>(part, restWidth, restHeight, pixelBytes);
  };
  rest(0, blockedWidth, width - blockedWidth, blockedHeight);
  rest(blockedHeight, 0, width, height - blockedHeight);
}

TransposeFn FindTransposeBlocks(uint32_t pixelBytes) {
  switch (pixelBytes) {
    case 1: return TransposeBlocks<1>;
    case 2: return TransposeBlocks<2>;
    case 3: return TransposeBlocks<3>;
    case 4: return TransposeBlocks<4>;
    case 8: return TransposeBlocks<8>;
    default: return nullptr;
  }
}

#else

TransposeFn FindTransposeBlocks(uint32_t) { return nullptr; }

#endif

void Flip(bool mirrored, const Area& area, uint32_t width, uint32_t height, uint32_t pixelBytes, bool simd) {
  const size_t rowBytes = static_cast<size_t>(width) * pixelBytes;
  const ShuffleFn shuffle = mirrored && simd && width >= kShufflePixels ? FindMirror(pixelBytes) : nullptr;
  const auto plain = BySize(pixelBytes, []<uint32_t kBytes>() { return &MirrorRow<kBytes>; });
  for (uint32_t y = 0; y < height; y++) {
    const uint8_t* from = area.src + static_cast<ptrdiff_t>(y) * area.srcRow;
    uint8_t* to = area.dst + static_cast<ptrdiff_t>(y) * area.dstRow;
    if (!mirrored) {
      std::memcpy(to, from, rowBytes);
    } else if (shuffle != nullptr) {
      shuffle(&from, &to, width);
    } else {
      plain(from, to, width, pixelBytes);
    }
  }
}

void Transpose(const Area& area, uint32_t width, uint32_t height, uint32_t pixelBytes, bool simd) {
  constexpr uint32_t kTile = 64;
  TransposeFn run = simd ? FindTransposeBlocks(pixelBytes) : nullptr;
  if (run == nullptr) run = BySize(pixelBytes, []<uint32_t kBytes>() { return &TransposePlain<kBytes>; });
  for (uint32_t y = 0; y < height; y += kTile) {
    for (uint32_t x = 0; x < width; x += kTile) {
      const Area tile{area.src + static_cast<ptrdiff_t>(x) * area.srcRow + static_cast<ptrdiff_t>(y) * pixelBytes,
                      area.srcRow,
                      area.dst + static_cast<ptrdiff_t>(y) * area.dstRow + static_cast<ptrdiff_t>(x) * pixelBytes,
                      area.dstRow};
      run(tile, std::min(kTile, width - x), std::min(kTile, height - y), pixelBytes);
    }
  }
}

}  // namespace

void Turn(int32_t orientation, const uint8_t* src, ptrdiff_t srcRow, uint8_t* dst, ptrdiff_t dstRow, uint32_t width,
          uint32_t height, uint32_t pixelBytes, bool simd) noexcept {
  if (width == 0 || height == 0) return;
  Area area{src, srcRow, dst, dstRow};
  /* Orientations 3, 4 and 6, 7 begin with the source's last row; 7 and 8 fill the target from its last row up. */
  if (orientation == 3 || orientation == 4 || orientation == 6 || orientation == 7) {
    const uint32_t srcHeight = orientation >= 5 ? width : height;
    area.src += static_cast<ptrdiff_t>(srcHeight - 1) * srcRow;
    area.srcRow = -srcRow;
  }
  if (orientation == 7 || orientation == 8) {
    area.dst += static_cast<ptrdiff_t>(height - 1) * dstRow;
    area.dstRow = -dstRow;
  }
  if (orientation >= 5) {
    Transpose(area, width, height, pixelBytes, simd);
  } else {
    Flip(orientation == 2 || orientation == 3, area, width, height, pixelBytes, simd);
  }
}

}  // namespace polycodec::pixels
