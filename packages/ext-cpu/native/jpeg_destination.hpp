// libjpeg's data destination over the host's growing sink.
#pragma once

#include <cstdint>
#include <cstdio>

#include <jpeglib.h>
#include <polycodec.h>

namespace polycodec::jpeg {

struct Destination : jpeg_destination_mgr {
  Destination();

  // The sink begins with room for `capacity` bytes and doubles when they are used up.
  void Begin(j_compress_ptr info, polycodec_call* call, size_t capacity);
  // Tells the host how much has been written.
  void End();

  polycodec_call* call = nullptr;
  uint8_t* start = nullptr;
  size_t capacity = 0;
};

}  // namespace polycodec::jpeg
