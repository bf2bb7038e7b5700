/*
 * What the headers of a JPEG 2000 file say (ITU-T T.800, annexes A and I), read again: the host's parser has read them before,
 * but memory was planned by what it found, and the library writes by what it finds. Also what the library does not tell:
 * what the channels are, and whether the tile-parts are all there.
 */
#pragma once

#include <cstdint>

#include <polycodec.h>

namespace polycodec::nvjpeg2k {

enum class Color { kUnknown, kGray, kRgb, kYcc };

struct CodedPicture {
  uint32_t width = 0, height = 0;
  uint32_t tile_width = 0, tile_height = 0, tiles_across = 0, tiles_down = 0;
  uint32_t components = 0, precision = 0;
  bool is_signed = false;
  uint32_t step_x = 1, step_y = 1;  // how much coarser the second and third component are
  uint32_t levels = 0;              // wavelet decompositions, of the component that has fewest
  Color color = Color::kUnknown;

  uint32_t tiles() const { return tiles_across * tiles_down; }
  bool is_coarse() const { return step_x != 1 || step_y != 1; }
};

/*
 * Throws cuda::Failure unless the task's headers are these, the coded data has an end, and it is a picture for the library:
 * from the origin of the reference grid, without a palette, components alike but for coarser chroma, at most 16 bits.
 */
CodedPicture Examine(const polycodec_decode_task& task);

}  // namespace polycodec::nvjpeg2k
