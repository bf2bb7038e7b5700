/* Converting rows: pixels keep their places and change their bytes. */
#ifndef POLYCODEC_PIXELS_ROWS_HPP
#define POLYCODEC_PIXELS_ROWS_HPP

#include "pixels_blend.hpp"
#include "pixels_conversion.hpp"
#include "pixels_shuffle.hpp"

namespace polycodec::pixels {

struct RowConverter;
using RowFn = void (*)(const RowConverter& converter, const uint8_t* src, uint8_t* dst, size_t count);

/* A conversion made ready for many rows. */
struct RowConverter {
  Conversion plan;
  uint32_t channels;          /* of the target */
  uint32_t srcFull, dstFull;  /* of elements read as numbers */
  uint32_t srcPrecision;
  ptrdiff_t srcPixel, srcChannel, dstPixel;
  ptrdiff_t dstChannel;       /* may be changed: scratch memory has its own distance between planes */
  bool contiguous;            /* a row is one run of elements that map one to one */
  RowFn run;
  ShuffleFn shuffle;          /* for rows of at least kShufflePixels; may be nullptr */
  BlendFn blend;              /* to be done before the shuffle; may be nullptr */

  void operator()(const uint8_t* src, uint8_t* dst, size_t count) const noexcept {
    if (shuffle != nullptr && count >= kShufflePixels) {
      if (blend != nullptr) {
        RunBlend(src, dst, count);
      } else {
        RunShuffle(src, dst, count);
      }
    } else {
      run(*this, src, dst, count);
    }
  }

 private:
  void RunBlend(const uint8_t* src, uint8_t* dst, size_t count) const noexcept;
  void RunShuffle(const uint8_t* src, uint8_t* dst, size_t count) const noexcept;
};

RowConverter MakeRowConverter(const Conversion& plan, const polycodec_layout& src, const polycodec_layout& dst,
                              bool simd) noexcept;

}  // namespace polycodec::pixels

#endif
