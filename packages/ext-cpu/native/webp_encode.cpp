#include "webp_encode.hpp"

#include <algorithm>
#include <cmath>
#include <memory>

#include <polycodec.hpp>
#include <webp/encode.h>

#include "webp_output.hpp"

namespace polycodec::webp {
namespace {

// The members of QualityType in their order (core's src/enums.ts).
enum QualityType { kDefault, kLossless, kQuality, kQuantizationStep, kPsnr, kSizeRatio };

// Passes of the search for a size or a PSNR; cwebp takes as many.
constexpr int kSearchPasses = 6;

struct WebpEncoder {
  static constexpr const char* kId = "libwebp";
  static constexpr const char* kCodec = "webp";
  struct Worker {};
  static polycodec_status Encode(Worker&, const polycodec_encode_task& task);
};

bool IsPlanar(const polycodec_layout& input) { return input.plane_stride != 0 && input.channels > 1; }

// Where red, green, blue and alpha are among the channels; alpha -1: there is none.
struct ChannelOrder {
  int red, green, blue, alpha;
};

bool OrderOf(const polycodec_layout& input, ChannelOrder* order) {
  switch (input.sample_format) {
    case POLYCODEC_I_Y: case POLYCODEC_P_Y: *order = {0, 0, 0, -1}; return true;
    case POLYCODEC_I_YA: case POLYCODEC_P_YA: *order = {0, 0, 0, 1}; return true;
    case POLYCODEC_I_RGB: case POLYCODEC_P_RGB: *order = {0, 1, 2, -1}; return true;
    case POLYCODEC_I_BGR: case POLYCODEC_P_BGR: *order = {2, 1, 0, -1}; return true;
    case POLYCODEC_I_RGBA: case POLYCODEC_P_RGBA: *order = {0, 1, 2, 3}; return true;
    default: return false;
  }
}

polycodec_status Configure(const polycodec_encode_task& task, WebPConfig& config) {
  const Params params(task.params);
  if (!WebPConfigInit(&config)) {
    host->message(task.call, "libwebp has another interface than 1.2");
    return POLYCODEC_BACKEND_UNSUPPORTED;
  }
  const double value = params.Number("qualityValue", 0);
  const int type = static_cast<int>(params.Number("qualityType", kDefault));
  config.method = static_cast<int>(params.Number("method", 4));
  config.alpha_quality = static_cast<int>(params.Number("alphaQuality", 100));
  config.near_lossless = static_cast<int>(params.Number("nearLossless", 100));
  config.exact = params.Flag("exact", true);
  switch (type) {
    case kDefault:
      break;
    case kQuality:
      config.quality = static_cast<float>(value);
      break;
    case kLossless:
      config.lossless = 1;
      break;
    case kPsnr:
      config.target_PSNR = static_cast<float>(value);
      config.pass = kSearchPasses;
      break;
    case kSizeRatio: {
      const double raw = double(task.input.width) * task.input.height * task.input.channels;
      config.target_size = static_cast<int>(std::clamp(std::round(raw * value), 1.0, 2147483647.0));
      config.pass = kSearchPasses;
      break;
    }
    default:
      host->message(task.call, "quality type %d", type);
      return POLYCODEC_QUALITY_TYPE_UNSUPPORTED;
  }
  if (WebPValidateConfig(&config)) return POLYCODEC_SUCCESS;
  host->message(task.call, "libwebp refuses the parameters");
  return POLYCODEC_QUALITY_VALUE_UNSUPPORTED;
}

// libwebp reads three layouts itself, and for VP8 without a copy of the picture as ARGB.
bool Import(const polycodec_encode_task& task, WebPPicture& picture) {
  const polycodec_layout& input = task.input;
  const int stride = static_cast<int>(input.row_stride);
  switch (input.sample_format) {
    case POLYCODEC_I_RGB: return WebPPictureImportRGB(&picture, task.pixels, stride) != 0;
    case POLYCODEC_I_BGR: return WebPPictureImportBGR(&picture, task.pixels, stride) != 0;
    case POLYCODEC_I_RGBA: return WebPPictureImportRGBA(&picture, task.pixels, stride) != 0;
    default: break;
  }
  ChannelOrder order;
  picture.use_argb = 1;
  if (!OrderOf(input, &order) || !WebPPictureAlloc(&picture)) return false;
  const size_t pixelStep = IsPlanar(input) ? 1 : input.channels;
  const size_t channelStep = IsPlanar(input) ? input.plane_stride : 1;
  for (uint32_t y = 0; y < input.height; ++y) {
    const uint8_t* row = task.pixels + input.row_stride * y;
    const auto channel = [&](int i) { return row + channelStep * static_cast<size_t>(i); };
    const uint8_t *red = channel(order.red), *green = channel(order.green), *blue = channel(order.blue);
    const uint8_t* alpha = order.alpha < 0 ? nullptr : channel(order.alpha);
    uint32_t* to = picture.argb + ptrdiff_t{picture.argb_stride} * y;
    for (size_t x = 0, i = 0; x < input.width; ++x, i += pixelStep) {
      const uint32_t opacity = alpha == nullptr ? 255 : alpha[i];
      to[x] = opacity << 24 | uint32_t{red[i]} << 16 | uint32_t{green[i]} << 8 | blue[i];
    }
  }
  return true;
}

polycodec_status Failure(const polycodec_encode_task& task, WebPEncodingError error) {
  switch (error) {
    case VP8_ENC_ERROR_OUT_OF_MEMORY:
    case VP8_ENC_ERROR_BITSTREAM_OUT_OF_MEMORY:
    case VP8_ENC_ERROR_BAD_WRITE:  // the sink has no more memory
      host->message(task.call, "out of memory");
      return POLYCODEC_OUT_OF_MEMORY;
    case VP8_ENC_ERROR_BAD_DIMENSION:
      host->message(task.call, "%u x %u pixels, WebP has 1 to %d a side", task.input.width, task.input.height,
                    WEBP_MAX_DIMENSION);
      return POLYCODEC_RESOLUTION_UNSUPPORTED;
    case VP8_ENC_ERROR_PARTITION0_OVERFLOW:
    case VP8_ENC_ERROR_PARTITION_OVERFLOW:
      host->message(task.call, "a VP8 partition overflows: the picture is too large for this quality");
      return POLYCODEC_QUALITY_VALUE_UNSUPPORTED;
    case VP8_ENC_ERROR_FILE_TOO_BIG:
      host->message(task.call, "the file would be more than 4 GiB");
      return POLYCODEC_FAIL;
    case VP8_ENC_ERROR_USER_ABORT:
      return POLYCODEC_CANCELLED;
    default:
      host->message(task.call, "libwebp's error %d", static_cast<int>(error));
      return POLYCODEC_FAIL;
  }
}

// Called by libwebp per row of macroblocks, or per step of VP8L's search. 0: stop.
int OnProgress(int, const WebPPicture* picture) {
  return host->cancelled(static_cast<const polycodec_call*>(picture->user_data)) ? 0 : 1;
}

polycodec_status WebpEncoder::Encode(Worker&, const polycodec_encode_task& task) {
  const polycodec_layout& input = task.input;
  ChannelOrder order;
  if (input.dtype != POLYCODEC_UINT8 || !OrderOf(input, &order)) {
    host->message(task.call, "sample format %d of dtype %d", input.sample_format, input.dtype);
    return POLYCODEC_SAMPLE_FORMAT_UNSUPPORTED;
  }
  WebPConfig config;
  polycodec_status status = Configure(task, config);
  if (status != POLYCODEC_SUCCESS) return status;
  if (input.width == 0 || input.height == 0 || input.width > WEBP_MAX_DIMENSION || input.height > WEBP_MAX_DIMENSION) {
    return Failure(task, VP8_ENC_ERROR_BAD_DIMENSION);
  }
  // The picture as ARGB, and for VP8L about as much again for its search; VP8 has half of that as YUV.
  const uint64_t scratch = uint64_t{input.width} * input.height * (config.lossless ? 16 : 6);
  if (task.max_scratch_bytes != 0 && scratch > task.max_scratch_bytes) {
    host->message(task.call, "needs %llu bytes of scratch memory", static_cast<unsigned long long>(scratch));
    return POLYCODEC_LIMIT_EXCEEDED;
  }

  WebPPicture picture;
  if (!WebPPictureInit(&picture)) return Failure(task, VP8_ENC_ERROR_INVALID_CONFIGURATION);
  const std::unique_ptr<WebPPicture, void (*)(WebPPicture*)> owner(&picture, WebPPictureFree);
  picture.width = static_cast<int>(input.width);
  picture.height = static_cast<int>(input.height);
  picture.use_argb = config.lossless;
  if (!Import(task, picture)) return Failure(task, VP8_ENC_ERROR_OUT_OF_MEMORY);
  Output output(task);
  output.Attach(picture);
  picture.progress_hook = OnProgress;
  picture.user_data = task.call;
  if (!WebPEncode(&config, &picture)) return Failure(task, picture.error_code);
  return output.Finish(input.width, input.height);
}

}  // namespace

constexpr polycodec_encoder kWebpEncoder = Encoder<WebpEncoder>();

}  // namespace polycodec::webp
