/* Byte shuffles over 16 pixels at a time: reordering, adding, dropping and splitting 8-bit channels, mirroring rows. */
#ifndef POLYCODEC_PIXELS_SHUFFLE_HPP
#define POLYCODEC_PIXELS_SHUFFLE_HPP

#include <cstddef>
#include <cstdint>

namespace polycodec::pixels {

inline constexpr size_t kShufflePixels = 16;

/*
 * Interleaved rows are src[0] and dst[0]; planar ones have a pointer for each channel. `count` is at least
 * kShufflePixels. Source and target must not overlap: the last block is done twice in part.
 */
using ShuffleFn = void (*)(const uint8_t* const* src, uint8_t* const* dst, size_t count);

/*
 * A shuffle that gives target channel c source channel take[c] (-1: 255), or nullptr if there is none or the CPU
 * lacks SSSE3. A planar source may have more channels than are taken.
 */
ShuffleFn FindShuffle(uint32_t channelsIn, bool planarIn, uint32_t channelsOut, bool planarOut,
                      const int8_t* take) noexcept;

/* A shuffle that mirrors a row of pixels of so many bytes, dst[0][count - 1 - x] = src[0][x], or nullptr. */
ShuffleFn FindMirror(uint32_t pixelBytes) noexcept;

bool HasSsse3() noexcept;

}  // namespace polycodec::pixels

#endif
