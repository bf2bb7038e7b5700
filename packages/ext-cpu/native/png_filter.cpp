#include "png_filter.hpp"

#include <algorithm>
#include <cstdlib>
#include <cstring>
#include <initializer_list>

namespace polycodec::png {
namespace {

inline uint8_t Predict(Filter filter, int left, int above, int corner) {
  switch (filter) {
    case kSub: return uint8_t(left);
    case kUp: return uint8_t(above);
    case kAverage: return uint8_t((left + above) / 2);
    case kPaeth: {
      const int toLeft = std::abs(above - corner), toAbove = std::abs(left - corner),
                toCorner = std::abs(left + above - 2 * corner);
      if (toLeft <= toAbove && toLeft <= toCorner) return uint8_t(left);
      return uint8_t(toAbove <= toCorner ? above : corner);
    }
    default: return 0;
  }
}

inline uint8_t Difference(Filter filter, const RowPair& pair, size_t i) {
  const uint8_t* row = pair.row + i;
  const uint8_t* above = pair.above + i;
  const ptrdiff_t left = -ptrdiff_t(pair.pixelBytes);
  return uint8_t(*row - Predict(filter, row[left], *above, above[left]));
}

}  // namespace

void AddDifferences(const RowPair& pair, size_t from, uint64_t sums[5]) {
  for (size_t i = from; i < std::min(from + kFilterBlock, pair.bytes); ++i) {
    for (const Filter filter : {kNone, kSub, kUp, kAverage, kPaeth}) {
      sums[filter] += uint64_t(std::abs(int8_t(Difference(filter, pair, i))));
    }
  }
}

Filter Least(const uint64_t sums[5]) {
  Filter best = kNone;
  for (const Filter filter : {kSub, kUp, kAverage, kPaeth}) {
    if (sums[filter] < sums[best]) best = filter;
  }
  return best;
}

Filter ChooseFilterScalar(const RowPair& pair, size_t step) {
  uint64_t sums[5] = {};
  for (size_t i = 0; i < pair.bytes; i += step) AddDifferences(pair, i, sums);
  return Least(sums);
}

void ApplyFilterScalar(Filter filter, const RowPair& pair, size_t from, uint8_t* to) {
  for (size_t i = from; i < pair.bytes; ++i) to[i] = Difference(filter, pair, i);
}

Filter ChooseFilter(const RowPair& pair, size_t step, bool simd) {
  return simd ? ChooseFilterFast(pair, step) : ChooseFilterScalar(pair, step);
}

void ApplyFilter(Filter filter, const RowPair& pair, uint8_t* to, bool simd) {
  if (filter == kNone) {
    std::memcpy(to, pair.row, pair.bytes);
  } else if (simd) {
    ApplyFilterFast(filter, pair, to);
  } else {
    ApplyFilterScalar(filter, pair, 0, to);
  }
}

}  // namespace polycodec::png
