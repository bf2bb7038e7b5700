// The lossless JPEG encoder: SOF3, one interleaved scan, 1 to 4 components of 2 to 16 bits, codes made for the picture.
#pragma once

#include <polycodec.h>

namespace polycodec::jpegdeep {

extern const polycodec_encoder kLosslessEncoder;  // "jpeg-lossless"

}  // namespace polycodec::jpegdeep
