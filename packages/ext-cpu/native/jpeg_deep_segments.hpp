// The payloads of the marker segments that a deep JPEG is described by (ITU-T T.81, Annex B).
#pragma once

#include <cstdint>
#include <span>

#include "jpeg_deep_frame.hpp"

namespace polycodec::jpegdeep {

// One segment's payload, read from the front. Throws Refusal when it is too short.
class Segment {
 public:
  Segment(std::span<const uint8_t> bytes, uint8_t marker) : bytes_(bytes), marker_(marker) {}
  size_t Left() const { return bytes_.size(); }
  uint8_t U8() { return Take(1)[0]; }
  uint16_t U16() {
    const auto two = Take(2);
    return static_cast<uint16_t>(two[0] << 8 | two[1]);
  }
  std::span<const uint8_t> Take(size_t count);
  // Nothing must be left.
  void End() const;

 private:
  std::span<const uint8_t> bytes_;
  uint8_t marker_;
};

// Each throws Refusal where the segment breaks the format's rules.
void ReadHuffmanTables(Image& image, Segment segment);
void ReadQuantTables(Image& image, Segment segment);
void ReadRestartInterval(Image& image, Segment segment);
// JFIF's and Adobe's.
void ReadApplicationSegment(Image& image, uint8_t marker, Segment segment);
// Checks the frame against the task and the limits before it takes memory for the samples.
void ReadFrame(Image& image, uint8_t marker, Segment segment);
Scan ReadScanHeader(const Image& image, Segment segment);

}  // namespace polycodec::jpegdeep
