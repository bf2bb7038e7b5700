// Fuzz target of the PNG codec: decodes whatever bytes there are, in a way that they choose, and codes again what came
// out unchanged.
//
//   (cd packages/ext-cpu && g++ -std=c++20 -g -O1 -fsanitize=address,undefined -fno-sanitize-recover=undefined
//    -I../core/include -Inative -Inative/test native/png_*.cpp native/test/harness_host.cpp
//    native/test/fuzz/png_fuzz.cpp -ldeflate -pthread -o /tmp/png_fuzz)
//   /tmp/png_fuzz SECONDS SEED FILES…     mutates the files at random; says how the decodes came out
//
// With clang and -fsanitize=fuzzer -DPOLYCODEC_LIBFUZZER it is a target for libFuzzer instead.
#include <polycodec.hpp>

#include "drawn_task.hpp"
#include "fuzz_loop.hpp"
#include "png_decode.hpp"
#include "png_round_trip.hpp"

namespace polycodec {
namespace {

constexpr polycodec_extension kExtension = harness::ExtensionOf();

// Larger pictures only take longer.
constexpr uint64_t kMaxPixels = 1 << 20;

polycodec_status DecodeOnce(const std::vector<uint8_t>& bytes, uint32_t choice, harness::Picture& picture) {
  png::Header header;
  if (!png::ReadHeader(bytes, header) || uint64_t{header.width} * header.height > kMaxPixels) return POLYCODEC_FAIL;
  harness::Choices choose(choice);
  polycodec_call call;
  polycodec_decode_task task = harness::TaskOf(bytes, {header.width, header.height, header.Channels()}, call);
  task.image_index = choose(4) == 0 ? 1 + choose(3) : 0;
  if (task.image_index > 0) task.channels = 4;
  task.allow_partial = static_cast<int>(choose(2));
  const bool deep = header.format.depth == 16 && choose(2) == 0;
  const int format = choose(2) == 0 ? POLYCODEC_I_UNCHANGED : static_cast<int>(choose(14));
  harness::DrawOutput(choose, format, deep ? 16 : 8, task, picture);
  static png::DecodeWorker workers[2];
  workers[1].options.crc = png::CrcPolicy::kIgnore;
  return png::Decode(workers[choose(8) != 0], task);
}

polycodec_status FuzzOne(const std::vector<uint8_t>& bytes) {
  harness::Picture picture;
  const polycodec_status status = DecodeOnce(bytes, harness::ChoiceOf(bytes), picture);
  const bool unchanged = picture.layout.sample_format == POLYCODEC_I_UNCHANGED && picture.layout.width > 0;
  if (status == POLYCODEC_SUCCESS && unchanged) {
    polycodec_params params;
    params.numbers = {{"reduce", picture.pixels.size() % 2}};
    png::CheckRoundTrip(picture, params);
  }
  return status;
}

}  // namespace
}  // namespace polycodec

POLYCODEC_EXTENSION(polycodec::kExtension)

POLYCODEC_FUZZ_TARGET(polycodec::FuzzOne, .headerBytes = 200)
