// Run-length coded rows: RLE8 and RLE4 of Windows, RLE24 of OS/2.
#pragma once

#include <cstdint>
#include <span>

#include "bmp_header.hpp"

namespace polycodec::bmp {

// Gives rows in the file's order. Pixels that the runs leave out are number 0 of the palette.
class RunLengthRows {
 public:
  RunLengthRows(const Header& header, std::span<const uint8_t> data) : header_(header), data_(data) {}

  // False: the data ends before the row does. What lies beyond the row's end is left out.
  bool Next(Pixel* row);

 private:
  bool Runs(Pixel* row);
  bool Literals(Pixel* row, uint32_t count);
  void Put(Pixel* row, Pixel pixel) {
    if (x_ < header_.width) row[x_] = pixel;
    ++x_;
  }
  Pixel At(size_t at) const;
  size_t left() const { return data_.size() - at_; }

  const Header& header_;
  std::span<const uint8_t> data_;
  size_t at_ = 0;
  uint64_t x_ = 0;
  uint32_t rows_down_ = 0;  // to the row in which the pixels go on
  bool ended_ = false;
};

}  // namespace polycodec::bmp
