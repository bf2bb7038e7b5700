// BMP encoding: 8 bits of gray or of a palette, 24 bits, 32 bits with alpha.
#pragma once

#include <polycodec.h>

#include "bmp_palette.hpp"
#include "input_rows.hpp"

extern const polycodec_encoder kBmpEncoder;

namespace polycodec::bmp {

struct EncodeWorker {
  InputRows rows;
  Palette palette;
};

polycodec_status Encode(EncodeWorker& worker, const polycodec_encode_task& task);

}  // namespace polycodec::bmp
