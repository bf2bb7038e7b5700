#include "webp_stream.hpp"

#include <algorithm>
#include <memory>

#include <polycodec.hpp>

namespace polycodec::webp {
namespace {

// A large stream is fed in steps, and between steps we look whether it is still wanted. Four megapixels take about 60 ms and
// need no such look. libwebp's incremental decoder keeps what it may have to take back, at every macroblock, which is a
// twentieth of its time; a step of a lossless stream costs it a copy of its state.
constexpr uint64_t kPixelsInOneStep = 1u << 22;
constexpr size_t kSteps = 16;

struct DeleteDecoder {
  void operator()(WebPIDecoder* decoder) const { WebPIDelete(decoder); }
};

int DecodedRows(const WebPIDecoder* decoder) {
  int left = 0, top = 0, width = 0, height = 0;
  return WebPIDecodedArea(decoder, &left, &top, &width, &height) != nullptr ? height : 0;
}

}  // namespace

polycodec_status ReadFeatures(polycodec_call* call, const char* what, Stream& stream) {
  switch (WebPGetFeatures(stream.bytes.data(), stream.bytes.size(), &stream.features)) {
    case VP8_STATUS_OK:
      return POLYCODEC_SUCCESS;
    case VP8_STATUS_NOT_ENOUGH_DATA:
      host->message(call, "%s: ends in its headers", what);
      return POLYCODEC_IMAGE_TRUNCATED;
    default:
      host->message(call, "%s: damaged headers", what);
      return POLYCODEC_IMAGE_CORRUPTED;
  }
}

bool IsOneStep(const Stream& stream) {
  return uint64_t(stream.features.width) * uint64_t(stream.features.height) <= kPixelsInOneStep;
}

uint64_t DecoderBytes(const Stream& stream) {
  const uint64_t width = static_cast<uint64_t>(stream.features.width);
  const uint64_t pixels = width * static_cast<uint64_t>(stream.features.height);
  // VP8L keeps the picture and some rows as ARGB, VP8 some rows as YUV and all of the alpha plane.
  if (stream.IsLossless()) return (pixels + 17 * width) * 4;
  return 256 * width + (stream.features.has_alpha ? 5 * pixels : 0);
}

polycodec_status DecodeStream(polycodec_call* call, const char* what, const Stream& stream, WebPDecoderConfig& config,
                              int* rows) {
  const std::unique_ptr<WebPIDecoder, DeleteDecoder> decoder(WebPIDecode(nullptr, 0, &config));
  if (!decoder) {
    host->message(call, "%s: no memory for a decoder", what);
    return POLYCODEC_OUT_OF_MEMORY;
  }
  const size_t size = stream.bytes.size();
  const size_t step = IsOneStep(stream) ? size : size / kSteps + 1;
  VP8StatusCode status = VP8_STATUS_SUSPENDED;
  for (size_t fed = 0; fed < size && status == VP8_STATUS_SUSPENDED;) {
    if (host->cancelled(call)) return POLYCODEC_CANCELLED;
    fed = std::min(size, fed + step);
    status = WebPIUpdate(decoder.get(), stream.bytes.data(), fed);
  }
  *rows = DecodedRows(decoder.get());
  switch (status) {
    case VP8_STATUS_OK:
      return POLYCODEC_SUCCESS;
    case VP8_STATUS_SUSPENDED:
    case VP8_STATUS_NOT_ENOUGH_DATA:
      return POLYCODEC_IMAGE_TRUNCATED;
    case VP8_STATUS_OUT_OF_MEMORY:
      host->message(call, "%s: out of memory", what);
      return POLYCODEC_OUT_OF_MEMORY;
    case VP8_STATUS_UNSUPPORTED_FEATURE:
      host->message(call, "%s: a feature that libwebp does not support", what);
      return POLYCODEC_CODESTREAM_UNSUPPORTED;
    case VP8_STATUS_INVALID_PARAM:
      host->message(call, "%s: the picture does not fit its output", what);
      return POLYCODEC_FAIL;
    default:
      host->message(call, "%s: damaged %s data after row %d", what, stream.IsLossless() ? "VP8L" : "VP8", *rows);
      return POLYCODEC_IMAGE_CORRUPTED;
  }
}

polycodec_status DecodePicture(polycodec_call* call, const char* what, const Stream& stream, WebPDecoderConfig& config,
                               int* rows) {
  if (IsOneStep(stream) && WebPDecode(stream.bytes.data(), stream.bytes.size(), &config) == VP8_STATUS_OK) {
    *rows = config.output.height;
    return POLYCODEC_SUCCESS;
  }
  // Once more, to learn how far it comes.
  return DecodeStream(call, what, stream, config, rows);
}

polycodec_status Truncated(const polycodec_decode_task& task, const char* what, int rows, int height) {
  if (!task.allow_partial) {
    host->message(task.call, "%s: ends after row %d of %d", what, rows, height);
    return POLYCODEC_IMAGE_TRUNCATED;
  }
  host->warn(task.call, "%s: ends after row %d of %d", what, rows, height);
  return POLYCODEC_SUCCESS;
}

}  // namespace polycodec::webp
