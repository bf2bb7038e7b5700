// High-throughput JPEG 2000 (ITU-T T.814) encoding on OpenJPH.
#pragma once

#include <polycodec.h>

namespace polycodec::jpeg2k {

extern const polycodec_encoder kOpenJphEncoder;

}  // namespace polycodec::jpeg2k
