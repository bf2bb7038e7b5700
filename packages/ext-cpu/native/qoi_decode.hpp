// QOI decoding.
#pragma once

#include <cstdint>
#include <vector>

#include <polycodec.h>

#include "output_rows.hpp"

extern const polycodec_decoder kQoiDecoder;

namespace polycodec::qoi {

struct DecodeWorker {
  OutputRows rows;
  std::vector<uint32_t> row;  // a whole row, where the output shows a part of it
};

polycodec_status Decode(DecodeWorker& worker, const polycodec_decode_task& task);

}  // namespace polycodec::qoi
