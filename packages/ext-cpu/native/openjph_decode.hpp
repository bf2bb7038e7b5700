// High-throughput JPEG 2000 (ITU-T T.814) decoding on OpenJPH, line by line.
#pragma once

#include <polycodec.h>

#include "jpeg2k_picture.hpp"

namespace polycodec::jpeg2k {

// What one thread keeps. OpenJPH's code streams serve one picture each.
struct OpenJphWorker {
  Picture::Scratch scratch;
  std::vector<int32_t> lines;
  std::vector<Plane> planes;
};

polycodec_status DecodeOpenJph(OpenJphWorker& worker, const polycodec_decode_task& task);

extern const polycodec_decoder kOpenJphDecoder;

}  // namespace polycodec::jpeg2k
