// Fuzz target of the plain formats: decodes whatever bytes there are as PNM, QOI or JPEG-LS, in a way that they choose.
//
//   (cd packages/ext-cpu && g++ -std=c++20 -g -O1 -fsanitize=address,undefined -fno-sanitize-recover=undefined
//    -I../core/include -Inative -Inative/test native/pnm_decode.cpp native/pnm_header.cpp native/qoi_decode.cpp
//    native/jpegls_decode.cpp native/jpegls_error.cpp native/output_rows.cpp native/test/harness_host.cpp
//    native/test/fuzz/plain_fuzz.cpp -lcharls -pthread -o /tmp/plain_fuzz)
//   /tmp/plain_fuzz SECONDS SEED FILES…     mutates the files at random; says how the decodes came out
//
// With clang and -fsanitize=fuzzer -DPOLYCODEC_LIBFUZZER it is a target for libFuzzer instead.
#include <polycodec.hpp>

#include "drawn_task.hpp"
#include "fuzz_loop.hpp"
#include "harness_host.hpp"
#include "jpegls_decode.hpp"
#include "pnm_decode.hpp"
#include "pnm_header.hpp"
#include "qoi_decode.hpp"

namespace polycodec {
namespace {

constexpr const polycodec_decoder* kDecoders[] = {&kPnmDecoder, &kQoiDecoder, &kJpeglsDecoder, nullptr};
constexpr polycodec_extension kExtension = harness::ExtensionOf(kDecoders);

// Larger pictures only take longer.
constexpr uint64_t kMaxPixels = 1 << 18;

using Bytes = std::vector<uint8_t>;

// The frame header of JPEG-LS (T.87, C.2.2), behind whatever segments.
harness::Size JpeglsSize(const Bytes& bytes) {
  for (size_t at = 2; at + 10 <= bytes.size() && bytes[at] == 0xff; at += 2 + (bytes[at + 2] << 8 | bytes[at + 3])) {
    if (bytes[at + 1] != 0xf7) continue;
    const auto u16 = [&](size_t i) { return uint32_t{bytes[i]} << 8 | bytes[i + 1]; };
    return {u16(at + 7), u16(at + 5), bytes[at + 9]};
  }
  return {};
}

polycodec_status FuzzOne(const Bytes& bytes) {
  if (bytes.size() < 14) return POLYCODEC_FAIL;
  static auto& pnms = *new harness::Decoder({}, "pnm");
  static auto& qois = *new harness::Decoder({}, "qoi");
  static auto& jpegls = *new harness::Decoder({}, "charls");
  harness::Decoder* decoder = &pnms;
  harness::Size size;
  if (bytes[0] == 'q') {
    const auto u32 = [&](size_t i) {
      return uint32_t{bytes[i]} << 24 | uint32_t{bytes[i + 1]} << 16 | uint32_t{bytes[i + 2]} << 8 | bytes[i + 3];
    };
    decoder = &qois;
    size = {u32(4), u32(8), bytes[12]};
  } else if (bytes[0] == 0xff) {
    decoder = &jpegls;
    size = JpeglsSize(bytes);
  } else if (pnm::Header header; pnm::FindHeader(bytes, 0, header)) {
    size = {header.width, header.height, header.channels};
  }
  if (size.width == 0 || size.height == 0 || uint64_t{size.width} * size.height > kMaxPixels) return POLYCODEC_FAIL;
  // Other formats are for the host to make, which has no conversions here.
  return harness::DecodeDrawn(*decoder, bytes, size, POLYCODEC_I_UNCHANGED);
}

}  // namespace
}  // namespace polycodec

POLYCODEC_EXTENSION(polycodec::kExtension)

POLYCODEC_FUZZ_TARGET(polycodec::FuzzOne, .headerBytes = 60)
