// The piece of a picture that is carried through all stages at a time, so that nothing leaves the nearest cache:
// 128 pixels of one row of MCUs.
#pragma once

#include <cstddef>
#include <cstdint>

namespace polycodec::jpeg_encode {

inline constexpr unsigned kChunkWidth = 128;
inline constexpr unsigned kChunkRows = 16;              // of the tallest MCU
inline constexpr unsigned kBlockSize = 64;              // samples, and coefficients, of a block
inline constexpr unsigned kMostChunkBlocks = 3 * 128 / 8;  // 4:4:4: three components of 16; 4:2:0: 32 + 8 + 8

// One plane's samples of a chunk, 0 to 255, in their natural order.
using Plane = uint8_t[kChunkRows][kChunkWidth];

// Y, Cb and Cr at full resolution.
struct SamplePlanes {
  alignas(64) Plane y;
  alignas(64) Plane cb;
  alignas(64) Plane cr;
};

}  // namespace polycodec::jpeg_encode
