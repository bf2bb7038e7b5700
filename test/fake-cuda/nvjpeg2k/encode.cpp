/* Encoding: the picture is read, and the code stream made, when the stream comes to it. */
#include <algorithm>
#include <cstring>

#include "objects.hpp"

using namespace polycodec::nvjpeg2k;
using fake::CheckShared;
using fake::Use;

FAKE_API(EncoderCreateSimple, (Encoder * encoder)) {
  FAKE_ENTER(EncoderCreateSimple);
  cudaSetDevice(fakeCudaCurrentDevice());
  *encoder = new Encoder_;
  return Status::kSuccess;
}
FAKE_API(EncoderDestroy, (Encoder encoder)) {
  FAKE_ENTER(EncoderDestroy);
  return fake::DestroyShared(kFunction, encoder);
}
FAKE_API(EncodeStateCreate, (Encoder encoder, EncodeState* state)) {
  FAKE_ENTER(EncodeStateCreate);
  return fake::Make(kFunction, encoder, state);
}
FAKE_API(EncodeStateDestroy, (EncodeState state)) {
  FAKE_ENTER(EncodeStateDestroy);
  return fake::Destroy(kFunction, state);
}
FAKE_API(EncodeParamsCreate, (EncodeParams * params)) {
  FAKE_ENTER(EncodeParamsCreate);
  *params = new EncodeParams_;
  return Status::kSuccess;
}
FAKE_API(EncodeParamsDestroy, (EncodeParams params)) {
  FAKE_ENTER(EncodeParamsDestroy);
  return fake::Destroy(kFunction, params);
}

/* As nvjpeg2k.h describes the fields, and with the statuses that the real one was seen to give. */
FAKE_API(EncodeParamsSetEncodeConfig, (EncodeParams params, EncodeConfig* config)) {
  FAKE_ENTER(EncodeParamsSetEncodeConfig);
  if (const Use use(kFunction, params); !use) return Status::kInvalidParameter;
  const bool ht = config->encode_modes == kModeHt;
  const uint32_t width = config->code_block_width, height = config->code_block_height;
  if (config->components == nullptr || config->num_components < 1 || config->num_components > 4 || config->num_layers != 1 ||
      config->enable_sop != 0 || config->enable_eph != 0 || config->image_width == 0 || config->image_height == 0 ||
      config->num_resolutions < 1 || config->num_resolutions > kMaxResolutions || (config->rsiz == kRsizHt) != ht ||
      (config->mct_mode != 0 && config->color_space != ColorSpace::kSrgb)) {
    return Status::kInvalidParameter;
  }
  if (config->enable_tiling != 0 && (config->tile_width == 0 || config->tile_height == 0)) return Status::kInvalidParameter;
  if (!((width == 32 || width == 64 || (width == 128 && ht)) && (height == 32 || height == 64) && width * height <= 4096)) {
    return Status::kJpegNotSupported;
  }
  params->request = {};
  params->request.config = *config;
  params->request.components.assign(config->components, config->components + config->num_components);
  params->request.config.components = nullptr;
  params->is_configured = true;
  return Status::kSuccess;
}

FAKE_API(EncodeParamsSpecifyQuality, (EncodeParams params, QualityType type, double value)) {
  FAKE_ENTER(EncodeParamsSpecifyQuality);
  if (const Use use(kFunction, params); !use) return Status::kInvalidParameter;
  const EncodeConfig& config = params->request.config;
  const bool q = type == QualityType::kQFactor;
  if (!params->is_configured || value < 0 || config.irreversible == 0 || (q && value > 100) ||
      (type == QualityType::kTargetPsnr && config.encode_modes == kModeHt) ||
      (q && config.color_space == ColorSpace::kSrgb && config.mct_mode == 0)) {
    return Status::kInvalidParameter;
  }
  params->request.has_quality = true;
  params->request.quality_type = type;
  params->request.quality = value;
  return Status::kSuccess;
}

FAKE_API(EncodeParamsSetInputFormat, (EncodeParams params, ImageFormat format)) {
  FAKE_ENTER(EncodeParamsSetInputFormat);
  if (const Use use(kFunction, params); !use) return Status::kInvalidParameter;
  params->format = format;
  return Status::kSuccess;
}

FAKE_API(Encode, (Encoder encoder, EncodeState state, EncodeParams params, const ImageBuffers* image, CudaStream cuda)) {
  FAKE_ENTER(Encode);
  const Use use(kFunction, state, params);
  if (!CheckShared(kFunction, encoder) || !use || !params->is_configured) return Status::kInvalidParameter;
  if (state->pending > 0) fakeCudaViolation("%s: the state's last picture is not done", kFunction);
  const fake::EncodeRequest request = params->request;
  if (image->components != request.config.num_components) return Status::kInvalidParameter;
  if (request.config.irreversible != 0 && !request.has_quality) {
    fakeCudaViolation("%s: lossy, and no quality", kFunction);
    return Status::kInvalidParameter;
  }
  const uint32_t width = request.config.image_width, height = request.config.image_height, count = image->components;
  const ImageFormat format = params->format;
  if (!fake::CheckImage(kFunction, *image, format, width)) return Status::kInvalidParameter;
  const std::vector<void*> pixels(image->pixels, image->pixels + count);
  const std::vector<size_t> pitch(image->pitch, image->pitch + count);
  const PixelType type = image->pixel_type;
  auto bytes = state->bytes = std::make_shared<std::vector<uint8_t>>();
  return fake::Enqueue(kFunction, cuda, {state}, [=] {
    const size_t sample = type == PixelType::kUint8 ? 1 : 2;
    const bool planar = format == ImageFormat::kPlanar;
    const size_t step = sample * (planar ? 1 : count);
    std::vector<std::vector<int32_t>> samples(count);
    for (uint32_t c = 0; c < count; c++) {
      const size_t own = planar ? c : 0;
      const auto* from =
          static_cast<const uint8_t*>(fakeCudaBytes(pixels[own], pitch[own] * (height - 1) + width * step, "nvjpeg2kEncode"));
      if (from == nullptr) return;
      if (!planar) from += c * sample;
      for (uint32_t y = 0; y < height; y++, from += pitch[own]) {
        for (uint32_t x = 0; x < width; x++) {
          const uint8_t* at = from + x * step;
          const uint16_t value = static_cast<uint16_t>(sample == 1 ? at[0] : at[0] | at[1] << 8);
          samples[c].push_back(type == PixelType::kInt16 ? static_cast<int16_t>(value) : value);
        }
      }
    }
    if (!fake::Encode(samples, request, *bytes)) fakeCudaViolation("OpenJPEG or OpenJPH refused a picture");
  });
}

FAKE_API(EncodeRetrieveBitstream, (Encoder encoder, EncodeState state, unsigned char* data, size_t* length, CudaStream cuda)) {
  FAKE_ENTER(EncodeRetrieveBitstream);
  return fake::RetrieveBitstream(kFunction, encoder, state, data, length, cuda);
}
