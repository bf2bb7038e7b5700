// One frame of an animation, with all that is still seen of the frames before it.
#include <cstdio>
#include <cstring>

#include <polycodec.hpp>

#include "webp_decode.hpp"
#include "webp_frames.hpp"

namespace polycodec::webp {
namespace {

constexpr uint32_t kTransparent = 0;

struct FrameStream {
  Stream stream;
  char name[32];
};

polycodec_status Open(const polycodec_decode_task& task, const Frame& frame, size_t index, FrameStream& opened) {
  std::snprintf(opened.name, sizeof opened.name, "frame %zu", index);
  opened.stream = {frame.chunks};
  const polycodec_status status = ReadFeatures(task.call, opened.name, opened.stream);
  if (status != POLYCODEC_SUCCESS) return status;
  const WebPBitstreamFeatures& features = opened.stream.features;
  if (static_cast<uint32_t>(features.width) == frame.part.width &&
      static_cast<uint32_t>(features.height) == frame.part.height) {
    return POLYCODEC_SUCCESS;
  }
  host->message(task.call, "%s: headers disagree: %d x %d, and %u x %u", opened.name, features.width, features.height,
                frame.part.width, frame.part.height);
  return POLYCODEC_IMAGE_CORRUPTED;
}

// One colour of `over` above `under`, whose share is `underAlpha` after `overAlpha` has taken its own. With the rounding
// of libwebp's WebPAnimDecoder, so that both give the same canvas.
uint32_t BlendColor(uint32_t over, uint32_t overAlpha, uint32_t under, uint32_t underAlpha, uint32_t scale) {
  return ((over * overAlpha + under * underAlpha) * scale) >> 24;
}

uint32_t Blend(uint32_t over, uint32_t under) {
  const uint32_t overAlpha = over >> 24, underAlpha = under >> 24;
  if (overAlpha == 255 || underAlpha == 0) return over;
  if (overAlpha == 0) return under;
  const uint32_t share = (underAlpha * (256 - overAlpha)) >> 8;
  const uint32_t alpha = overAlpha + share;
  const uint32_t scale = (1u << 24) / alpha;
  uint32_t result = alpha << 24;
  for (int shift = 0; shift < 24; shift += 8) {
    result |= BlendColor(over >> shift & 255, overAlpha, under >> shift & 255, share, scale) << shift;
  }
  return result;
}

// Draws a frame. `last`: it is the one that is wanted, and may be incomplete if the task says so.
polycodec_status Draw(DecodeWorker& worker, const polycodec_decode_task& task, const Frame& frame, size_t index,
                      bool last) {
  FrameStream opened;
  polycodec_status status = Open(task, frame, index, opened);
  if (status != POLYCODEC_SUCCESS) return status;
  Canvas& canvas = worker.canvas;
  const CanvasPart& part = frame.part;
  const bool blend = frame.blend && opened.stream.features.has_alpha;
  const uint64_t frameBytes = blend ? CanvasBytes(part.width, part.height) : 0;
  status = CheckScratch(task, CanvasBytes(canvas.width, canvas.height) + frameBytes + DecoderBytes(opened.stream));
  if (status != POLYCODEC_SUCCESS) return status;
  if (blend) worker.frame.assign(size_t{part.width} * part.height, kTransparent);

  uint32_t* to = blend ? worker.frame.data() : canvas.Row(part.y) + part.x;
  const size_t stride = size_t{blend ? part.width : canvas.width} * 4;
  WebPDecoderConfig config = ConfigFor(MODE_RGBA, reinterpret_cast<uint8_t*>(to), stride, part.width, part.height);
  int rows = 0;
  status = DecodeStream(task.call, opened.name, opened.stream, config, &rows);
  if (status == POLYCODEC_IMAGE_TRUNCATED && last) {
    status = Truncated(task, opened.name, rows, static_cast<int>(part.height));
  } else if (status == POLYCODEC_IMAGE_TRUNCATED) {
    host->message(task.call, "%s, which lies under the one asked for: ends after row %d of %u", opened.name, rows,
                  part.height);
  }
  if (!blend || status != POLYCODEC_SUCCESS) return status;
  for (uint32_t y = 0; y < part.height; ++y) {
    const uint32_t* over = worker.frame.data() + size_t{y} * part.width;
    uint32_t* under = canvas.Row(part.y + y) + part.x;
    for (uint32_t x = 0; x < part.width; ++x) under[x] = Blend(over[x], under[x]);
  }
  return POLYCODEC_SUCCESS;
}

// Opaque as far as the first chunk's name and VP8L's flag tell (RFC 9649, 3.4).
bool IsOpaque(const Frame& frame) {
  const std::span<const uint8_t> chunks = frame.chunks;
  if (chunks.size() < 13) return false;
  if (std::memcmp(chunks.data(), "VP8 ", 4) == 0) return true;
  return std::memcmp(chunks.data(), "VP8L", 4) == 0 && (chunks[12] & 0x10) == 0;
}

// The first frame that matters to the last one: nothing is seen of what came before a frame that replaces the whole
// canvas, or of what was there when the whole canvas was cleared.
size_t FirstNeeded(const std::vector<Frame>& frames, const Canvas& canvas) {
  for (size_t k = frames.size(); k-- > 0;) {
    if (!frames[k].part.Covers(canvas)) continue;
    if (!frames[k].blend || IsOpaque(frames[k])) return k;
    if (frames[k].disposeToBackground && k + 1 < frames.size()) return k + 1;
  }
  return 0;
}

}  // namespace

polycodec_status DecodeFrame(DecodeWorker& worker, const polycodec_decode_task& task) {
  std::vector<Frame> frames;
  polycodec_status status = ReadFrames(task, frames);
  if (status != POLYCODEC_SUCCESS) return status;
  Canvas& canvas = worker.canvas;
  status = CheckScratch(task, CanvasBytes(task.width, task.height));
  if (status != POLYCODEC_SUCCESS) return status;
  Blank(canvas, task.width, task.height, kTransparent);

  uint64_t decoded = 0;
  for (size_t k = FirstNeeded(frames, canvas); k < frames.size(); ++k) {
    const bool last = k + 1 == frames.size();
    if (!last && frames[k].disposeToBackground) {
      // Whatever it shows is gone when the next one comes.
      FillPart(canvas, frames[k].part, kTransparent);
      continue;
    }
    decoded += uint64_t{frames[k].part.width} * frames[k].part.height;
    if (task.max_scan_pixels != 0 && decoded > task.max_scan_pixels) {
      host->message(task.call, "frame %u is drawn upon frames of more than %llu pixels", task.image_index,
                    static_cast<unsigned long long>(task.max_scan_pixels));
      return POLYCODEC_LIMIT_EXCEEDED;
    }
    if (host->cancelled(task.call)) return POLYCODEC_CANCELLED;
    status = Draw(worker, task, frames[k], k, last);
    if (status != POLYCODEC_SUCCESS) return status;
  }
  return Deliver(canvas, task);
}

}  // namespace polycodec::webp
