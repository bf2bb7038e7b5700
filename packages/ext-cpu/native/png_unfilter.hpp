// Undoing the filters of rows (W3C PNG, section 9): from differences to bytes.
#pragma once

#include <cstddef>
#include <cstdint>

namespace polycodec::png {

enum Filter : uint8_t { kNone = 0, kSub = 1, kUp = 2, kAverage = 3, kPaeth = 4 };

// Some rows of one image, one below the other.
struct FilteredRows {
  const uint8_t* from;   // filter byte and `bytes` differences; readable for kRowsSlack bytes behind the last row
  uint8_t* to;           // `bytes` bytes a row; what lies between the rows is left alone
  const uint8_t* above;  // the row above the first; zeros above the image. Readable for 16 bytes more
  size_t toStep;         // bytes from a row of `to` to the next
  size_t bytes;          // of a row, without its filter byte
  uint32_t count;
  uint32_t pixelBytes;   // 1, 2, 3, 4, 6 or 8
};

// Undoes `rows.count` rows; returns how many, fewer if a filter byte is none: that row's.
uint32_t Unfilter(const FilteredRows& rows, bool simd);

// The definition, one row. The filter is 0 to 4.
void UnfilterRowScalar(uint8_t filter, const uint8_t* from, const uint8_t* above, uint8_t* to, size_t bytes,
                       uint32_t pixelBytes);

// The same with SSE4.1 on a CPU that has it (HasFastUnfilter): Paeth rows up to four at a time.
bool HasFastUnfilter();
void UnfilterRowFast(uint8_t filter, const uint8_t* from, const uint8_t* above, uint8_t* to, size_t bytes,
                     uint32_t pixelBytes);
// `count` of 2 to 4 rows, all of them Paeth.
void UnfilterPaethRowsFast(const FilteredRows& rows, uint32_t count);

}  // namespace polycodec::png
