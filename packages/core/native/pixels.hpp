/*
 * Pixels after decoding: filling, cutting out, turning, and changing their layout.
 *
 * This is what the runtime does itself when a backend cannot: the planner offers the backend a plainer task (whole
 * image, no orientation, the format it likes) and the worker that decoded it calls Transform from scratch memory to
 * the user's. Layouts are those of polycodec.h. Nothing here allocates, throws, locks or keeps state but SetSimd.
 *
 * Transform and SplitRow have plain definitions in pixels_scalar.cpp; the fast ways give the same bytes, on any CPU.
 */
#ifndef POLYCODEC_PIXELS_HPP
#define POLYCODEC_PIXELS_HPP

#include <cstdint>

#include "polycodec.h"

namespace polycodec::pixels {

/*
 * Sets every pixel to `fill`, one value a channel (channels after the fifth take the fifth's). Values are in the
 * image's own scale (0..255 in uint8), rounded to nearest, halves away from zero, and clamped to the dtype's range;
 * NaN becomes 0 in integers, infinities stay in floats. Bytes between the end of a row and the next
 * row keep what they hold.
 */
void Fill(const polycodec_layout& layout, uint8_t* pixels, const double fill[5]) noexcept;

/* Which part of the source to take, and how to turn it. */
struct TransformSpec {
  int32_t orientation; /* EXIF 1..8, as stored in a file: 6 means "turn 90 degrees clockwise to display" */
  uint32_t y0, x0;     /* where the part begins, in the (shrunken) source's own coordinates: before it is turned */
  uint32_t shrink = 1; /* 1, 2, 4 or 8: first make each box of so many pixels a side one pixel (ShrunkenLayout) */
  bool flatten = false;          /* alpha that the target lacks is blended onto `background` instead of dropped */
  uint8_t background[3] = {};    /* red, green, blue of 255, whatever the elements */
};

/*
 * Is there a conversion between the two layouts? Sizes do not matter here.
 *
 * Planarity    any to any.
 * Channels     a format to itself; RGB, BGR and RGBA among each other; Y, YA to any of these (gray replicated) and
 *              among each other; these to Y and YA (BT.601 luma); YUV to and from Y, RGB, BGR and RGBA, in uint8 of
 *              8 bits only; UNCHANGED to UNCHANGED with as many channels and no other color spec. Alpha that the
 *              source lacks is full; alpha that the target lacks is dropped, or blended if TransformSpec says so (not
 *              to YUV).
 * Elements     a dtype to itself; unsigned integers among each other, from all of precision p to all of precision q
 *              (v * (2^q - 1) / (2^p - 1), to nearest); signed integers and floating point to unsigned integers, as
 *              FromSigned and FromFloat say. Nothing becomes signed or floating point, and elements that stay so get
 *              no new alpha, no luma and no blending.
 */
bool CanTransform(const polycodec_layout& src, const polycodec_layout& dst) noexcept;

/*
 * The layout of a picture shrunk by 1, 2, 4 or 8: each side divided and rounded up; rows and planes stay as far apart as
 * they were. Another factor gives a picture of no pixels.
 */
polycodec_layout ShrunkenLayout(uint32_t factor, const polycodec_layout& layout) noexcept;

/*
 * Shrinks a picture in its place: every pixel becomes the mean of its box of factor x factor pixels, of those that exist
 * at the right and lower edge, channel by channel. Integers are rounded to nearest, halves up; floating point sums are
 * made in double precision. Returns ShrunkenLayout.
 */
polycodec_layout Shrink(uint32_t factor, uint8_t* pixels, const polycodec_layout& layout) noexcept;

/* Is the orientation one of 1..8, and the part that `dst` asks for inside `src`? */
bool Fits(const TransformSpec& spec, const polycodec_layout& src, const polycodec_layout& dst) noexcept;

/*
 * Takes the part of `src` that begins at (y0, x0), as large as `dst` (its sides swapped from orientation 5 on), turns
 * it and converts it. Requires CanTransform and Fits, and that the two do not overlap in memory. Rows may be of any
 * alignment. Reads and writes no byte outside the rows' pixels.
 *
 * Colour is converted as libjpeg does it (jdcolor.c, jccolor.c: 16-bit fixed point), at the source's precision.
 */
void Transform(const TransformSpec& spec, const uint8_t* src, const polycodec_layout& srcLayout, uint8_t* dst,
               const polycodec_layout& dstLayout) noexcept;

/* Splits `width` interleaved 8-bit pixels into one row per channel: planes[c][x] = interleaved[x * channels + c]. */
void SplitRow(const uint8_t* interleaved, uint8_t* const* planes, uint32_t channels, uint32_t width) noexcept;

/* false: use the plain definitions (POLYCODEC_SIMD=scalar). true, the default: whatever this CPU does fastest. */
void SetSimd(bool enabled) noexcept;

}  // namespace polycodec::pixels

#endif
