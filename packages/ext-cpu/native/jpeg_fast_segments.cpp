#include "jpeg_fast_segments.hpp"

namespace polycodec::jpeg::fast {

void Segments::Begin(std::span<const uint8_t> coded, uint64_t mcus, uint32_t interval, uint64_t first, uint8_t lastMarker) {
  stream_.Begin(coded);
  interval_ = interval != 0 ? interval : mcus;
  segments_ = (mcus + interval_ - 1) / interval_;
  segment_ = first / interval_;
  lastMarker_ = lastMarker;
  // The last segment may be shorter; nobody asks for more MCUs than there are.
  BeginNext();
}

const char* Segments::End() {
  Continue();
  if (!stream_.isComplete()) return "data behind a segment's last MCU";
  const int64_t rest = bits.Left(stream_.limit());
  if (rest < 0) return "a segment that ends early";
  if (rest >= 8) return "data behind a segment's last MCU";
  ++segment_;
  const bool isLast = segment_ == segments_;
  const uint8_t expected = isLast ? lastMarker_ : static_cast<uint8_t>(kRst0 + (segment_ - 1) % 8);
  if (stream_.marker() != expected) return isLast ? "no end of image behind the last MCU" : "a restart marker that is missing or out of order";
  if (!isLast) stream_.SkipMarker();
  return nullptr;
}

void Segments::BeginNext() {
  bits.Begin(stream_.BeginSegment());
  left_ = interval_;
}

}  // namespace polycodec::jpeg::fast
