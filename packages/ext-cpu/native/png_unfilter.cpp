#include "png_unfilter.hpp"

#include <cstdlib>
#include <cstring>

namespace polycodec::png {
namespace {

// Section 9.4: the neighbour nearest to left + above - corner, in this order where two are as near.
int PaethPredictor(int left, int above, int corner) {
  const int estimate = left + above - corner;
  const int toLeft = std::abs(estimate - left), toAbove = std::abs(estimate - above),
            toCorner = std::abs(estimate - corner);
  if (toLeft <= toAbove && toLeft <= toCorner) return left;
  return toAbove <= toCorner ? above : corner;
}

}  // namespace

void UnfilterRowScalar(uint8_t filter, const uint8_t* from, const uint8_t* above, uint8_t* to, size_t bytes,
                       uint32_t pixelBytes) {
  for (size_t i = 0; i < bytes; ++i) {
    const int left = i >= pixelBytes ? to[i - pixelBytes] : 0, corner = i >= pixelBytes ? above[i - pixelBytes] : 0;
    int predicted = 0;
    switch (filter) {
      case kSub: predicted = left; break;
      case kUp: predicted = above[i]; break;
      case kAverage: predicted = (left + above[i]) / 2; break;
      case kPaeth: predicted = PaethPredictor(left, above[i], corner); break;
      default: break;
    }
    to[i] = uint8_t(from[i] + predicted);
  }
}

uint32_t Unfilter(const FilteredRows& rows, bool simd) {
  const size_t fromStep = rows.bytes + 1;
  const uint8_t* above = rows.above;
  FilteredRows rest = rows;
  for (uint32_t y = 0; y < rows.count;) {
    const uint8_t* from = rows.from + fromStep * y;
    uint8_t* to = rows.to + rows.toStep * y;
    const uint8_t filter = *from;
    if (filter > kPaeth) return y;
    uint32_t together = 1;
    if (simd && filter == kPaeth) {
      while (together < 4 && y + together < rows.count && from[fromStep * together] == kPaeth) ++together;
    }
    if (together > 1) {
      rest.from = from;
      rest.to = to;
      rest.above = above;
      UnfilterPaethRowsFast(rest, together);
    } else if (simd) {
      UnfilterRowFast(filter, from + 1, above, to, rows.bytes, rows.pixelBytes);
    } else {
      UnfilterRowScalar(filter, from + 1, above, to, rows.bytes, rows.pixelBytes);
    }
    y += together;
    above = rows.to + rows.toStep * (y - 1);
  }
  return rows.count;
}

}  // namespace polycodec::png
