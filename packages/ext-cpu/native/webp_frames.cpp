#include "webp_frames.hpp"

#include <algorithm>
#include <cstring>

#include <polycodec.hpp>

namespace polycodec::webp {
namespace {

constexpr size_t kRiffBytes = 12;  // "RIFF", a size, "WEBP"
constexpr size_t kChunkBytes = 8;  // a name, a size
constexpr size_t kFrameBytes = 16;

uint32_t U24(const uint8_t* at) { return at[0] | uint32_t{at[1]} << 8 | uint32_t{at[2]} << 16; }
uint32_t U32(const uint8_t* at) { return U24(at) | uint32_t{at[3]} << 24; }

Frame FrameAt(const uint8_t* header) {
  Frame frame;
  frame.part = {.x = 2 * U24(header), .y = 2 * U24(header + 3), .width = U24(header + 6) + 1, .height = U24(header + 9) + 1};
  frame.disposeToBackground = (header[15] & 1) != 0;
  frame.blend = (header[15] & 2) == 0;
  return frame;
}

}  // namespace

polycodec_status ReadFrames(const polycodec_decode_task& task, std::vector<Frame>& frames) {
  frames.clear();
  const uint64_t end = std::min<uint64_t>(task.size, task.size < kRiffBytes ? 0 : U32(task.data + 4) + uint64_t{8});
  for (uint64_t at = kRiffBytes; at + kChunkBytes <= end && frames.size() <= task.image_index;) {
    const uint8_t* chunk = task.data + at;
    const uint64_t payload = U32(chunk + 4);
    if (std::memcmp(chunk, "ANMF", 4) == 0) {
      if (payload < kFrameBytes) {
        host->message(task.call, "frame %zu: a header of %u bytes, %zu expected", frames.size(),
                      static_cast<unsigned>(payload), kFrameBytes);
        return POLYCODEC_IMAGE_CORRUPTED;
      }
      if (at + kChunkBytes + kFrameBytes > end) break;
      Frame frame = FrameAt(chunk + kChunkBytes);
      const CanvasPart& part = frame.part;
      if (uint64_t{part.x} + part.width > task.width || uint64_t{part.y} + part.height > task.height) {
        host->message(task.call, "frame %zu: %u x %u at (%u, %u) reaches out of the canvas of %u x %u", frames.size(),
                      part.width, part.height, part.x, part.y, task.width, task.height);
        return POLYCODEC_IMAGE_CORRUPTED;
      }
      const uint64_t there = std::min(payload, end - at - kChunkBytes);
      frame.chunks = {chunk + kChunkBytes + kFrameBytes, static_cast<size_t>(there - kFrameBytes)};
      frames.push_back(frame);
    }
    at += kChunkBytes + payload + (payload & 1);
  }
  if (frames.size() > task.image_index) return POLYCODEC_SUCCESS;
  host->message(task.call, "ends after %zu frames", frames.size());
  return POLYCODEC_IMAGE_TRUNCATED;
}

}  // namespace polycodec::webp
