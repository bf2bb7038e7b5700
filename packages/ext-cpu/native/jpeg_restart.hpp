// Where in a JPEG's data decoding can begin: restart markers that stand at the start of a row of MCUs.
#pragma once

#include <cstddef>
#include <cstdint>
#include <span>
#include <vector>

namespace polycodec::jpeg {

// A baseline or extended Huffman image in one scan, whose restart markers are all there and in order.
struct RestartRows {
  uint32_t width = 0, height = 0, components = 0;
  uint32_t mcuHeight = 0;      // pixels
  uint32_t mcuRows = 0;
  uint32_t restartInterval = 0, mcusPerRow = 0;
  uint32_t step = 0;           // decoding can begin at every step-th row of MCUs
  std::vector<uint8_t> header; // SOI to SOS without what decoding does not need
  size_t heightOffset = 0;     // of the frame's height, two bytes, in `header`
  std::vector<size_t> starts;  // offset in the file of the data of row `step * i`
  size_t end = 0;              // offset behind the end-of-image marker

  // Restart markers before row `row`, a multiple of step.
  uint64_t MarkersBefore(uint32_t row) const { return uint64_t{row} * mcusPerRow / restartInterval; }
};

// Fills `found`, whose memory is used again. False: the file is of another kind, or irregular in any way. Reads the
// whole file once, which takes about a hundredth of decoding it.
bool FindRestartRows(std::span<const uint8_t> file, RestartRows& found);

}  // namespace polycodec::jpeg
