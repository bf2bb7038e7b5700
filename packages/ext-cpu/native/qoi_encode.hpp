// QOI encoding.
#pragma once

#include <polycodec.h>

#include "input_rows.hpp"

extern const polycodec_encoder kQoiEncoder;

namespace polycodec::qoi {

struct EncodeWorker {
  InputRows rows;
};

polycodec_status Encode(EncodeWorker& worker, const polycodec_encode_task& task);

}  // namespace polycodec::qoi
