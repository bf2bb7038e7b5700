// One scan of a progressive picture (T.81, annex G), decoded some rows at a time.
#pragma once

#include <array>
#include <cstdint>

#include "jpeg_fast_progression.hpp"
#include "jpeg_fast_progressive_codes.hpp"
#include "jpeg_fast_segments.hpp"

namespace polycodec::jpeg::fast {

// A component's blocks.
struct BlockPlane {
  size_t offset = 0;                      // coefficients before the first one in a row of MCUs
  uint32_t across = 0;                    // blocks from a row to the next: whole groups
  uint32_t wide = 0, high = 0;            // blocks of the whole picture, without those that only fill MCUs
  uint32_t horizontal = 1, vertical = 1;  // blocks in an MCU of all components
};
// Coefficients lie by rows of MCUs; in such a row, by component and rows of blocks.
struct BlockPlanes {
  std::array<BlockPlane, 3> planes;
  uint32_t blocksPerRow = 0;  // of MCUs

  int16_t* Block(int16_t* coefficients, unsigned component, size_t row, uint32_t y, uint32_t x) const {
    const BlockPlane& plane = planes[component];
    return coefficients + plane.offset + (row * blocksPerRow + size_t{y} * plane.across + x) * kBlockCoefficients;
  }
};

// Kept from picture to picture.
class ScanDecoder {
 public:
  explicit ScanDecoder(Level level);

  // Bytes that one takes.
  static uint64_t Bytes();

  // `scan` and `planes` are to stay where they are. `bits`: the width of tables.
  void Begin(const ProgressiveScan& scan, const BlockPlanes& planes, uint32_t mcusAcross, uint32_t mcusDown, unsigned bits);
  // Decodes rows [begin, end) of MCUs, which come in order, into `coefficients`, where earlier scans have left theirs.
  // Null, or what is irregular.
  const char* Decode(uint32_t begin, uint32_t end, int16_t* coefficients);

 private:
  bool DecodeAc(int16_t* coefficients, uint32_t row, uint32_t column, uint32_t count);
  bool DecodeDc(int16_t* coefficients, uint32_t row, uint32_t column, uint32_t count);
  bool TakeDc(unsigned part, int16_t& dc);

  const ProgressiveKernels kernels_;
  Segments segments_;
  BandTable table_;

  const ProgressiveScan* scan_ = nullptr;
  const BlockPlanes* planes_ = nullptr;
  BandScan band_{};
  uint32_t mcusAcross_ = 0, mcusDown_ = 0;
  uint32_t run_ = 0;  // blocks that an end of band still holds for
  std::array<int, 3> predictions_{};
};

}  // namespace polycodec::jpeg::fast
