// Where a scan's data is interrupted, as it should be or as it should not.
#pragma once

#include "jpeg_deep_bits.hpp"
#include "jpeg_deep_frame.hpp"

namespace polycodec::jpegdeep {

// What a scan does at the end of a restart interval.
class RestartMarkers {
 public:
  explicit RestartMarkers(const Image& image)
      : end_(image.task->data + image.task->size), interval_(image.restartInterval) {}
  // MCUs; 0: there are none.
  uint32_t Interval() const { return interval_; }
  // Goes on behind the marker that is due. False: the file ends. Throws Refusal if another marker stands there.
  bool Pass(BitReader& bits, uint32_t row, uint32_t rows);

 private:
  const uint8_t* end_;
  uint32_t interval_;
  uint32_t next_ = 0;
};

// The coded data ended in this row of `rows`: throws Refusal, or lets it pass where partial pictures are allowed. `at`:
// the marker, or the file's end, that stands where the data should go on.
void EndEarly(Image& image, const uint8_t* at, uint32_t row, uint32_t rows);

}  // namespace polycodec::jpegdeep
