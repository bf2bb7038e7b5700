/*
 * One axis of a resize: which source elements make each target element, and with which weights.
 *
 * The weights are Pillow's (src/libImaging/Resample.c), to the bit, so that results can be compared with what models
 * were trained on: a filter's support grows with the reduction, so every source pixel counts (antialiasing); weights
 * are normalised in double precision and then rounded to integers with 22 bits of fraction.
 */
#ifndef POLYCODEC_RESAMPLE_AXIS_HPP
#define POLYCODEC_RESAMPLE_AXIS_HPP

#include <cstddef>
#include <cstdint>
#include <memory>

namespace polycodec::resample {

/* In the order of RESIZE_FILTERS in src/enums.ts. Pillow calls area BOX. */
enum class Filter : int32_t { kNearest, kArea, kBilinear, kBicubic, kLanczos3 };
inline constexpr int32_t kFilters = 5;

/* Weights have so many bits of fraction: 32 less 8 of the pixel and 2 for sums beyond 1 (negative lobes). */
inline constexpr int kFraction = 22;
/*
 * For SIMD a weight is cut in two that fit 16 bits, weight = high * 2^11 + low with 0 <= low < 2^11: PMADDWD multiplies
 * and adds pairs of 16-bit numbers. The sums are those of the whole weights, exactly (modulo 2^32, as theirs).
 */
inline constexpr int kLowBits = 11;

/* Outputs are a multiple of this, and so are taps; those too many have weight 0. */
inline constexpr uint32_t kAxisBlock = 4;

struct Axis {
  uint32_t size = 0;  /* targets, without those that fill the last block */
  uint32_t taps = 0;  /* weights kept for each target: as many as the widest needs, in whole blocks */
  uint32_t begin = 0, end = 0; /* the source elements that any target needs */
  std::unique_ptr<uint32_t[]> first;  /* by target: its first source element, counted from `begin` */
  std::unique_ptr<int32_t[]> weights; /* by target and tap */
  std::unique_ptr<int16_t[]> high, low; /* the same in two parts */
};

/* Most bytes that MakeAxis takes for an axis. */
uint64_t AxisBytes(uint32_t from, uint32_t to, Filter filter, uint32_t count) noexcept;

/*
 * The weights of targets [start, start + count) of an axis resized from `from` to `to` elements. Requires
 * 0 < count <= to - start and both sizes from 1 to 2^28. false: no memory.
 */
bool MakeAxis(uint32_t from, uint32_t to, Filter filter, uint32_t start, uint32_t count, Axis& axis) noexcept;

}  // namespace polycodec::resample

#endif
