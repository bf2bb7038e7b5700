// The tables of the PNG decoder and encoder.
#pragma once

#include <polycodec.h>

namespace polycodec::png {

extern const polycodec_decoder kPngDecoder;
extern const polycodec_encoder kPngEncoder;

}  // namespace polycodec::png
