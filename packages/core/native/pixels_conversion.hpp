/*
 * What a change of layout means for each channel, worked out once from the two layouts and then followed both by the
 * definition (pixels_scalar.cpp) and by the fast rows (pixels_rows.cpp).
 */
#ifndef POLYCODEC_PIXELS_CONVERSION_HPP
#define POLYCODEC_PIXELS_CONVERSION_HPP

#include <cstddef>
#include <cstdint>

#include "polycodec.h"

namespace polycodec::pixels {

inline constexpr uint32_t kMaxNamedChannels = 4;

/* In `take`: a value that no source channel holds. */
inline constexpr int8_t kFull = -1;   /* 2^precision - 1 */
inline constexpr int8_t kMiddle = -2; /* 2^(precision - 1): chroma of a gray pixel */
inline constexpr int8_t kLuma = -3;   /* BT.601 luma of the source's red, green and blue */

struct Conversion {
  enum class Kind : uint8_t {
    kImpossible,
    kSame,     /* target channel c is source channel c, however many there are */
    kTake,     /* target channel c is source channel take[c], or one of the values above */
    kYccToRgb, /* rgb[0..2] say where R, G, B are in the target; alpha, if any, comes after them and is full */
    kRgbToYcc, /* rgb[0..2] say where R, G, B are in the source */
  };
  Kind kind = Kind::kImpossible;
  bool rescale = false; /* elements change dtype or precision */
  bool counts = false;  /* the target's elements are unsigned: every element is a number of 0 to full scale */
  int8_t take[kMaxNamedChannels] = {};
  uint8_t rgb[3] = {};
  int8_t alpha = -1;       /* where the source has it, if it is to be blended onto `ground` */
  uint8_t ground[kMaxNamedChannels] = {}; /* by target channel, 0 to 255 */
};

Conversion PlanConversion(const polycodec_layout& src, const polycodec_layout& dst) noexcept;

/* Has alpha that the target lacks be blended onto red, green and blue; nothing changes if there is none. */
void Flatten(Conversion& plan, const polycodec_layout& src, const polycodec_layout& dst,
             const uint8_t background[3]) noexcept;

/* Bytes of an element; 0 for a number that is no dtype. */
uint32_t ElementSize(int32_t dtype) noexcept;

inline bool IsPlanar(int32_t sampleFormat) noexcept { return (sampleFormat & 1) != 0; }

/* Distances in bytes, the same for both planarities: element (y, x, c) is at y * row + x * pixel + c * channel. */
struct Steps {
  ptrdiff_t row, pixel, channel;
};
Steps StepsOf(const polycodec_layout& layout) noexcept;

/* The greatest value of `precision` bits, 1 to 32. */
inline uint32_t FullScale(uint32_t precision) noexcept { return 0xffffffffu >> (32 - precision); }

/*
 * From all of [0, from] to all of [0, to], to nearest. Both are of the form 2^n - 1, so odd: there are no ties.
 * Values above `from` (stray high bits) count as `from`. (2^32 - 1)^2 + 2^31 still fits 64 bits.
 */
inline uint32_t Rescale(uint64_t value, uint32_t from, uint32_t to) noexcept {
  if (value > from) value = from;
  return static_cast<uint32_t>((value * to + from / 2) / from);
}

/*
 * Elements of every dtype as unsigned numbers. Signed integers of p bits are moved up by 2^(p-1), so that their whole
 * range is the whole range of p unsigned bits. Floating point from 0 to 1 is all of the target's range, to nearest; what
 * is outside is clamped, and NaN is 0.
 */
inline uint64_t FromSigned(int64_t value, uint32_t precision) noexcept {
  const int64_t half = int64_t{1} << (precision - 1), moved = value + half;
  return static_cast<uint64_t>(moved < 0 ? 0 : moved > 2 * half - 1 ? 2 * half - 1 : moved);
}
inline uint64_t FromFloat(double value, uint32_t full) noexcept {
  if (!(value > 0)) return 0;
  return value >= 1 ? full : static_cast<uint64_t>(value * full + 0.5);
}

/* Full scale of the numbers that elements of `src` are read as, on their way to `dst`. */
uint32_t NumberScale(const polycodec_layout& src, const polycodec_layout& dst) noexcept;

/* A value over a background, both of 0 to `full`, as they are stored: not in linear light. To nearest. */
inline uint32_t Blend(uint64_t value, uint64_t alpha, uint64_t ground, uint32_t full) noexcept {
  return static_cast<uint32_t>((value * alpha + ground * (full - alpha) + full / 2) / full);
}

/* Y of BT.601, the weights 0.299, 0.587, 0.114 in 16 bits of fraction; they add up to 2^16 exactly. */
inline uint32_t Luma(uint64_t red, uint64_t green, uint64_t blue) noexcept {
  return static_cast<uint32_t>((19595 * red + 38470 * green + 7471 * blue + 32768) >> 16);
}

inline uint8_t ClampToByte(int32_t value) noexcept {
  return static_cast<uint8_t>(value < 0 ? 0 : value > 255 ? 255 : value);
}

/*
 * JFIF's full-range YCbCr: R = Y + 1.402 Cr, G = Y - 0.344136 Cb - 0.714136 Cr, B = Y + 1.772 Cb with Cb and Cr
 * around 128, the factors given to five digits as libjpeg does, in 16 bits of fraction. The shift of a negative
 * number rounds down, which is what libjpeg's tables hold.
 */
inline void YccToRgb(int32_t y, int32_t cb, int32_t cr, uint8_t& red, uint8_t& green, uint8_t& blue) noexcept {
  cb -= 128;
  cr -= 128;
  red = ClampToByte(y + ((91881 * cr + 32768) >> 16));
  green = ClampToByte(y + ((-22554 * cb - 46802 * cr + 32768) >> 16));
  blue = ClampToByte(y + ((116130 * cb + 32768) >> 16));
}

/* The way back. libjpeg rounds chroma with 32767, so that the greatest value is 255 and not 256. */
inline void RgbToYcc(int32_t red, int32_t green, int32_t blue, uint8_t& y, uint8_t& cb, uint8_t& cr) noexcept {
  constexpr int32_t kCenter = (128 << 16) + 32767;
  y = static_cast<uint8_t>((19595 * red + 38470 * green + 7471 * blue + 32768) >> 16);
  cb = static_cast<uint8_t>((-11059 * red - 21709 * green + 32768 * blue + kCenter) >> 16);
  cr = static_cast<uint8_t>((32768 * red - 27439 * green - 5329 * blue + kCenter) >> 16);
}

}  // namespace polycodec::pixels

#endif
