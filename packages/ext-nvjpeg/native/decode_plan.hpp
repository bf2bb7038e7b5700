/* From a task and the coded picture to what the library is asked for, and what is left to be done with it. */
#pragma once

#include <polycodec_cuda_pixels.hpp>

#include "coded_picture.hpp"
#include "nvjpeg_api.hpp"

namespace polycodec::nvjpeg {

struct DecodePlan {
  OutputFormat format = OutputFormat::kRgbI;
  bool from_cmyk = false;
  Orientation orientation = Orientation::kNormal;
  bool region_in_library = false;
  int roi_x = 0, roi_y = 0, roi_width = -1, roi_height = -1;  // as the library takes it; -1: none

  cuda::Produced produced;  // after region and orientation of the library's

  bool uses_params() const { return from_cmyk || region_in_library || orientation != Orientation::kNormal; }
};

struct PlanOptions {
  bool interpolates = true;             // chroma, if it is coarser
  bool regions_interpolate_too = true;  // false: the library may decode the region alone, whose chroma is repeated
  bool can_orient = true;               // has the library the function?
  bool swaps_quarter_turns = false;     // 90 for 270 degrees, as before 12.2
};

/* Throws cuda::Failure with the status of what cannot be asked for. */
DecodePlan PlanDecode(const polycodec_decode_task& task, const CodedPicture& coded, const PlanOptions& options);

/* The same for a lossless JPEG of one component: 16-bit samples, nothing else. */
DecodePlan PlanLossless(const polycodec_decode_task& task, const CodedPicture& coded);

}  // namespace polycodec::nvjpeg
