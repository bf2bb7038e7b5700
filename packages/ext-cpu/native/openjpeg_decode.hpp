// JPEG 2000 decoding on OpenJPEG: code streams of Part 1 and of Part 15 (HTJ2K).
#pragma once

#include <polycodec.h>

#include "jpeg2k_picture.hpp"
#include "openjpeg_heap.hpp"

namespace polycodec::jpeg2k {

// What one thread keeps. OpenJPEG's codecs serve one picture each and cost some microseconds to make.
struct OpenJpegWorker {
  Picture::Scratch scratch;
  HeapEnd heapEnd;
};

polycodec_status DecodeOpenJpeg(OpenJpegWorker& worker, const polycodec_decode_task& task);

extern const polycodec_decoder kOpenJpegDecoder;

}  // namespace polycodec::jpeg2k
