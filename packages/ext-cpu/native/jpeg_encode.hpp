// JPEG encoding on libjpeg-turbo.
#pragma once

#include <array>
#include <cstdint>
#include <cstdio>
#include <vector>

#include <jpeglib.h>
#include <polycodec.h>
#include <polycodec_jpeg_metadata.hpp>

#include "jpeg_destination.hpp"
#include "jpeg_error.hpp"

namespace polycodec::jpeg {

// Called by libjpeg once per row it takes and once per row of blocks of each further pass: ends what is cancelled.
struct EncodeWatch : jpeg_progress_mgr {
  polycodec_call* call = nullptr;
};

// What one thread keeps: a libjpeg compressor, begun anew for each image, with all that it points to.
struct EncodeWorker {
  EncodeWorker() = default;
  ~EncodeWorker();
  EncodeWorker(const EncodeWorker&) = delete;
  EncodeWorker& operator=(const EncodeWorker&) = delete;

  jpeg_compress_struct info{};
  ErrorManager errors;
  Destination destination;
  MetadataSegments metadata;
  EncodeWatch watch{};
  std::vector<uint8_t> strip;  // planar input, interleaved; CMYK, inverted
  bool created = false;
};

polycodec_status Encode(EncodeWorker& worker, const polycodec_encode_task& task);

}  // namespace polycodec::jpeg
