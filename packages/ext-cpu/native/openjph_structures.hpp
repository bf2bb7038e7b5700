// What OpenJPH makes of a code stream's headers before it reads the first packet: whether its structures hold what is then
// decoded into them, and what they take.
#pragma once

#include <cstdint>

#include "jpeg2k_codestream.hpp"

namespace polycodec::jpeg2k {

// The one coding style (COD) of a code stream. Sizes are exponents of two.
struct BlockStyle {
  uint32_t levels, blockWidth, blockHeight;
  bool mixesColors;          // is there a multiple component transform?
  uint8_t precincts[33];     // by resolution: width | height << 4
};

// Throws Failure (CODESTREAM_UNSUPPORTED) where OpenJPH 0.9 would read or write out of bounds, or give wrong samples. Returns
// the bytes that it allocates for all tiles, without what it reads of the file.
uint64_t CheckStructures(const CodeStream& stream, const BlockStyle& style);

}  // namespace polycodec::jpeg2k
