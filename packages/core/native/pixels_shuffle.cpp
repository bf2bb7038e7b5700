/*
 * One template makes all the shuffles. Sixteen pixels of N channels of a byte are exactly N vectors of 16 bytes,
 * whether they lie interleaved (the vectors follow each other) or planar (a vector from each plane). So every change
 * of channels is N vectors in, M vectors out, and each byte out is some byte in, or 255. PSHUFB picks any 16 bytes of
 * one vector, and gives 0 where told to; an output vector is therefore the OR of one PSHUFB for each input vector
 * that it needs bytes of. Which those are, and the masks, the compiler works out from the description:
 *
 *     RGB to planes      R0G0B0R1 G1B1R2G2 ... | ... | ...     3 in, 3 out, 9 PSHUFB for 48 bytes
 *     RGB to RGBA                                              3 in, 4 out, 6 PSHUFB, OR with 255 in the alpha bytes
 *     mirrored RGB                                             3 in, 3 out, 7 PSHUFB
 *
 * From the first-level cache RGB is split at 0.08 ns a pixel, and a 12-megapixel picture changes from RGB to BGR in the
 * time of a memcpy (2 to 3 ms on a recent AMD EPYC). A second version for AVX2 would wait for memory.
 */
#include "pixels_shuffle.hpp"

#if defined(__x86_64__) && defined(__GNUC__)
#define POLYCODEC_X86 1
#include <immintrin.h>
#endif

namespace polycodec::pixels {

#ifdef POLYCODEC_X86
namespace {

constexpr int kNone = 0x80; /* PSHUFB: a zero */

struct Shape {
  int channelsIn;
  bool planarIn;
  int channelsOut;
  bool planarOut;
  bool mirrored;
  int8_t take[8]; /* by target channel; -1: 255 */
};

template <Shape kShape>
struct Masks {
  alignas(16) uint8_t pick[kShape.channelsOut][kShape.channelsIn][16] = {};
  alignas(16) uint8_t full[kShape.channelsOut][16] = {};
  bool used[kShape.channelsOut][kShape.channelsIn] = {};
  bool hasFull[kShape.channelsOut] = {};

