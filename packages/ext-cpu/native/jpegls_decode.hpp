// JPEG-LS decoding on CharLS.
#pragma once

#include <polycodec.h>

extern const polycodec_decoder kJpeglsDecoder;

namespace polycodec::jpegls {

polycodec_status Decode(const polycodec_decode_task& task);

}  // namespace polycodec::jpegls
