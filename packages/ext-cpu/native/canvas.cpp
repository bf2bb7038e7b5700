#include "canvas.hpp"

#include <algorithm>
#include <cstring>
#include <memory>

#include <polycodec.hpp>
#include <webp/encode.h>

namespace polycodec {
namespace {

void CopyRow(const uint32_t* from, uint8_t* to, uint32_t width, int32_t format) {
  if (format == POLYCODEC_I_RGBA) {
    std::memcpy(to, from, size_t{width} * 4);
    return;
  }
  const int red = format == POLYCODEC_I_BGR ? 2 : 0;
  for (uint32_t x = 0; x < width; ++x, to += 3) {
    to[red] = static_cast<uint8_t>(from[x]);
    to[1] = static_cast<uint8_t>(from[x] >> 8);
    to[2 - red] = static_cast<uint8_t>(from[x] >> 16);
  }
}

// libwebp's scaler weighs colours by their alpha. It takes alpha from the top byte and treats the other three alike, so
// that our order of colours is as good as its own.
polycodec_status Shrink(Canvas& canvas, const polycodec_decode_task& task) {
  WebPPicture picture;
  if (!WebPPictureInit(&picture)) {
    host->message(task.call, "libwebp has another interface than 1.2");
    return POLYCODEC_BACKEND_UNSUPPORTED;
  }
  picture.use_argb = 1;
  picture.width = static_cast<int>(canvas.width);
  picture.height = static_cast<int>(canvas.height);
  picture.argb = canvas.pixels.data();
  picture.argb_stride = picture.width;
  const std::unique_ptr<WebPPicture, void (*)(WebPPicture*)> owner(&picture, WebPPictureFree);
  canvas.width = (canvas.width + task.scale - 1) / task.scale;
  canvas.height = (canvas.height + task.scale - 1) / task.scale;
  if (!WebPPictureRescale(&picture, static_cast<int>(canvas.width), static_cast<int>(canvas.height))) {
    host->message(task.call, "no memory to scale the picture");
    return POLYCODEC_OUT_OF_MEMORY;
  }
  for (uint32_t y = 0; y < canvas.height; ++y) {
    std::memcpy(canvas.Row(y), picture.argb + ptrdiff_t{picture.argb_stride} * y, size_t{canvas.width} * 4);
  }
  return POLYCODEC_SUCCESS;
}

}  // namespace

void Blank(Canvas& canvas, uint32_t width, uint32_t height, uint32_t color) {
  canvas.width = width;
  canvas.height = height;
  canvas.pixels.assign(size_t{width} * height, color);
}

void FillPart(Canvas& canvas, const CanvasPart& part, uint32_t color) {
  for (uint32_t y = part.y; y < part.y + part.height; ++y) std::fill_n(canvas.Row(y) + part.x, part.width, color);
}

polycodec_status Deliver(Canvas& canvas, const polycodec_decode_task& task) {
  if (task.scale != 1) {
    const polycodec_status status = Shrink(canvas, task);
    if (status != POLYCODEC_SUCCESS) return status;
  }
  const CanvasPart part = task.has_region ? CanvasPart{task.x0, task.y0, task.x1 - task.x0, task.y1 - task.y0}
                                          : CanvasPart{0, 0, canvas.width, canvas.height};
  if (part.width != task.output.width || part.height != task.output.height) {
    host->message(task.call, "output is %u x %u, the picture is %u x %u", task.output.width, task.output.height,
                  part.width, part.height);
    return POLYCODEC_FAIL;
  }
  for (uint32_t y = 0; y < part.height; ++y) {
    CopyRow(canvas.Row(part.y + y) + part.x, task.pixels + task.output.row_stride * y, part.width,
            task.output.sample_format);
  }
  return POLYCODEC_SUCCESS;
}

}  // namespace polycodec
