// Rows of pixels out of rows of components: chroma is interpolated, colours are converted, channels are laid out, all in
// registers, so that a pixel is read and written once.
#pragma once

#include <cstddef>
#include <cstdint>

#include "jpeg_fast_level.hpp"

namespace polycodec::jpeg::fast {

// How the second and third components' rows become as wide as the first's.
enum class Chroma {
  kFull,  // they are
  kH2,    // half as wide: libjpeg's triangle filter, 3/4 of the nearer sample and 1/4 of the farther
  kH2V2,  // half as wide and as high: the same in both directions
};
enum class Colors {
  kYccToRgb,
  kYccToBgr,
  kAsStored,
};
enum class Store {
  kThree,   // interleaved
  kFour,    // interleaved, with 255 as the fourth
  kPlanes,  // one row per channel
};

// A row's pixels: to[0] alone, or three planes' rows.
using Destination = uint8_t* const*;
// A row of each component, and as far as kChromaPadding beside chroma's ends readable; chroma's last sample is repeated
// behind it, and its first before.
using RowFn = void (*)(const uint8_t* y, const uint8_t* cb, const uint8_t* cr, Destination to, uint32_t width);
// Two rows of pixels between two rows of chroma: y[0] and to[0] are nearer to chroma row 0, y[1] and to[1] to row 1.
// Where to[i] is null there is no row.
using RowPairFn = void (*)(const uint8_t* const y[2], const uint8_t* const cb[2], const uint8_t* const cr[2], const Destination to[2],
                           uint32_t width);

inline constexpr uint32_t kRowPadding = 64;

// For kFull and kH2; for kH2V2.
RowFn ChooseRow(Level level, Chroma chroma, Colors colors, Store store);
RowPairFn ChooseRowPair(Level level, Colors colors, Store store);

// Rows of chroma on the way to kFull, where it is coarser in other ways.
// Vertical triangle filter: 3/4 of the nearer row and 1/4 of the farther; libjpeg rounds by `bias`, 1 above and 2 below.
void BlendRows(const uint8_t* near, const uint8_t* far, int bias, uint8_t* to, uint32_t width);
// Every sample `times` times.
void RepeatSamples(const uint8_t* from, unsigned times, uint8_t* to, uint32_t width);
// Luma of RGB, by libjpeg's rounding.
void LumaOfRgb(const uint8_t* r, const uint8_t* g, const uint8_t* b, uint8_t* to, uint32_t width);

// What the files of the levels define.
RowFn RowPortable(Chroma chroma, Colors colors, Store store);
RowFn RowAvx2(Chroma chroma, Colors colors, Store store);
RowFn RowAvx512(Chroma chroma, Colors colors, Store store);
RowPairFn RowPairPortable(Colors colors, Store store);
RowPairFn RowPairAvx2(Colors colors, Store store);
RowPairFn RowPairAvx512(Colors colors, Store store);

// The template's instance for values that are known at run time.
#define POLYCODEC_CHOOSE_STORE(function, colors, store)                          \
  (store == Store::kThree  ? function<colors, Store::kThree>                     \
   : store == Store::kFour ? function<colors, Store::kFour>                      \
                           : function<colors, Store::kPlanes>)
#define POLYCODEC_CHOOSE(function, colors, store)                                                        \
  (colors == Colors::kYccToRgb   ? POLYCODEC_CHOOSE_STORE(function, Colors::kYccToRgb, store)            \
   : colors == Colors::kYccToBgr ? POLYCODEC_CHOOSE_STORE(function, Colors::kYccToBgr, store)            \
                                 : POLYCODEC_CHOOSE_STORE(function, Colors::kAsStored, store))

}  // namespace polycodec::jpeg::fast
