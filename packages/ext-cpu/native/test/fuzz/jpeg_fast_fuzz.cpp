// Hostile bytes for the fast JPEG decoder, with libjpeg-turbo as the judge: what it accepts, libjpeg-turbo decodes
// without a warning, to the same bytes. Built with the sanitizers and run by scripts/fuzz-jpeg.mjs.
//
// An input's last six bytes choose the output: format, scale and region. Every input goes to every level of SIMD that the
// CPU has, or to the one that FUZZ_LEVEL in the environment names (0 to 2); exit status 2: the CPU has it not. All must
// agree about what is accepted.
#include <algorithm>
#include <cstdio>
#include <cstdlib>
#include <iterator>
#include <memory>
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

// A decoder for each level that is wanted.
std::vector<std::unique_ptr<harness::Decoder>> OpenDecoders() {
  const char* const wanted = std::getenv("FUZZ_LEVEL");
  std::vector<std::unique_ptr<harness::Decoder>> decoders;
  for (int level = 0; level <= 2; ++level) {
    if (wanted != nullptr && std::atoi(wanted) != level) continue;
    // A decoder keeps the level that is the best when it is made.
    if (jpeg::fast::ForceLevel(static_cast<jpeg::fast::Level>(level))) {
      decoders.push_back(std::make_unique<harness::Decoder>(polycodec_params{}, "jpeg-fast"));
    }
  }
  if (decoders.empty()) std::exit(2);
  return decoders;
}

// At a smaller scale and for gray the fast decoder leaves scans of a progressive picture unread on which no pixel
// depends, with what libjpeg-turbo would have said of them.
bool MaySkipScans(const std::vector<uint8_t>& bytes, const harness::Request& request) {
  for (size_t i = 0; i + 1 < bytes.size(); ++i) {
    if (bytes[i] == 0xff && bytes[i + 1] == 0xc2) return request.scale > 1 || request.format == POLYCODEC_I_Y;
  }
  return false;
}

// What the library says of what was accepted.
void CompareWithLibrary(const std::vector<uint8_t>& bytes, harness::Size picture, harness::Request request,
                        const std::vector<harness::Picture>& got) {
  static auto& library = *new harness::Decoder;
  static auto& expected = *new harness::Picture;
  request.threads = 1;
  const bool maySkip = MaySkipScans(bytes, request);
  request.partial = maySkip;
  polycodec_call call;
  const polycodec_status status = library.Decode(bytes, picture, request, call, expected);
  const bool isSilent = call.warnings.empty() || maySkip;
  const bool isEqual = std::all_of(got.begin(), got.end(), [](const auto& one) { return one.pixels == expected.pixels; });
  if (status == POLYCODEC_SUCCESS && isSilent && isEqual) return;
  std::fprintf(stderr, "accepted, but libjpeg-turbo says %s %s %s; pixels %s\n", harness::StatusName(status), call.message.c_str(),
               call.warnings.empty() ? "" : call.warnings[0].c_str(), isEqual ? "equal" : "differ");
  std::abort();
}

polycodec_status FuzzOne(const std::vector<uint8_t>& input) {
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

  static auto& decoders = *new auto(OpenDecoders());
  static auto& pictures = *new std::vector<harness::Picture>(decoders.size());
  polycodec_call call;
  polycodec_status outcome = POLYCODEC_SUCCESS;
  for (size_t i = 0; i < decoders.size(); ++i) {
    const polycodec_status status = decoders[i]->Decode(bytes, picture, request, call, pictures[i]);
    if (i > 0 && status != outcome) {
      std::fprintf(stderr, "%s at one level, %s at another\n", harness::StatusName(outcome), harness::StatusName(status));
      std::abort();
    }
    outcome = status;
  }
  if (outcome == POLYCODEC_SUCCESS) CompareWithLibrary(bytes, picture, request, pictures);
  return outcome;
}

}  // namespace
}  // namespace polycodec

POLYCODEC_EXTENSION(polycodec::kExtension)

POLYCODEC_FUZZ_TARGET(polycodec::FuzzOne, .headerBytes = 700, .choiceBytes = polycodec::kChoiceBytes)
