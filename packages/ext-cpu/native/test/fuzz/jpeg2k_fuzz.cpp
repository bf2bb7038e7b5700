// Fuzz target of JPEG 2000: decodes whatever bytes there are on OpenJPEG, and high-throughput ones on OpenJPH too, in a
// way that they choose.
//
//   (cd packages/ext-cpu && g++ -std=c++20 -g -O1 -fsanitize=address,undefined -fno-sanitize-recover=undefined
//    -I../core/include -Inative -Inative/test native/jpeg2k_*.cpp native/openjp*.cpp native/left_out_metadata.cpp
//    native/test/harness_host.cpp native/test/fuzz/jpeg2k_fuzz.cpp -lopenjp2 -lopenjph -pthread -o /tmp/jpeg2k_fuzz)
//   /tmp/jpeg2k_fuzz SECONDS SEED FILES…     mutates the files at random; says how the decodes came out
//
// The libraries of the system are not instrumented: linked with ones that are, it sees what they read and write as well.
// With clang and -fsanitize=fuzzer -DPOLYCODEC_LIBFUZZER it is a target for libFuzzer instead.
// POLYCODEC_FUZZ_BACKEND=openjpeg or openjph: that one alone.
#include <algorithm>
#include <cstring>
#include <cstdlib>
#include <polycodec.hpp>

#include "fuzz_loop.hpp"
#include "harness_host.hpp"
#include "jpeg2k_boxes.hpp"
#include "jpeg2k_codestream.hpp"
#include "jpeg2k_failure.hpp"
#include "openjpeg_decode.hpp"
#include "openjph_decode.hpp"

namespace polycodec {
namespace {

constexpr polycodec_extension kExtension = harness::ExtensionOf();

// Larger pictures only take longer.
constexpr uint64_t kMaxPixels = 1 << 17;
constexpr uint64_t kMaxScratch = 64 << 20;

// Numbers below a bound, all drawn from what a file's bytes add up to.
struct Choices {
  uint64_t state;
  uint32_t Below(uint32_t count) {
    state = state * 6364136223846793005u + 1442695040888963407u;
    return static_cast<uint32_t>(state >> 33) % count;
  }
};

// What core's parser would have read; the decoder reads it again and refuses if it is something else.
struct Headers {
  uint32_t width = 0, height = 0, channels = 0, precision = 0;
  bool isHt = false;
};

polycodec_status ReadHeaders(const std::vector<uint8_t>& bytes, Headers& headers) {
  polycodec_call call;
  return jpeg2k::Guard(&call, [&] {
    const jpeg2k::Boxes boxes = jpeg2k::ReadBoxes(bytes);
    const jpeg2k::CodeStream stream = jpeg2k::ReadCodeStream(boxes.codeStream);
    headers.width = stream.x1 - stream.x0;
    headers.height = stream.y1 - stream.y0;
    headers.channels = static_cast<uint32_t>(boxes.mapping.empty() ? stream.components.size() : boxes.mapping.size());
    for (const auto& component : stream.components) headers.precision = std::max(headers.precision, component.precision);
    headers.isHt = stream.isHt;
    if (uint64_t{headers.width} * headers.height > kMaxPixels || headers.channels > 64) {
      jpeg2k::Fail(POLYCODEC_LIMIT_EXCEEDED, "larger than this program takes");
    }
  });
}

void PlanTask(const Headers& headers, Choices& choices, polycodec_decode_task& task, harness::Picture& picture) {
  task.width = headers.width;
  task.height = headers.height;
  task.channels = headers.channels;
  task.orientation = 1;
  task.scale = choices.Below(2) == 0 ? 1 : 1u << choices.Below(4);
  task.threads = choices.Below(4) == 0 ? 3 : 1;
  task.allow_partial = static_cast<int>(choices.Below(2));
  task.max_scratch_bytes = kMaxScratch;
  const bool deep = headers.precision > 8 && choices.Below(2) == 0;
  polycodec_layout& layout = picture.layout;
  layout.sample_format = choices.Below(3) != 0 ? POLYCODEC_I_UNCHANGED : static_cast<int>(choices.Below(14));
  layout.channels = harness::ChannelsOf(layout.sample_format, task.channels);
  layout.precision = deep ? 16 : 8;
  layout.dtype = deep ? POLYCODEC_UINT16 : POLYCODEC_UINT8;
  layout.width = (headers.width + task.scale - 1) / task.scale;
  layout.height = (headers.height + task.scale - 1) / task.scale;
  if (choices.Below(3) == 0) {
    task.has_region = 1;
    task.y0 = choices.Below(layout.height);
    task.x0 = choices.Below(layout.width);
    layout.height = 1 + choices.Below(layout.height - task.y0);
    layout.width = 1 + choices.Below(layout.width - task.x0);
    task.y1 = task.y0 + layout.height;
    task.x1 = task.x0 + layout.width;
  }
  const bool planar = harness::IsPlanar(layout.sample_format);
  layout.row_stride = layout.width * (deep ? 2ull : 1ull) * (planar ? 1 : layout.channels);
  layout.plane_stride = planar ? layout.row_stride * layout.height : 0;
  // Exactly as large as it must be, so that the sanitizer sees one byte too many.
  picture.pixels = std::vector<uint8_t>(layout.row_stride * layout.height * (planar ? layout.channels : 1));
  task.output = layout;
  task.pixels = picture.pixels.data();
}

polycodec_status FuzzOne(const std::vector<uint8_t>& bytes) {
  Headers headers;
  const polycodec_status read = ReadHeaders(bytes, headers);
  if (read != POLYCODEC_SUCCESS) return read;
  Choices choices{bytes.size()};
  for (const uint8_t byte : bytes) choices.state = (choices.state ^ byte) * 1099511628211u;
  polycodec_call call;
  polycodec_decode_task task{};
  task.struct_size = sizeof task;
  task.call = &call;
  task.data = bytes.data();
  task.size = bytes.size();
  harness::Picture picture;
  PlanTask(headers, choices, task, picture);
  call.threads = task.threads;
  const char* chosen = std::getenv("POLYCODEC_FUZZ_BACKEND");
  const auto runs = [&](const char* id) { return chosen == nullptr || std::strcmp(chosen, id) == 0; };
  polycodec_status status = POLYCODEC_CODESTREAM_UNSUPPORTED;
  if (headers.isHt && runs("openjph")) {
    static jpeg2k::OpenJphWorker worker;
    status = jpeg2k::DecodeOpenJph(worker, task);
  }
  if (runs("openjpeg")) {
    static jpeg2k::OpenJpegWorker worker;
    status = jpeg2k::DecodeOpenJpeg(worker, task);
  }
  return status;
}

}  // namespace
}  // namespace polycodec

POLYCODEC_EXTENSION(polycodec::kExtension)
POLYCODEC_FUZZ_TARGET(polycodec::FuzzOne, .headerBytes = 250)
