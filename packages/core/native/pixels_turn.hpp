/* Turning: pixels keep their bytes and change their places. */
#ifndef POLYCODEC_PIXELS_TURN_HPP
#define POLYCODEC_PIXELS_TURN_HPP

#include <cstddef>
#include <cstdint>

namespace polycodec::pixels {

/*
 * Writes `width` x `height` pixels of `pixelBytes` to `dst`, taken from the same number at `src` with their sides
 * swapped where the EXIF orientation (1..8) says so. Row distances are in bytes. `simd`: SSSE3 may be used.
 */
void Turn(int32_t orientation, const uint8_t* src, ptrdiff_t srcRow, uint8_t* dst, ptrdiff_t dstRow, uint32_t width,
          uint32_t height, uint32_t pixelBytes, bool simd) noexcept;

}  // namespace polycodec::pixels

#endif
