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

#include "fuzz_loop.hpp"
#include "png_decode.hpp"
#include "png_round_trip.hpp"

namespace polycodec {
namespace {

constexpr polycodec_extension kExtension = {.struct_size = sizeof(polycodec_extension),
                                            .abi_version = POLYCODEC_ABI_VERSION,
                                            .reserved = 0,
                                            .name = "fuzz",
                                            .version = "0",
                                            .decoders = nullptr,
                                            .encoders = nullptr,
                                            .libraries = nullptr};

// Larger pictures only take longer.
constexpr uint64_t kMaxPixels = 1 << 20;

polycodec_status DecodeOnce(const std::vector<uint8_t>& bytes, uint32_t choice, harness::Picture& picture) {
  png::Header header;
  if (!png::ReadHeader(bytes, header) || uint64_t{header.width} * header.height > kMaxPixels) return POLYCODEC_FAIL;
  const auto choose = [&](uint32_t below) {
    const uint32_t chosen = choice % below;
    choice /= below;
    return chosen;
  };
  polycodec_call call;
  polycodec_decode_task task{};
  task.struct_size = sizeof task;
  task.call = &call;
  task.data = bytes.data();
  task.size = bytes.size();
  task.width = header.width;
  task.height = header.height;
  task.image_index = choose(4) == 0 ? 1 + choose(3) : 0;
  task.channels = task.image_index > 0 ? 4 : header.Channels();
  task.scale = 1;
  task.orientation = 1;
  task.threads = 1;
  task.allow_partial = static_cast<int>(choose(2));
  task.max_scans = 50;
  const bool deep = header.format.depth == 16 && choose(2) == 0;
  polycodec_layout& layout = picture.layout;
  layout.sample_format = choose(2) == 0 ? POLYCODEC_I_UNCHANGED : static_cast<int>(choose(14));
  layout.channels = harness::ChannelsOf(layout.sample_format, task.channels);
  layout.precision = deep ? 16 : 8;
  layout.dtype = deep ? POLYCODEC_UINT16 : POLYCODEC_UINT8;
  layout.width = header.width;
  layout.height = header.height;
  if (choose(3) == 0) {
    task.has_region = 1;
    task.y0 = choose(7) * layout.height / 7;
    task.x0 = choose(7) * layout.width / 7;
    layout.width -= task.x0;
    layout.height -= task.y0;
    task.y1 = task.y0 + layout.height;
    task.x1 = task.x0 + layout.width;
  }
  const bool planar = harness::IsPlanar(layout.sample_format);
  layout.row_stride = layout.width * (deep ? 2ull : 1ull) * (planar ? 1 : layout.channels);
  layout.plane_stride = planar ? layout.row_stride * layout.height : 0;
  // Exactly as large as it must be, so that the sanitizer sees one byte too many.
  picture.pixels.assign(layout.row_stride * layout.height * (planar ? layout.channels : 1), 0);
  picture.pixels.shrink_to_fit();
  task.output = layout;
  task.pixels = picture.pixels.data();
  static png::DecodeWorker workers[2];
  workers[1].options.crc = png::CrcPolicy::kIgnore;
  return png::Decode(workers[choose(8) != 0], task);
}

polycodec_status FuzzOne(const std::vector<uint8_t>& bytes) {
  uint32_t choice = 2166136261u;
  for (const uint8_t byte : bytes) choice = (choice ^ byte) * 16777619u;
  harness::Picture picture;
  const polycodec_status status = DecodeOnce(bytes, choice, picture);
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
