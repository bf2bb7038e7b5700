// From a decoder's rows, as its format has them, to those of the task's output.
#pragma once

#include <cstdint>
#include <vector>

#include <polycodec.h>

namespace polycodec {

// Takes rows in any order. A decoder either has them somewhere and `Put`s them, or asks for a `Row` to write to, which is
// the output's own where nothing has to be converted, and says when it is `Done`. Memory: one row.
class OutputRows {
 public:
  // `rows` describes what the decoder makes, for the columns that the output shows. SUCCESS, or what of the output cannot
  // be had of it; the host's messages say so. Orientation and scale are refused.
  polycodec_status Begin(const polycodec_decode_task& task, polycodec_layout rows);

  void Put(uint32_t y, const uint8_t* row);
  uint8_t* Row(uint32_t y) { return direct_ ? To(y) : row_.data(); }
  void Done(uint32_t y) {
    if (!direct_) Put(y, row_.data());
  }
  // Rows [first, last) of a truncated picture: all samples 0.
  void Clear(uint32_t first, uint32_t last);

  size_t rowBytes() const { return row_bytes_; }

 private:
  uint8_t* To(uint32_t y) const { return pixels_ + output_.row_stride * y; }

  polycodec_layout rows_{}, output_{};
  uint8_t* pixels_ = nullptr;
  size_t row_bytes_ = 0;
  bool direct_ = false;
  std::vector<uint8_t> row_;
};

// Rows and columns of the stored picture that the task shows.
struct Window {
  uint32_t y0, x0, y1, x1;
  uint32_t width() const { return x1 - x0; }
  uint32_t height() const { return y1 - y0; }
};

inline Window WindowOf(const polycodec_decode_task& task) {
  if (task.has_region) return {task.y0, task.x0, task.y1, task.x1};
  return {0, 0, task.height, task.width};
}

}  // namespace polycodec
