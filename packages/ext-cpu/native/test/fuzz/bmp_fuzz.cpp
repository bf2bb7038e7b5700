// Fuzz target of BMP: decodes whatever bytes there are, in a way that they choose. An embedded JPEG or PNG is decoded too.
//
//   (cd packages/ext-cpu && g++ -std=c++20 -g -O1 -fsanitize=address,undefined -fno-sanitize-recover=undefined
//    '-DLIBJPEG_TURBO_VERSION="?"' -I../core/include -Inative -Inative/test native/bmp_[!e]*.cpp native/bmp_embedded.cpp
//    $(ls native/jpeg_*.cpp | grep -v encode) native/png_*.cpp native/output_rows.cpp native/input_rows.cpp
//    native/left_out_metadata.cpp native/test/harness_host.cpp native/test/fuzz/bmp_fuzz.cpp
//    -ljpeg -ldeflate -pthread -o /tmp/bmp_fuzz)
//   /tmp/bmp_fuzz SECONDS SEED FILES…     mutates the files at random; says how the decodes came out
//
// With clang and -fsanitize=fuzzer -DPOLYCODEC_LIBFUZZER it is a target for libFuzzer instead.
#include <polycodec.hpp>

#include "bmp_decode.hpp"
#include "bmp_header.hpp"
#include "drawn_task.hpp"
#include "fuzz_loop.hpp"
#include "harness_host.hpp"

namespace polycodec {
namespace {

constexpr const polycodec_decoder* kDecoders[] = {&kBmpDecoder, nullptr};
constexpr polycodec_extension kExtension = harness::ExtensionOf(kDecoders);

// Larger pictures only take longer.
constexpr uint64_t kMaxPixels = 1 << 18;

using Bytes = std::vector<uint8_t>;

// What the rows come as: the host of the harness converts nothing.
int FormatOf(const bmp::Header& header) {
  if (header.coding == bmp::Coding::kJpeg || header.coding == bmp::Coding::kPng) return POLYCODEC_I_RGB;
  if (header.bits == 24 && header.coding == bmp::Coding::kPlain) return POLYCODEC_I_BGR;
  return header.channels() == 1 ? POLYCODEC_I_Y : POLYCODEC_I_RGBA;
}

polycodec_status FuzzOne(const Bytes& bytes) {
  bmp::Header header;
  if (bmp::ReadHeader(bytes, header) != nullptr) return POLYCODEC_FAIL;
  if (header.width == 0 || header.height == 0 || uint64_t{header.width} * header.height > kMaxPixels) return POLYCODEC_FAIL;
  const harness::Size size{header.width, header.height, header.channels()};
  static auto& decoder = *new harness::Decoder({}, "bmp");
  return harness::DecodeDrawn(decoder, bytes, size, FormatOf(header));
}

}  // namespace
}  // namespace polycodec

POLYCODEC_EXTENSION(polycodec::kExtension)

POLYCODEC_FUZZ_TARGET(polycodec::FuzzOne, .headerBytes = 60)
