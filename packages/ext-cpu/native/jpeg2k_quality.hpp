// How the quality types become what the libraries can be told.
#pragma once

#include <cstdint>

#include <polycodec.h>

namespace polycodec::jpeg2k {

struct Quality {
  bool isReversible = true;
  // Of a lossy picture exactly one of the two is above 0.
  double psnr = 0;   // dB, of full scale
  double ratio = 0;  // coded bytes to bytes of samples
};

// Reads qualityType and qualityValue. Without a type: lossless.
Quality ReadQuality(const polycodec_encode_task& task);

}  // namespace polycodec::jpeg2k
