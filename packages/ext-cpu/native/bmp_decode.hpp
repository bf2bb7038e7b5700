// BMP decoding: 1 to 32 bits a pixel, palettes, bit fields, run lengths, an embedded JPEG.
#pragma once

#include <vector>

#include <polycodec.h>

#include "bmp_fields.hpp"
#include "jpeg_decode.hpp"
#include "output_rows.hpp"

extern const polycodec_decoder kBmpDecoder;

namespace polycodec::bmp {

struct DecodeWorker {
  OutputRows rows;
  Fields fields;
  std::vector<Pixel> row;
  jpeg::DecodeWorker jpeg;
};

polycodec_status Decode(DecodeWorker& worker, const polycodec_decode_task& task);

}  // namespace polycodec::bmp
