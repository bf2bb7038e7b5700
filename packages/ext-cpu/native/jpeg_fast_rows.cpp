// The definitions, pixel by pixel: libjpeg's jdsample.c and jdcolor.c.
#include "jpeg_fast_rows.hpp"

#include <algorithm>

namespace polycodec::jpeg::fast {
namespace {

uint8_t Clamp(int value) { return static_cast<uint8_t>(std::clamp(value, 0, 255)); }

// JFIF 1.02 in 16 bits of fraction.
template <Colors kColors, Store kStore>
void Put(int y, int cb, int cr, Destination to, uint32_t x) {
  uint8_t first = static_cast<uint8_t>(y), second = static_cast<uint8_t>(cb), third = static_cast<uint8_t>(cr);
  if constexpr (kColors != Colors::kAsStored) {
    const int u = cb - 128, v = cr - 128;
    first = Clamp(y + ((91881 * v + 32768) >> 16));
    second = Clamp(y + ((-22554 * u - 46802 * v + 32768) >> 16));
    third = Clamp(y + ((116130 * u + 32768) >> 16));
  }
  if constexpr (kColors == Colors::kYccToBgr) std::swap(first, third);
  if constexpr (kStore == Store::kPlanes) {
    to[0][x] = first, to[1][x] = second, to[2][x] = third;
  } else {
    uint8_t* const pixel = to[0] + size_t{x} * (kStore == Store::kThree ? 3 : 4);
    pixel[0] = first, pixel[1] = second, pixel[2] = third;
    if constexpr (kStore == Store::kFour) pixel[3] = 255;
  }
}

template <Colors kColors, Store kStore>
void RowFull(const uint8_t* y, const uint8_t* cb, const uint8_t* cr, Destination to, uint32_t width) {
  for (uint32_t x = 0; x < width; ++x) Put<kColors, kStore>(y[x], cb[x], cr[x], to, x);
}

// Between two samples: of an even pixel the one to the left is the farther, of an odd one that to the right.
int Across(const uint8_t* row, uint32_t x) {
  const int near = 3 * row[x / 2];
  return x % 2 == 0 ? (near + row[static_cast<ptrdiff_t>(x / 2) - 1] + 1) >> 2 : (near + row[x / 2 + 1] + 2) >> 2;
}

template <Colors kColors, Store kStore>
void RowH2(const uint8_t* y, const uint8_t* cb, const uint8_t* cr, Destination to, uint32_t width) {
  for (uint32_t x = 0; x < width; ++x) Put<kColors, kStore>(y[x], Across(cb, x), Across(cr, x), to, x);
}

int AcrossAndDown(const uint8_t* near, const uint8_t* far, uint32_t x) {
  const auto column = [&](ptrdiff_t i) { return 3 * near[i] + far[i]; };
  const ptrdiff_t i = x / 2;
  return x % 2 == 0 ? (3 * column(i) + column(i - 1) + 8) >> 4 : (3 * column(i) + column(i + 1) + 7) >> 4;
}

template <Colors kColors, Store kStore>
void RowPairH2V2(const uint8_t* const y[2], const uint8_t* const cb[2], const uint8_t* const cr[2], const Destination to[2], uint32_t width) {
  for (int i = 0; i < 2; ++i) {
    if (to[i] == nullptr) continue;
    for (uint32_t x = 0; x < width; ++x) {
      Put<kColors, kStore>(y[i][x], AcrossAndDown(cb[i], cb[1 - i], x), AcrossAndDown(cr[i], cr[1 - i], x), to[i], x);
    }
  }
}

}  // namespace

RowFn RowPortable(Chroma chroma, Colors colors, Store store) {
  return chroma == Chroma::kFull ? POLYCODEC_CHOOSE(RowFull, colors, store) : POLYCODEC_CHOOSE(RowH2, colors, store);
}

RowPairFn RowPairPortable(Colors colors, Store store) { return POLYCODEC_CHOOSE(RowPairH2V2, colors, store); }

RowFn ChooseRow(Level level, Chroma chroma, Colors colors, Store store) {
#if defined(__x86_64__)
  if (level == Level::kAvx512) return RowAvx512(chroma, colors, store);
  if (level == Level::kAvx2) return RowAvx2(chroma, colors, store);
#endif
  return RowPortable(chroma, colors, store);
}

RowPairFn ChooseRowPair(Level level, Colors colors, Store store) {
#if defined(__x86_64__)
  if (level == Level::kAvx512) return RowPairAvx512(colors, store);
  if (level == Level::kAvx2) return RowPairAvx2(colors, store);
#endif
  return RowPairPortable(colors, store);
}

void BlendRows(const uint8_t* near, const uint8_t* far, int bias, uint8_t* to, uint32_t width) {
  for (uint32_t x = 0; x < width; ++x) to[x] = static_cast<uint8_t>((3 * near[x] + far[x] + bias) >> 2);
}

void RepeatSamples(const uint8_t* from, unsigned times, uint8_t* to, uint32_t width) {
  for (uint32_t x = 0; x < width; x += times, ++from) {
    for (unsigned i = 0; i < times; ++i) to[x + i] = *from;
  }
}

void LumaOfRgb(const uint8_t* r, const uint8_t* g, const uint8_t* b, uint8_t* to, uint32_t width) {
  for (uint32_t x = 0; x < width; ++x) to[x] = static_cast<uint8_t>((19595 * r[x] + 38470 * g[x] + 7471 * b[x] + 32768) >> 16);
}

}  // namespace polycodec::jpeg::fast
