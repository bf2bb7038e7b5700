// BMP decoding: 1 to 32 bits a pixel, palettes, bit fields, run lengths, an embedded JPEG or PNG.
#pragma once

#include <vector>

#include <polycodec.h>

#include "bmp_fields.hpp"
#include "jpeg_decode.hpp"
#include "output_rows.hpp"
#include "png_decode.hpp"

extern const polycodec_decoder kBmpDecoder;

namespace polycodec::bmp {

struct DecodeWorker {
  OutputRows rows;
  Fields fields;
  std::vector<Pixel> row;
  jpeg::DecodeWorker jpeg;
  png::DecodeWorker png;
};

polycodec_status Decode(DecodeWorker& worker, const polycodec_decode_task& task);

}  // namespace polycodec::bmp
