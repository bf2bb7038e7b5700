// Filtering rows (W3C PNG, section 9): from bytes to differences, with the filter whose differences are smallest.
#pragma once

#include <cstddef>
#include <cstdint>

#include "png_unfilter.hpp"

namespace polycodec::png {

// Bytes that must be readable before a row (zeros: there is no pixel to the left of the first) and behind it.
inline constexpr size_t kRowMargin = 64;

// A row and the one above it (zeros above the image), with their margins.
struct RowPair {
  const uint8_t* row;
  const uint8_t* above;
  size_t bytes;
  uint32_t pixelBytes;
};

// How much of a row is looked at to choose its filter: blocks of 32 bytes, the first of every `step` bytes. Half of them
// choose nearly as well as all.
inline constexpr size_t kFilterBlock = 32, kAllOfRow = kFilterBlock, kHalfOfRow = 2 * kFilterBlock;

// The filter with the least sum of absolute differences, read as signed bytes: the standard's advice (12.7) for images
// of many colours. Where two are equal, the lower number.
Filter ChooseFilter(const RowPair& pair, size_t step, bool simd);
// Writes the differences, `bytes` of them.
void ApplyFilter(Filter filter, const RowPair& pair, uint8_t* to, bool simd);

// The definitions.
Filter ChooseFilterScalar(const RowPair& pair, size_t step);
void ApplyFilterScalar(Filter filter, const RowPair& pair, size_t from, uint8_t* to);

// With AVX2, for the CPUs that have it (HasFastFilter).
bool HasFastFilter();
Filter ChooseFilterFast(const RowPair& pair, size_t step);
void ApplyFilterFast(Filter filter, const RowPair& pair, uint8_t* to);

// The sums of the absolute differences of each filter over the block at `from`, as far as the row has it, added to `sums`.
void AddDifferences(const RowPair& pair, size_t from, uint64_t sums[5]);
Filter Least(const uint64_t sums[5]);

}  // namespace polycodec::png
