#include "scan_layout.hpp"

namespace polycodec::jpeg_encode {

ScanLayout::ScanLayout(Sampling sampling) : order{} {
  const unsigned across = BlocksAcross(sampling), down = BlocksDown(sampling), perRow = kChunkWidth / 8;
  mcuWidth = 8 * across;
  mcuHeight = 8 * down;
  mcusPerChunk = perRow / across;
  lowerLuma = perRow;
  cb = perRow * down;
  cr = cb + mcusPerChunk;
  blocksPerMcu = across * down + (HasChroma(sampling) ? 2 : 0);

  // T.81, A.2.3: an MCU's luma blocks row by row, then the chroma blocks.
  ScanBlock* next = order.data();
  for (unsigned mcu = 0; mcu < mcusPerChunk; ++mcu) {
    for (unsigned y = 0; y < down; ++y) {
      for (unsigned x = 0; x < across; ++x) {
        *next++ = {static_cast<uint16_t>(lowerLuma * y + across * mcu + x), 0, 0};
      }
    }
    if (!HasChroma(sampling)) continue;
    *next++ = {static_cast<uint16_t>(cb + mcu), 1, kChromaTables};
    *next++ = {static_cast<uint16_t>(cr + mcu), 2, kChromaTables};
  }
}

}  // namespace polycodec::jpeg_encode
