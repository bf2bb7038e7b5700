// Encoding of the Netpbm family.
#pragma once

#include <polycodec.h>

#include "input_rows.hpp"

extern const polycodec_encoder kPnmEncoder;

namespace polycodec::pnm {

struct EncodeWorker {
  InputRows rows;
};

polycodec_status Encode(EncodeWorker& worker, const polycodec_encode_task& task);

}  // namespace polycodec::pnm
