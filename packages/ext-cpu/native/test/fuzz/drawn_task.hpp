// A decode task that a fuzz case's own bytes choose: the same case is always asked for in the same way.
#pragma once

#include <cstdint>
#include <vector>

#include "../harness_host.hpp"
#include "fuzz_loop.hpp"

namespace harness {

// Numbers below a bound, one after the other, out of one number.
class Choices {
 public:
  explicit Choices(uint32_t choice) : choice_(choice) {}
  uint32_t operator()(uint32_t below) {
    const uint32_t chosen = choice_ % below;
    choice_ /= below;
    return chosen;
  }

 private:
  uint32_t choice_;
};

// FNV-1a.
inline uint32_t ChoiceOf(const std::vector<uint8_t>& bytes) {
  uint32_t choice = 2166136261u;
  for (const uint8_t byte : bytes) choice = (choice ^ byte) * 16777619u;
  return choice;
}

// What every task says, whole and at full scale.
inline polycodec_decode_task TaskOf(const std::vector<uint8_t>& bytes, Size size, polycodec_call& call) {
  polycodec_decode_task task{};
  task.struct_size = sizeof task;
  task.call = &call;
  task.data = bytes.data();
  task.size = bytes.size();
  task.width = size.width;
  task.height = size.height;
  task.channels = size.channels;
  task.scale = 1;
  task.orientation = 1;
  task.threads = call.threads = 1;
  task.max_scans = 50;
  return task;
}

// A request for the harness's decoder: a part of the picture in a third of the cases, some called off.
inline Request DrawRequest(Choices& choose, Size size, int format) {
  Request request;
  request.format = format;
  request.partial = choose(2) == 0;
  request.maxScratch = 1 << 26;
  if (choose(16) == 0) request.cancelAfter = choose(3);
  if (choose(3) == 0) {
    request.hasRegion = true;
    request.y0 = choose(7) * size.height / 7;
    request.x0 = choose(7) * size.width / 7;
    request.y1 = request.y0 + 1 + choose(size.height - request.y0);
    request.x1 = request.x0 + 1 + choose(size.width - request.x0);
  }
  return request;
}

// One decode of what the case's bytes choose, whose failure must say why.
inline polycodec_status DecodeDrawn(Decoder& decoder, const std::vector<uint8_t>& bytes, Size size, int format) {
  Choices choose(ChoiceOf(bytes));
  const Request request = DrawRequest(choose, size, format);
  polycodec_call call;
  Picture picture;
  const polycodec_status status = decoder.Decode(bytes, size, request, call, picture);
  MustBeExplained(status, call);
  return status;
}

// The layout's channels, samples and size at the task's scale, in a third of the cases a part of it; and memory for it.
inline void DrawOutput(Choices& choose, int format, uint32_t precision, polycodec_decode_task& task, Picture& picture) {
  polycodec_layout& layout = picture.layout;
  layout.sample_format = format;
  layout.channels = ChannelsOf(format, task.channels);
  layout.precision = precision;
  layout.dtype = precision <= 8 ? POLYCODEC_UINT8 : POLYCODEC_UINT16;
  layout.width = (task.width + task.scale - 1) / task.scale;
  layout.height = (task.height + task.scale - 1) / task.scale;
  if (choose(3) == 0) {
    task.has_region = 1;
    task.y0 = choose(7) * layout.height / 7;
    task.x0 = choose(7) * layout.width / 7;
    layout.width -= task.x0;
    layout.height -= task.y0;
    task.y1 = task.y0 + layout.height;
    task.x1 = task.x0 + layout.width;
  }
  const bool planar = IsPlanar(format);
  layout.row_stride = uint64_t{layout.width} * (precision <= 8 ? 1 : 2) * (planar ? 1 : layout.channels);
  layout.plane_stride = planar ? layout.row_stride * layout.height : 0;
  // Exactly as large as it must be, so that the sanitizer sees one byte too many.
  picture.pixels = std::vector<uint8_t>(layout.row_stride * layout.height * (planar ? layout.channels : 1));
  task.output = layout;
  task.pixels = picture.pixels.data();
}

}  // namespace harness
