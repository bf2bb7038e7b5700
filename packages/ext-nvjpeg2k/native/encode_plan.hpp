/* From an encode task to what the library is given and asked for. */
#pragma once

#include <array>

#include <polycodec_jp2_boxes.hpp>

#include "nvjpeg2k_api.hpp"

namespace polycodec::nvjpeg2k {

struct EncodePlan {
  EncodeConfig config{};
  std::array<ComponentInfo, 4> components{};  // to be pointed to by `config`
  bool is_lossy = false;
  QualityType quality_type = QualityType::kQFactor;
  double quality = 0;
  jp2::Picture picture{};  // for the boxes

  ImageFormat format = ImageFormat::kInterleaved;
  PixelType pixel_type = PixelType::kUint8;
  uint32_t planes = 1;
  std::array<uint32_t, 4> plane_of{0, 1, 2, 3};  // the input's, by component
  polycodec_layout given{};                      // without padding; `convert` of the host makes it of the task's input
};

/* `version`: of the library. Throws cuda::Failure with the status of what cannot be asked for. */
EncodePlan PlanEncode(const polycodec_encode_task& task, int version);

}  // namespace polycodec::nvjpeg2k
