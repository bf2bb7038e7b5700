// A scan's bytes without what the bit reader would have to look out for.
//
// In coded data a zero is stuffed behind every FF, and a marker ends it. A reader that asks "is this byte FF?" for each
// byte it takes pays more than the copy made here, which asks 64 bytes at a time: the reader behind it then takes eight
// bytes at once, blindly. The copy goes through a window that stays in the nearest caches.
#pragma once

#include <cstddef>
#include <cstdint>
#include <memory>
#include <span>

#include "jpeg_fast_level.hpp"

namespace polycodec::jpeg::fast {

// Copies [from, end) to `to` without stuffed zeros until a marker comes, the source ends, or `to` reaches `full`. May
// write 64 bytes over `to`. True: `from` stands before a marker.
using CleanFn = bool (*)(const uint8_t*& from, const uint8_t* end, uint8_t*& to, const uint8_t* full);
CleanFn ChooseClean(Level level);

// Blocks that are decoded between two looks at the end of the data.
inline constexpr unsigned kMostBlocksPerChunk = 64;
// The longest codes with the most extra bits, one per coefficient: what a chunk can take, in bytes.
inline constexpr size_t kLookahead = kMostBlocksPerChunk * 64 * (16 + 11) / 8 + 64;

// Hands out one segment of a scan (the data between two restart markers) after the other.
class CleanStream {
 public:
  // `window`: bytes of clean data that are kept at once.
  CleanStream(Level level, size_t window);

  void Begin(std::span<const uint8_t> coded);

  // Goes to the next segment: its first byte.
  const uint8_t* BeginSegment();
  // Makes kLookahead bytes readable at `at`, a place within the window, if the segment goes on for so long. The same
  // place after the window has moved. What is readable behind the segment's end is of no meaning.
  const uint8_t* Continue(const uint8_t* at) { return isComplete_ || limit_ - at >= static_cast<ptrdiff_t>(kLookahead) ? at : Move(at); }

  // Behind the last byte that is there; the segment's end once it is complete.
  const uint8_t* limit() const { return limit_; }
  bool isComplete() const { return isComplete_; }
  // The code of the marker behind a complete segment, 0 if the file ends there; and where it stands in what was given.
  uint8_t marker() const { return marker_; }
  size_t position() const { return static_cast<size_t>(from_ - begin_); }
  // Goes behind a restart marker.
  void SkipMarker() { from_ += 2; }

 private:
  const uint8_t* Move(const uint8_t* at);
  void Fill(uint8_t* to);

  CleanFn clean_;
  size_t size_;
  std::unique_ptr<uint8_t[]> window_;
  const uint8_t *begin_ = nullptr, *from_ = nullptr, *end_ = nullptr;
  uint8_t* limit_ = nullptr;
  bool isComplete_ = true;
  uint8_t marker_ = 0;
};

}  // namespace polycodec::jpeg::fast
