// Hostile bytes for the fast JPEG decoder, with libjpeg-turbo as the judge: what it accepts, libjpeg-turbo decodes
// without a warning, to the same bytes. Built with the sanitizers and run by scripts/fuzz-jpeg.mjs.
//
// An input's last six bytes choose the output: format, scale and region. FUZZ_LEVEL in the environment is the level of
// SIMD; exit status 2: the CPU has it not.
#include <cstdio>
#include <cstdlib>
#include <iterator>
#include <vector>

#include <polycodec.hpp>

#include "../../jpeg_decode.hpp"
#include "../../jpeg_fast_decode.hpp"
#include "../../jpeg_fast_level.hpp"
#include "fuzz_loop.hpp"

namespace polycodec {
namespace {

struct Library {
  static constexpr const char* kId = "libjpeg-turbo";
  static constexpr const char* kCodec = "jpeg";
  using Worker = jpeg::DecodeWorker;
  static polycodec_status Decode(Worker& worker, const polycodec_decode_task& task) { return jpeg::Decode(worker, task); }
};

constexpr polycodec_decoder kLibrary = Decoder<Library>();
constexpr const polycodec_decoder* kDecoders[] = {&jpeg::fast::kDecoder, &kLibrary, nullptr};
constexpr polycodec_extension kExtension = harness::ExtensionOf(kDecoders);

constexpr int kFormats[] = {POLYCODEC_I_RGB, POLYCODEC_I_BGR, POLYCODEC_I_RGBA, POLYCODEC_I_Y, POLYCODEC_I_YUV,
                            POLYCODEC_P_RGB, POLYCODEC_P_RGBA, POLYCODEC_P_YUV, POLYCODEC_I_UNCHANGED};
constexpr size_t kChoiceBytes = 6;
// Larger pictures only take longer.
constexpr uint64_t kMostPixels = 1 << 20;

// The level is set before the first decoder is made of it.
bool ReadLevel() {
  const char* const level = std::getenv("FUZZ_LEVEL");
  if (level != nullptr && !jpeg::fast::ForceLevel(static_cast<jpeg::fast::Level>(std::atoi(level)))) std::exit(2);
  return true;
}

// At a smaller scale and for gray the fast decoder leaves scans of a progressive picture unread on which no pixel
// depends, with what libjpeg-turbo would have said of them.
bool MaySkipScans(const std::vector<uint8_t>& bytes, const harness::Request& request) {
  for (size_t i = 0; i + 1 < bytes.size(); ++i) {
    if (bytes[i] == 0xff && bytes[i + 1] == 0xc2) return request.scale > 1 || request.format == POLYCODEC_I_Y;
  }
  return false;
}

polycodec_status FuzzOne(const std::vector<uint8_t>& input) {
  [[maybe_unused]] static const bool isReady = ReadLevel();
  if (input.size() < kChoiceBytes + 4) return POLYCODEC_FAIL;
  const uint8_t* const choice = input.data() + input.size() - kChoiceBytes;
  const std::vector<uint8_t> bytes(input.data(), choice);
  const harness::Size picture = harness::ReadSize(bytes);
  if (picture.width == 0 || picture.height == 0 || uint64_t{picture.width} * picture.height > kMostPixels) return POLYCODEC_FAIL;
  if (picture.channels == 0 || picture.channels > 4) return POLYCODEC_FAIL;
  harness::Request request;
  request.format = kFormats[choice[0] % std::size(kFormats)];
  request.scale = 1u << choice[1] % 4;
  request.threads = 1 + (choice[1] >> 6);
  request.hasRegion = (choice[1] & 16) != 0;
  const auto span = [&](uint32_t side, uint8_t from, uint8_t to, uint32_t& begin, uint32_t& end) {
    const uint32_t scaled = (side + request.scale - 1) / request.scale;
    begin = from * scaled / 256;
    end = begin + 1 + to * (scaled - begin - 1) / 255;
  };
  span(picture.height, choice[2], choice[3], request.y0, request.y1);
  span(picture.width, choice[4], choice[5], request.x0, request.x1);

  static harness::Decoder fast({}, "jpeg-fast"), library;
  static harness::Picture got, expected;
  polycodec_call call, libraryCall;
  const polycodec_status outcome = fast.Decode(bytes, picture, request, call, got);
  if (outcome != POLYCODEC_SUCCESS) return outcome;
  request.threads = 1;
  const bool maySkip = MaySkipScans(bytes, request);
  request.partial = maySkip;
  const polycodec_status status = library.Decode(bytes, picture, request, libraryCall, expected);
  const bool isSilent = libraryCall.warnings.empty() || maySkip;
  if (status == POLYCODEC_SUCCESS && isSilent && got.pixels == expected.pixels) return outcome;
  std::fprintf(stderr, "accepted, but libjpeg-turbo says %s %s %s; pixels %s\n", harness::StatusName(status), libraryCall.message.c_str(),
               libraryCall.warnings.empty() ? "" : libraryCall.warnings[0].c_str(), got.pixels == expected.pixels ? "equal" : "differ");
  std::abort();
}

}  // namespace
}  // namespace polycodec

POLYCODEC_EXTENSION(polycodec::kExtension)

POLYCODEC_FUZZ_TARGET(polycodec::FuzzOne, .headerBytes = 700, .choiceBytes = polycodec::kChoiceBytes)
