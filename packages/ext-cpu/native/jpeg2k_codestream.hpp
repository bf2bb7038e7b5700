// What a JPEG 2000 code stream's headers say (ITU-T T.800, annex A), read before a library gets to see it: sizes for the
// plan, what decoding will cost at most, and whether the tile-parts are all there.
#pragma once

#include <cstdint>
#include <span>
#include <vector>

namespace polycodec::jpeg2k {

struct Component {
  uint32_t precision;
  bool isSigned;
  uint32_t dx, dy;  // reference grid points from a sample to the next
};

struct CodeStream {
  uint32_t x0, y0, x1, y1;  // the image area on the reference grid
  uint32_t tileX0, tileY0, tileWidth, tileHeight, tilesAcross, tilesDown;
  std::vector<Component> components;
  uint32_t minLevels = 32;  // decomposition levels, of the tile-component that has fewest
  uint32_t maxLevels = 0;
  bool hasPpm = false;  // packet headers of all tiles, packed in the main header
  bool isReversible = true;  // is the wavelet 5/3 everywhere?
  bool isHt = false;    // code blocks of ITU-T T.814
  // Upper bounds over all tiles, for what they may cost.
  uint64_t packets = 0;      // of the whole picture
  uint64_t blockBytes = 0;   // bytes OpenJPEG's structures for one tile's precincts and code blocks take
  // Tile-parts: 0 when all is there, else bytes that the last one lacks, or the number of tiles that never come.
  uint64_t missingBytes = 0;
  uint32_t missingTiles = 0;
  bool isOpenEnded = false;  // does the last tile-part have no length, and the code stream no end marker?

  // Is it cut, or can it not be told?
  bool MayBeCut() const { return missingBytes != 0 || missingTiles != 0 || isOpenEnded; }

  uint64_t Tiles() const { return uint64_t{tilesAcross} * tilesDown; }
};

// Throws Failure.
CodeStream ReadCodeStream(std::span<const uint8_t> bytes);

inline uint32_t CeilDiv(uint32_t value, uint32_t divisor) {
  return static_cast<uint32_t>((uint64_t{value} + divisor - 1) / divisor);
}
inline uint32_t CeilShift(uint32_t value, uint32_t shift) {
  return static_cast<uint32_t>((uint64_t{value} + (uint64_t{1} << shift) - 1) >> shift);
}

}  // namespace polycodec::jpeg2k
