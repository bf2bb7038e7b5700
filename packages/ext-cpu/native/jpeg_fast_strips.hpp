// The two rows of MCUs that are in work, as planes of samples, and the rows of pixels that come out of them.
#pragma once

#include <algorithm>
#include <array>
#include <cstdint>
#include <utility>
#include <vector>

#include <polycodec.h>

#include "jpeg_fast_geometry.hpp"
#include "jpeg_fast_level.hpp"
#include "row_prefetch.hpp"

namespace polycodec::jpeg::fast {

// Vertical interpolation looks one row of chroma past a row of MCUs, so rows come out one row of chroma late: behind MCU
// row r those up to its last but one. Two rows of MCUs are kept, and take turns.
class Strips {
 public:
  // Bytes that Begin takes for a picture, at most.
  static uint64_t Bytes(const Geometry& geometry, uint32_t spareMcus);

  // `firstMcuRow`: where decoding begins; if that is not the picture's first, the row of pixels that needs the chroma
  // above it is left out, and likewise at the end: see Seam. `spareMcus`: transforms may write so much farther.
  void Begin(const Geometry& geometry, const polycodec_decode_task& task, Level level, uint32_t spareMcus, uint32_t firstMcuRow);

  // Where component i's blocks of MCU `column`, row `row` of MCUs, begin.
  uint8_t* Blocks(unsigned i, uint32_t row, uint32_t column) {
    const PlaneGeometry& plane = geometry_->planes[i];
    return Row(i, row * plane.RowsPerMcu()) + size_t{column} * plane.horizontal * plane.size;
  }
  size_t stride(unsigned i) const { return planes_[i].stride; }

  // What Finish(row) will write to is asked of memory meanwhile, in about `calls` calls of Prefetch. At 500 x 375 a decode
  // takes a fourteenth less time so; rows of several kilobytes are as well without.
  void Announce(uint32_t row, uint64_t calls);
  void Prefetch() { prefetch_.Ask(); }
  // Row `row` of MCUs is there: writes what rows of pixels can be written now.
  void Finish(uint32_t row);

  // The rows at a cut between two bands: of the upper band's last row and the lower one's first.
  struct Edge {
    std::array<const uint8_t*, 3> rows;
  };
  // The band's first row (kept since it was there) or its last, of each component.
  Edge FirstEdge() const;
  Edge LastEdge(uint32_t mcuRowEnd);
  // Writes the two rows of pixels between the bands, the lower of which begins at `mcuRow`.
  void WriteSeam(const Edge& above, const Edge& below, uint32_t mcuRow);

 private:
  struct Plane {
    size_t offset, stride;
  };

  uint8_t* Row(unsigned i, uint32_t y) {
    const uint32_t rows = geometry_->planes[i].RowsPerMcu();
    return memory_.data() + planes_[i].offset + (y / rows % 2 * rows + y % rows) * planes_[i].stride;
  }
  void RepeatEdges(uint32_t row);
  void KeepFirstEdge();
  void WriteRow(uint32_t y, const uint8_t* first, const uint8_t* second, const uint8_t* third);
  void WritePair(uint32_t y, const std::array<const uint8_t*, 3>& above, const std::array<const uint8_t*, 3>& below);
  // Row y's channels in the output, or in a row of scratch from which Deliver cuts. False: not shown.
  bool Address(uint32_t y, unsigned slot, std::array<uint8_t*, 3>& to);
  void Deliver(uint32_t y, unsigned slot);
  // Of row `row` of MCUs, rows of pixels that are shown: none if the first is not below the second.
  std::pair<uint32_t, uint32_t> ShownRows(uint32_t row) const {
    return {std::max(row * geometry_->mcuHeight, geometry_->y0), std::min((row + 1) * geometry_->mcuHeight, geometry_->y1)};
  }
  bool IsShown(int64_t y) const { return y >= geometry_->y0 && y < geometry_->y1; }

  const Geometry* geometry_ = nullptr;
  std::vector<uint8_t> memory_, scratch_, edge_;
  std::array<Plane, 3> planes_{};
  size_t scratchStride_ = 0;
  uint32_t firstMcuRow_ = 0;
  uint32_t xBegin_ = 0;  // x0, or the pixel before where that is odd and chroma's samples begin there
  RowFn row_ = nullptr;
  RowPairFn pair_ = nullptr;
  uint8_t* pixels_ = nullptr;
  uint64_t row_stride_ = 0, plane_stride_ = 0;
  uint64_t rowBytes_ = 0;  // of the output where its channels are interleaved, else of its first plane
  RowPrefetch prefetch_;
};

}  // namespace polycodec::jpeg::fast