  constexpr Masks() {
    for (int o = 0; o < kShape.channelsOut; o++) {
      for (auto& mask : pick[o]) {
        for (auto& byte : mask) byte = kNone;
      }
      for (int b = 0; b < 16; b++) {
        const int flatOut = 16 * o + b;
        int pixel = kShape.planarOut ? b : flatOut / kShape.channelsOut;
        const int channel = kShape.planarOut ? o : flatOut % kShape.channelsOut;
        if (kShape.mirrored) pixel = 15 - pixel;
        const int taken = kShape.take[channel];
        if (taken < 0) {
          full[o][b] = 0xff;
          hasFull[o] = true;
          continue;
        }
        const int flatIn = kShape.planarIn ? 16 * taken + pixel : pixel * kShape.channelsIn + taken;
        pick[o][flatIn / 16][b] = static_cast<uint8_t>(flatIn % 16);
        used[o][flatIn / 16] = true;
      }
    }
  }
};

template <Shape kShape>
__attribute__((target("ssse3"), always_inline)) inline void ShuffleBlock(const uint8_t* const* src, uint8_t* const* dst,
                                                                         size_t from, size_t to) {
  static constexpr Masks<kShape> kMasks;
  __m128i in[kShape.channelsIn];
#pragma GCC unroll 8
  for (int i = 0; i < kShape.channelsIn; i++) {
    const uint8_t* at = kShape.planarIn ? src[i] + from : src[0] + from * kShape.channelsIn + 16 * i;
    in[i] = _mm_loadu_si128(reinterpret_cast<const __m128i*>(at));
  }
#pragma GCC unroll 8
  for (int o = 0; o < kShape.channelsOut; o++) {
    __m128i out = kMasks.hasFull[o] ? _mm_load_si128(reinterpret_cast<const __m128i*>(kMasks.full[o]))
                                    : _mm_setzero_si128();
#pragma GCC unroll 8
    for (int i = 0; i < kShape.channelsIn; i++) {
      if (!kMasks.used[o][i]) continue;
      const __m128i mask = _mm_load_si128(reinterpret_cast<const __m128i*>(kMasks.pick[o][i]));
      out = _mm_or_si128(out, _mm_shuffle_epi8(in[i], mask));
    }
    uint8_t* at = kShape.planarOut ? dst[o] + to : dst[0] + to * kShape.channelsOut + 16 * o;
    _mm_storeu_si128(reinterpret_cast<__m128i*>(at), out);
  }
}

template <Shape kShape>
__attribute__((target("ssse3"))) void Shuffle(const uint8_t* const* src, uint8_t* const* dst, size_t count) {
  constexpr size_t kStep = kShufflePixels;
  /* The pointers in locals, lest every store through a byte pointer makes the compiler load them again. */
  const uint8_t* in[kShape.planarIn ? kShape.channelsIn : 1];
  uint8_t* out[kShape.planarOut ? kShape.channelsOut : 1];
  for (size_t i = 0; i < sizeof in / sizeof *in; i++) in[i] = src[i];
  for (size_t o = 0; o < sizeof out / sizeof *out; o++) out[o] = dst[o];
  const auto target = [count](size_t x) { return kShape.mirrored ? count - kStep - x : x; };
  size_t x = 0;
  for (; x + kStep <= count; x += kStep) ShuffleBlock<kShape>(in, out, x, target(x));
  if (x < count) ShuffleBlock<kShape>(in, out, count - kStep, target(count - kStep));
}

/* Planar sources are described with as many channels as are taken from them. */
template <int kIn, bool kPlanarIn, int kOut, bool kPlanarOut, int8_t... kTake>
struct Entry {
  static constexpr Shape kShape{kIn, kPlanarIn, kOut, kPlanarOut, false, {kTake...}};
};

struct Row {
  Shape shape;
  ShuffleFn run;
};
template <typename E>
constexpr Row RowOf() { return {E::kShape, Shuffle<E::kShape>}; }

constexpr bool kI = false, kP = true;
constexpr Row kShuffles[] = {
    RowOf<Entry<3, kI, 3, kI, 2, 1, 0>>(),     RowOf<Entry<3, kI, 4, kI, 0, 1, 2, -1>>(),
    RowOf<Entry<3, kI, 4, kI, 2, 1, 0, -1>>(), RowOf<Entry<4, kI, 3, kI, 0, 1, 2>>(),
    RowOf<Entry<4, kI, 3, kI, 2, 1, 0>>(),     RowOf<Entry<1, kP, 3, kI, 0, 0, 0>>(),
    RowOf<Entry<1, kP, 4, kI, 0, 0, 0, -1>>(), RowOf<Entry<2, kI, 2, kP, 0, 1>>(),
    RowOf<Entry<3, kI, 3, kP, 0, 1, 2>>(),     RowOf<Entry<3, kI, 3, kP, 2, 1, 0>>(),
    RowOf<Entry<3, kI, 4, kP, 0, 1, 2, -1>>(), RowOf<Entry<3, kI, 4, kP, 2, 1, 0, -1>>(),
    RowOf<Entry<4, kI, 4, kP, 0, 1, 2, 3>>(),  RowOf<Entry<4, kI, 3, kP, 0, 1, 2>>(),
    RowOf<Entry<4, kI, 3, kP, 2, 1, 0>>(),     RowOf<Entry<3, kP, 3, kI, 0, 1, 2>>(),
    RowOf<Entry<3, kP, 3, kI, 2, 1, 0>>(),     RowOf<Entry<3, kP, 4, kI, 0, 1, 2, -1>>(),
    RowOf<Entry<3, kP, 4, kI, 2, 1, 0, -1>>(), RowOf<Entry<4, kP, 4, kI, 0, 1, 2, 3>>(),
};

template <int kBytes>
constexpr Shape kMirrorShape{kBytes, false, kBytes, false, true, {0, 1, 2, 3, 4, 5, 6, 7}};

bool Matches(const Shape& shape, int channelsIn, bool planarIn, int channelsOut, bool planarOut, const int8_t* take) {
  if (shape.channelsIn != channelsIn || shape.channelsOut != channelsOut) return false;
  if (shape.planarIn != planarIn || shape.planarOut != planarOut) return false;
  for (int c = 0; c < channelsOut; c++) {
    if (shape.take[c] != take[c]) return false;
  }
  return true;
}

}  // namespace

bool HasSsse3() noexcept { return __builtin_cpu_supports("ssse3") != 0; }

ShuffleFn FindShuffle(uint32_t channelsIn, bool planarIn, uint32_t channelsOut, bool planarOut,
                      const int8_t* take) noexcept {
  if (channelsOut > 4) return nullptr;
  int in = static_cast<int>(channelsIn);
  if (in == 1) planarIn = true; /* one channel is a plane, however it is called */
  if (planarIn) {
    in = 1;
    for (uint32_t c = 0; c < channelsOut; c++) {
      if (take[c] >= in) in = take[c] + 1;
    }
  }
  for (const Row& row : kShuffles) {
    if (Matches(row.shape, in, planarIn, static_cast<int>(channelsOut), planarOut, take)) return row.run;
  }
  return nullptr;
}

ShuffleFn FindMirror(uint32_t pixelBytes) noexcept {
  switch (pixelBytes) {
    case 1: return Shuffle<kMirrorShape<1>>;
    case 2: return Shuffle<kMirrorShape<2>>;
    case 3: return Shuffle<kMirrorShape<3>>;
    case 4: return Shuffle<kMirrorShape<4>>;
    case 6: return Shuffle<kMirrorShape<6>>;
    case 8: return Shuffle<kMirrorShape<8>>;
    default: return nullptr;
  }
}

#else

bool HasSsse3() noexcept { return false; }
ShuffleFn FindShuffle(uint32_t, bool, uint32_t, bool, const int8_t*) noexcept { return nullptr; }
ShuffleFn FindMirror(uint32_t) noexcept { return nullptr; }

#endif

}  // namespace polycodec::pixels
