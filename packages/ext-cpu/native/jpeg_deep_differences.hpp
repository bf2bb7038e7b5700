// Rows of samples as differences from their predictions: what the lossless encoder codes.
#pragma once

#include <polycodec.h>

#include <array>
#include <cstdint>
#include <vector>

namespace polycodec::jpegdeep {

// Walks over a picture's rows, once for each pass.
class DifferenceRows {
 public:
  // `rowsPerInterval`: a row predicted like the first one comes so often; 0: never again.
  DifferenceRows(const polycodec_encode_task& task, uint32_t predictor, uint32_t pointTransform,
                 uint32_t rowsPerInterval);
  void Rewind() { next_ = 0; }
  // The next row's differences: component c's at `Differences(c)`. False: a sample has more bits than the image says.
  bool Next();
  const int16_t* Differences(uint32_t c) const { return differences_[c].data(); }
  // The row that Next has read, from 0.
  uint32_t Row() const { return next_ - 1; }

 private:
  // Row `y` of component `c`, without its lowest bits. False as above.
  bool Load(uint32_t y, uint32_t c, uint16_t* to) const;

  const polycodec_encode_task& task_;
  const uint32_t predictor_, pointTransform_, rowsPerInterval_;
  uint32_t next_ = 0;
  std::array<std::vector<uint16_t>, 4> row_, above_;
  std::array<std::vector<int16_t>, 4> differences_;
};

}  // namespace polycodec::jpegdeep
