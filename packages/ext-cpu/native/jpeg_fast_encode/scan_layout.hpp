// What is coded, and how a chunk's blocks follow each other in the scan.
#pragma once

#include <array>
#include <cstdint>

#include "chunk.hpp"
#include "tokens.hpp"

namespace polycodec::jpeg_encode {

enum class Sampling { kGray, k444, k422, k420 };

constexpr bool HasChroma(Sampling sampling) { return sampling != Sampling::kGray; }
// Luma blocks of an MCU, beside and above each other.
constexpr unsigned BlocksAcross(Sampling sampling) { return sampling == Sampling::k422 || sampling == Sampling::k420 ? 2 : 1; }
constexpr unsigned BlocksDown(Sampling sampling) { return sampling == Sampling::k420 ? 2 : 1; }

// Where the components' blocks of a chunk lie: luma's upper row of 16 from 0, the lower from kLowerLuma if there is one.
struct ScanLayout {
  explicit ScanLayout(Sampling sampling);

  unsigned mcuWidth, mcuHeight;  // pixels
  unsigned lowerLuma, cb, cr;    // first block
  unsigned blocksPerMcu, mcusPerChunk;
  std::array<ScanBlock, kMostChunkBlocks> order;
};

}  // namespace polycodec::jpeg_encode
