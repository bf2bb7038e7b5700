// libjpeg's data source over bytes in memory.
#pragma once

#include <cstdint>
#include <cstdio>
#include <span>

#include <jpeglib.h>

namespace polycodec::jpeg {

// Feeds `first` and then `second`. Behind their end it feeds end-of-image markers for ever, so that libjpeg never
// waits, and notes that it did.
struct Source : jpeg_source_mgr {
  Source();

  void Begin(j_decompress_ptr info, std::span<const uint8_t> first, std::span<const uint8_t> second = {});

  std::span<const uint8_t> second;
  bool exhausted = false;
  // Restart markers of the image that stand before the data given here, where that is a part of an image's.
  uint64_t markersBefore = 0;
};

// The file without a marker segment that its end cuts short. libjpeg would take the end-of-image marker that follows
// for the segment's contents and fail, where the scans before may hold a picture.
std::span<const uint8_t> WithoutCutSegment(std::span<const uint8_t> file);

}  // namespace polycodec::jpeg
