// From the rows of the image that is encoded to those that the code stream holds.
#pragma once

#include <cstdint>
#include <vector>

#include <polycodec.h>

namespace polycodec {

class InputRows {
 public:
  // `rows` describes what the encoder wants, a whole row. SUCCESS, or what of the input cannot be brought to it; the
  // host's message says so.
  polycodec_status Begin(const polycodec_encode_task& task, polycodec_layout rows);

  // Row `y`; valid until the next call.
  const uint8_t* Row(uint32_t y);
  size_t rowBytes() const { return row_bytes_; }
  bool isDirect() const { return direct_; }

 private:
  polycodec_layout rows_{}, input_{};
  const uint8_t* pixels_ = nullptr;
  size_t row_bytes_ = 0;
  bool direct_ = false;
  std::vector<uint8_t> row_;
};

}  // namespace polycodec
