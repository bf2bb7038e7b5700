// A scan's segments: the data between two restart markers, each decoded by itself (T.81, B.2.1).
#pragma once

#include <cstdint>
#include <span>

#include "jpeg_fast_clean.hpp"
#include "jpeg_fast_entropy.hpp"

namespace polycodec::jpeg::fast {

class Segments {
 public:
  Segments(Level level, size_t window) : stream_(level, window) {}

  // `coded` begins behind a marker, with MCU number `first` of the scan's `mcus`, where a segment begins. `interval`:
  // MCUs of a segment; 0: there is one segment. `lastMarker` stands behind the scan.
  void Begin(std::span<const uint8_t> coded, uint64_t mcus, uint32_t interval, uint64_t first, uint8_t lastMarker);

  // MCUs that the segment still has. At none, it is to be ended and the next one begun.
  uint64_t left() const { return left_; }
  void Take(uint64_t mcus) { left_ -= mcus; }
  // All of a segment is to be used up, but for less than a byte of padding, and the right marker to stand behind it:
  // else libjpeg has something to say. Null, or what is wrong.
  const char* End();
  void BeginNext();

  // Makes kLookahead bytes readable.
  void Continue() { bits.from = stream_.Continue(bits.from); }
  // More has been taken than there was.
  bool IsOverrun() const { return bits.Left(stream_.limit()) < 0; }

  BitState bits;

 private:
  CleanStream stream_;
  uint64_t interval_ = 0, left_ = 0;
  uint64_t segment_ = 0, segments_ = 0;  // counted in the whole scan
  uint8_t lastMarker_ = 0;
};

}  // namespace polycodec::jpeg::fast
