// Encoding PNG: filters chosen with SIMD, deflate of our own or libdeflate's.
#pragma once

#include <memory>
#include <vector>

#include <libdeflate.h>
#include <polycodec.h>

#include "png_deflate.hpp"
#include "png_filter.hpp"
#include "png_input.hpp"
#include "png_memory.hpp"
#include "png_reduce.hpp"

namespace polycodec::png {

struct FreeCompressor {
  void operator()(libdeflate_compressor* compressor) const { libdeflate_free_compressor(compressor); }
};

// What one thread keeps.
struct EncodeWorker {
  Scratch rows;    // filtered rows: all of them, or a window
  Scratch margin;  // two rows of the input with their margins
  std::unique_ptr<libdeflate_compressor, FreeCompressor> compressor;
  int level = -1;  // of the compressor
  Reduction reduction;
  MatchFinder matches;
  WeighedMatchFinder weighed;
  BlockWriter blocks;
  std::vector<Token> tokens;
};

polycodec_status Encode(EncodeWorker& worker, const polycodec_encode_task& task);

// The rows of the picture in the format to be written, one after the other, filtered.
class FilteredRowSource {
 public:
  // Each row gets the filter with the least differences in the blocks that `step` leaves (ChooseFilter); with 0, none.
  FilteredRowSource(EncodeWorker& worker, const Input& input, size_t step, bool simd);

  size_t RowBytes() const { return bytes_ + 1; }  // with the filter byte
  // Writes the next row: its filter byte and `RowBytes() - 1` bytes.
  void Next(uint8_t* to);

 private:
  const Input& input_;
  Reduction& reduction_;
  const size_t step_;
  const bool simd_, reduced_;
  size_t bytes_;
  uint32_t y_ = 0;
  uint8_t *row_, *above_, *full_;  // `full_`: a row of the input before it is reduced
};

// Is the picture flat: made of areas of one colour, in which rows repeat? Looks at a sample of the rows.
bool IsFlat(const Input& input, uint8_t* row);

}  // namespace polycodec::png
