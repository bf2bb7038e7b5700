// The host table, as given to polycodec_extension_v1: set once, before any other function of the extension runs.
#pragma once

#include <polycodec.h>

namespace polycodec {

extern const polycodec_host* host;

}  // namespace polycodec
