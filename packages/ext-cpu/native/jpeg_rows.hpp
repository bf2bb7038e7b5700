// From libjpeg's rows to the output's: which colours libjpeg is asked for, what is converted after, where it goes.
#pragma once

#include <array>
#include <cstdint>
#include <cstdio>
#include <vector>

#include <jpeglib.h>
#include <polycodec.h>

#include "jpeg_color.hpp"

namespace polycodec::jpeg {

// What libjpeg shall produce for an output layout, and what remains to be done to its rows.
struct RowPlan {
  polycodec_status status = POLYCODEC_SUCCESS;
  J_COLOR_SPACE colors = JCS_UNKNOWN;
  uint32_t jpegChannels = 0;        // of libjpeg's rows
  RowConversion convert = nullptr;  // none: libjpeg's pixels are the output's
  uint32_t outputChannels = 0;
};

// After jpeg_read_header. A status other than SUCCESS says what of the layout cannot be had from this image.
RowPlan PlanRows(const jpeg_decompress_struct& info, const polycodec_layout& output);

// Rows that libjpeg makes at a time. It hands out one or two (one row of blocks' share) per call anyway; a strip bounds
// how far the polling for cancellation is apart, and keeps what is converted in the nearest cache.
inline constexpr uint32_t kStripRows = 16;

// Takes libjpeg's rows for the output rows [0, height) in order. Either libjpeg writes right into the output, or into a
// strip from which columns are cut, colours converted and planes split.
class RowWriter {
 public:
  // libjpeg's rows are `jpegWidth` pixels wide, of which the output shows those from `firstColumn` on. Takes memory.
  void Begin(const RowPlan& plan, const polycodec_layout& output, uint8_t* pixels, uint32_t jpegWidth,
             uint32_t firstColumn);

  // Where libjpeg shall write the `count` (at most kStripRows) rows that will be output rows `y` and following.
  JSAMPARRAY Rows(uint32_t y, uint32_t count);
  // The rows from the last `Rows` are there.
  void Finish(uint32_t y, uint32_t count);
  // Where it may write rows that nobody wants to see.
  JSAMPARRAY Discarded() { return strip_rows_.data(); }

 private:
  uint8_t* pixels_ = nullptr;
  uint64_t row_stride_ = 0, plane_stride_ = 0;
  uint32_t width_ = 0, channels_ = 0, first_byte_ = 0;
  RowConversion convert_ = nullptr;
  bool planar_ = false, direct_ = false;
  std::vector<uint8_t> strip_, converted_;
  std::array<JSAMPROW, kStripRows> strip_rows_{}, output_rows_{};
};

}  // namespace polycodec::jpeg
