/* Pixels and code streams on the CPU, where the real library would make them on the GPU: OpenJPEG, and OpenJPH to encode HT. */
#pragma once

#include <cstdint>
#include <vector>

#include "../../../packages/ext-nvjpeg2k/native/nvjpeg2k_api.hpp"

namespace fake {

using namespace polycodec::nvjpeg2k;

struct Headers {
  ImageInfo image{};
  std::vector<ComponentInfo> components;
  ColorSpace color = ColorSpace::kUnknown;
  uint32_t resolutions = 0;  // of every tile
};
/* kBadJpeg: no JPEG 2000, or its headers are damaged. */
Status ReadHeaders(const uint8_t* data, size_t size, Headers& headers);

struct Component {
  uint32_t width, height, dx, dy;
  std::vector<int32_t> samples;
};
/* One or more components, reduced. */
struct Picture {
  std::vector<Component> components;
  uint32_t precision = 8;

  /* A sample at the first component's resolution. */
  int32_t At(uint32_t component, uint32_t x, uint32_t y) const;
  /* Of sYCC, red, green or blue (ITU-T T.871, section 7). */
  int32_t RgbAt(uint32_t channel, uint32_t x, uint32_t y) const;
};
/* Leaves out so many resolutions. */
Status Decode(const uint8_t* data, size_t size, uint32_t left_out, Picture& picture);

struct EncodeRequest {
  EncodeConfig config{};
  std::vector<ComponentInfo> components;
  bool has_quality = false;
  QualityType quality_type = QualityType::kQFactor;
  double quality = 0;
};
/* `samples`: component by component. false: the encoder refuses. */
bool Encode(const std::vector<std::vector<int32_t>>& samples, const EncodeRequest& request, std::vector<uint8_t>& bytes);

}  // namespace fake
