/* From an encode task to what the library is given and asked for. */
#pragma once

#include <polycodec.h>

#include "nvjpeg_api.hpp"

namespace polycodec::nvjpeg {

struct EncodePlan {
  int quality = 75;
  Encoding encoding = Encoding::kBaselineDct;
  bool optimized = false;
  Subsampling subsampling = Subsampling::k444;
  unsigned restart_interval = 0;  // MCUs; 0: none

  bool is_yuv = false;                         // gray too: nvjpegEncodeYUV; else nvjpegEncodeImage with `input`
  InputFormat input = InputFormat::kRgbI;
  uint32_t planes = 1;                         // of the buffers
  polycodec_layout given{};                    // without padding; `convert` of the host makes it of the task's input
};

/* Throws cuda::Failure with the status of what cannot be asked for. */
EncodePlan PlanEncode(const polycodec_encode_task& task, bool can_restart);

}  // namespace polycodec::nvjpeg
