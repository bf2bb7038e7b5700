// WebP encoding on libwebp.
#pragma once

#include <polycodec.h>

namespace polycodec::webp {

extern const polycodec_encoder kWebpEncoder;

}  // namespace polycodec::webp
