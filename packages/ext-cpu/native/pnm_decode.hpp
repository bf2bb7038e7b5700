// Decoding of the Netpbm family: PBM, PGM, PPM in ASCII and binary, PAM, PFM.
#pragma once

#include <cstdint>
#include <vector>

#include <polycodec.h>

#include "output_rows.hpp"

extern const polycodec_decoder kPnmDecoder;

namespace polycodec::pnm {

struct DecodeWorker {
  OutputRows rows;
  std::vector<uint16_t> scale;  // by sample: from [0, maxval] to [0, 2^precision - 1]
  std::vector<float> floats;    // a row of PFM samples on their way to 8 bits
};

polycodec_status Decode(DecodeWorker& worker, const polycodec_decode_task& task);

}  // namespace polycodec::pnm
