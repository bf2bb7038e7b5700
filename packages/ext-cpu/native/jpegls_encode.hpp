// JPEG-LS encoding on CharLS.
#pragma once

#include <polycodec.h>

extern const polycodec_encoder kJpeglsEncoder;

namespace polycodec::jpegls {

polycodec_status Encode(const polycodec_encode_task& task);

}  // namespace polycodec::jpegls
