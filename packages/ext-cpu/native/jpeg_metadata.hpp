// Metadata as JPEG marker segments: EXIF, XMP, ICC profile, IPTC and comments.
#pragma once

#include <cstdint>
#include <vector>

#include <polycodec.h>

namespace polycodec::jpeg {

struct MetadataSegments {
  std::vector<uint8_t> bytes;  // the segments, markers included
  char problem[128] = {};      // why the metadata cannot be written; empty: it can

  // The task's metadata, in its order.
  void Make(const polycodec_encode_task& task);
};

}  // namespace polycodec::jpeg
