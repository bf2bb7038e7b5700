#include "webp_decode.hpp"

#include <algorithm>
#include <cstring>
#include <stdexcept>

#include <polycodec.hpp>

namespace polycodec::webp {
namespace {

struct WebpDecoder {
  static constexpr const char* kId = "libwebp";
  static constexpr const char* kCodec = "webp";
  using Worker = DecodeWorker;
  static polycodec_status Decode(Worker& worker, const polycodec_decode_task& task);
};

WEBP_CSP_MODE ModeOf(const polycodec_layout& output) {
  switch (output.sample_format) {
    case POLYCODEC_I_RGB:
      return MODE_RGB;
    case POLYCODEC_I_BGR:
      return MODE_BGR;
    default:
      return MODE_RGBA;
  }
}

// Rows of the output that the stream did not reach: black, and transparent where there is alpha.
void ClearRows(const polycodec_decode_task& task, uint32_t first) {
  const size_t bytes = size_t{task.output.width} * task.output.channels;
  for (uint32_t y = first; y < task.output.height; ++y) {
    std::memset(task.pixels + task.output.row_stride * y, 0, bytes);
  }
}

// Colour of a VP8 picture has half the resolution and is interpolated, across the edge of a region as well. libwebp
// interpolates only within what it is asked for, and begins it on even pixels: two pixels more on each side give every
// pixel of the region its neighbours.
struct Window {
  uint32_t x0, y0, x1, y1;
};

Window Widen(const polycodec_decode_task& task) {
  const auto before = [](uint32_t start) { return start < 2 ? 0 : (start - 2) & ~1u; };
  return {before(task.x0), before(task.y0), std::min(task.width, task.x1 + 2), std::min(task.height, task.y1 + 2)};
}

void Crop(WebPDecoderConfig& config, const Window& window) {
  config.options.use_cropping = 1;
  config.options.crop_left = static_cast<int>(window.x0);
  config.options.crop_top = static_cast<int>(window.y0);
  config.options.crop_width = static_cast<int>(window.x1 - window.x0);
  config.options.crop_height = static_cast<int>(window.y1 - window.y0);
}

// The picture into the output, at its scale; of a lossless one also a region.
polycodec_status DecodeDirectly(DecodeWorker& worker, const polycodec_decode_task& task, const Stream& stream) {
  const polycodec_layout& output = task.output;
  const bool byPlanes = GoesByPlanes(task, stream);
  if (byPlanes && DecodePlanes(worker, task, stream)) return POLYCODEC_SUCCESS;
  WebPDecoderConfig config =
      ConfigFor(ModeOf(output), task.pixels, output.row_stride, output.width, output.height);
  if (task.has_region) Crop(config, {task.x0, task.y0, task.x1, task.y1});
  if (task.scale != 1) {
    config.options.use_scaling = 1;
    config.options.scaled_width = static_cast<int>(output.width);
    config.options.scaled_height = static_cast<int>(output.height);
  }
  int rows = 0;
  // What was not whole by way of the planes will not be now.
  const auto decode = byPlanes ? DecodeStream : DecodePicture;
  const polycodec_status status = decode(task.call, "the picture", stream, config, &rows);
  if (status != POLYCODEC_IMAGE_TRUNCATED) return status;
  ClearRows(task, static_cast<uint32_t>(rows));
  return Truncated(task, "the picture", rows, static_cast<int>(output.height));
}

polycodec_status DecodeLossyRegion(DecodeWorker& worker, const polycodec_decode_task& task, const Stream& stream) {
  const polycodec_layout& output = task.output;
  const Window window = Widen(task);
  const uint32_t width = window.x1 - window.x0, height = window.y1 - window.y0;
  const size_t stride = size_t{width} * output.channels;
  const polycodec_status fits = CheckScratch(task, DecoderBytes(stream) + stride * height);
  if (fits != POLYCODEC_SUCCESS) return fits;
  if (worker.widened.size() < stride * height) worker.widened.resize(stride * height);
  WebPDecoderConfig config = ConfigFor(ModeOf(output), worker.widened.data(), stride, width, height);
  Crop(config, window);
  int rows = 0;
  const polycodec_status status = DecodePicture(task.call, "the picture", stream, config, &rows);
  if (status != POLYCODEC_SUCCESS && status != POLYCODEC_IMAGE_TRUNCATED) return status;

  const bool whole = status == POLYCODEC_SUCCESS;
  const uint32_t top = task.y0 - window.y0, left = task.x0 - window.x0;
  const uint32_t decoded = whole ? height : static_cast<uint32_t>(rows);
  const uint32_t there = std::clamp(decoded, top, top + output.height) - top;
  for (uint32_t y = 0; y < there; ++y) {
    std::memcpy(task.pixels + output.row_stride * y,
                worker.widened.data() + stride * (top + y) + size_t{left} * output.channels,
                size_t{output.width} * output.channels);
  }
  if (there == output.height) return POLYCODEC_SUCCESS;
  ClearRows(task, there);
  return Truncated(task, "the region", static_cast<int>(there), static_cast<int>(output.height));
}

polycodec_status CheckTask(const polycodec_decode_task& task) {
  if (task.orientation > 1) {
    host->message(task.call, "orientation %d", task.orientation);
    return POLYCODEC_ORIENTATION_UNSUPPORTED;
  }
  const int32_t format = task.output.sample_format;
  if (format != POLYCODEC_I_RGB && format != POLYCODEC_I_BGR && format != POLYCODEC_I_RGBA) {
    host->message(task.call, "sample format %d", format);
    return POLYCODEC_SAMPLE_FORMAT_UNSUPPORTED;
  }
  if (task.output.channels != (format == POLYCODEC_I_RGBA ? 4u : 3u) || task.output.dtype != POLYCODEC_UINT8) {
    host->message(task.call, "%u channels of dtype %d", task.output.channels, task.output.dtype);
    return POLYCODEC_SAMPLE_TYPE_UNSUPPORTED;
  }
  return POLYCODEC_SUCCESS;
}

polycodec_status WebpDecoder::Decode(Worker& worker, const polycodec_decode_task& task) {
  polycodec_status status = CheckTask(task);
  if (status != POLYCODEC_SUCCESS) return status;
  Stream stream{{task.data, task.size}};
  status = ReadFeatures(task.call, "the file", stream);
  if (status != POLYCODEC_SUCCESS) return status;
  const WebPBitstreamFeatures& features = stream.features;
  if (static_cast<uint32_t>(features.width) != task.width || static_cast<uint32_t>(features.height) != task.height) {
    host->message(task.call, "headers disagree: %d x %d, and %u x %u", features.width, features.height, task.width,
                  task.height);
    return POLYCODEC_IMAGE_CORRUPTED;
  }
  if (features.has_animation) return DecodeFrame(worker, task);
  if (task.image_index != 0) {
    host->message(task.call, "image %u of a file of one", task.image_index);
    return POLYCODEC_NUM_IMAGES_UNSUPPORTED;
  }
  if (task.has_region && task.scale != 1) {
    host->message(task.call, "a region at 1/%u", task.scale);
    return POLYCODEC_ROI_UNSUPPORTED;
  }
  if (task.has_region && !stream.IsLossless()) return DecodeLossyRegion(worker, task, stream);
  status = CheckScratch(task, DecoderBytes(stream));
  return status == POLYCODEC_SUCCESS ? DecodeDirectly(worker, task, stream) : status;
}

}  // namespace

polycodec_status CheckScratch(const polycodec_decode_task& task, uint64_t bytes) {
  if (task.max_scratch_bytes == 0 || bytes <= task.max_scratch_bytes) return POLYCODEC_SUCCESS;
  host->message(task.call, "needs %llu bytes of scratch memory", static_cast<unsigned long long>(bytes));
  return POLYCODEC_LIMIT_EXCEEDED;
}

WebPDecoderConfig NewConfig() {
  WebPDecoderConfig config;
  if (!WebPInitDecoderConfig(&config)) throw std::runtime_error("libwebp has another interface than 1.2");
  config.output.is_external_memory = 1;
  return config;
}

WebPDecoderConfig ConfigFor(WEBP_CSP_MODE mode, uint8_t* pixels, size_t stride, uint32_t width, uint32_t height) {
  WebPDecoderConfig config = NewConfig();
  config.output.colorspace = mode;
  config.output.u.RGBA.rgba = pixels;
  config.output.u.RGBA.stride = static_cast<int>(stride);
  config.output.u.RGBA.size = stride * (height - 1) + size_t{width} * (mode == MODE_RGBA ? 4 : 3);
  return config;
}

constexpr polycodec_decoder kWebpDecoder = Decoder<WebpDecoder>();

}  // namespace polycodec::webp
