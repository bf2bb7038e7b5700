// JPEG 2000 encoding on OpenJPEG.
#pragma once

#include <polycodec.h>

namespace polycodec::jpeg2k {

extern const polycodec_encoder kOpenJpegEncoder;

}  // namespace polycodec::jpeg2k
