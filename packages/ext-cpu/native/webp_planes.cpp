// A whole lossy picture by way of its planes. libwebp makes pixels of them with SSE2, which is an eighth of its time; the
// planes and webp_upsample cost half of that.
#include <algorithm>

#include <polycodec.hpp>

#include "webp_decode.hpp"
#include "webp_upsample.hpp"

namespace polycodec::webp {
namespace {

// Where the planes lie in the worker's memory: Y first, then the rows of U and V, each behind a margin, and one more
// margin at the end.
struct PlaneSizes {
  size_t yStride, chromaStride, y, chroma;

  explicit PlaneSizes(const polycodec_decode_task& task) {
    constexpr size_t kCacheLine = 64;
    const auto roundUp = [](size_t bytes) { return (bytes + kCacheLine - 1) / kCacheLine * kCacheLine; };
    yStride = roundUp(task.width);
    chromaStride = roundUp((size_t{task.width} + 1) / 2 + Planes::kMargin);
    y = yStride * task.height;
    chroma = chromaStride * ((size_t{task.height} + 1) / 2);
  }
  size_t All() const { return y + 2 * chroma + 2 * Planes::kMargin; }
};

PixelOrder OrderOf(int32_t format) {
  return format == POLYCODEC_I_RGB ? PixelOrder::kRgb : format == POLYCODEC_I_BGR ? PixelOrder::kBgr : PixelOrder::kRgba;
}

}  // namespace

bool GoesByPlanes(const polycodec_decode_task& task, const Stream& stream) {
  static const bool hasFast = HasFastUpsampling();
  if (!hasFast || host->simd == 0 || task.width < kFastStep) return false;
  if (stream.features.format != 1 || stream.features.has_alpha || !IsOneStep(stream)) return false;
  if (task.has_region || task.scale != 1) return false;
  return task.max_scratch_bytes == 0 || DecoderBytes(stream) + PlaneSizes(task).All() <= task.max_scratch_bytes;
}

bool DecodePlanes(DecodeWorker& worker, const polycodec_decode_task& task, const Stream& stream) {
  const PlaneSizes sizes(task);
  if (worker.planes.size() < sizes.All()) worker.planes.resize(sizes.All());
  uint8_t* const y = worker.planes.data();
  uint8_t* const u = y + sizes.y + Planes::kMargin;
  const Planes planes{y, u, u + sizes.chroma, sizes.yStride, sizes.chromaStride};

  WebPDecoderConfig config = NewConfig();
  config.output.colorspace = MODE_YUV;
  WebPYUVABuffer& to = config.output.u.YUVA;
  to.y = planes.y, to.u = planes.u, to.v = planes.v;
  to.y_stride = static_cast<int>(sizes.yStride);
  to.u_stride = to.v_stride = static_cast<int>(sizes.chromaStride);
  to.y_size = sizes.y;
  to.u_size = to.v_size = sizes.chroma;
  if (WebPDecode(stream.bytes.data(), stream.bytes.size(), &config) != VP8_STATUS_OK) return false;

  Upsample(planes, task.width, task.height, OrderOf(task.output.sample_format), task.pixels, task.output.row_stride, true);
  return true;
}

}  // namespace polycodec::webp
