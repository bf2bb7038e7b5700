// Hostile bytes for the fast JPEG decoder, with libjpeg-turbo as the judge: what it accepts, libjpeg-turbo decodes
// without a warning, to the same bytes. scripts/fuzz-jpeg.mjs builds it with the sanitizers and runs it:
// with clang as a libFuzzer target (POLYCODEC_LIBFUZZER), else with the mutation loop below:
//
//   jpeg_fast_fuzz SECONDS SEED LEVEL FILES…
//
// An input's last six bytes choose the output: format, scale and region.
#include <algorithm>
#include <chrono>
#include <cstdio>
#include <cstdlib>
#include <cstring>
#include <fstream>
#include <iterator>
#include <random>
#include <vector>

#include "../../jpeg_fast_level.hpp"
#include "../harness_host.hpp"

namespace {

using polycodec::jpeg::fast::ForceLevel;
using polycodec::jpeg::fast::Level;

size_t decodes = 0, accepted = 0;

constexpr int kFormats[] = {POLYCODEC_I_RGB, POLYCODEC_I_BGR, POLYCODEC_I_RGBA, POLYCODEC_I_Y, POLYCODEC_I_YUV,
                            POLYCODEC_P_RGB, POLYCODEC_P_RGBA, POLYCODEC_P_YUV, POLYCODEC_I_UNCHANGED};
constexpr size_t kTail = 6;
constexpr uint64_t kMostPixels = 1 << 20;

void Test(const uint8_t* data, size_t size) {
  if (size < kTail + 4) return;
  const uint8_t* const tail = data + size - kTail;
  const std::vector<uint8_t> bytes(data, tail);
  const harness::Size picture = harness::ReadSize(bytes);
  if (picture.width == 0 || picture.height == 0 || uint64_t{picture.width} * picture.height > kMostPixels) return;
  if (picture.channels == 0 || picture.channels > 4) return;
  harness::Request request;
  request.format = kFormats[tail[0] % std::size(kFormats)];
  request.scale = 1u << tail[1] % 4;
  request.threads = 1 + (tail[1] >> 6);
  request.hasRegion = (tail[1] & 16) != 0;
  const auto span = [&](uint32_t side, uint8_t from, uint8_t to, uint32_t& begin, uint32_t& end) {
    const uint32_t scaled = (side + request.scale - 1) / request.scale;
    begin = from * scaled / 256;
    end = begin + 1 + to * (scaled - begin - 1) / 255;
  };
  span(picture.height, tail[2], tail[3], request.y0, request.y1);
  span(picture.width, tail[4], tail[5], request.x0, request.x1);

  static harness::Decoder fast({}, "jpeg-fast"), library;
  static harness::Picture got, expected;
  polycodec_call call, libraryCall;
  ++decodes;
  if (fast.Decode(bytes, picture, request, call, got) != POLYCODEC_SUCCESS) return;
  ++accepted;
  request.threads = 1;
  const polycodec_status status = library.Decode(bytes, picture, request, libraryCall, expected);
  const bool equal = status == POLYCODEC_SUCCESS && libraryCall.warnings.empty() && got.pixels == expected.pixels;
  if (equal) return;
  std::fprintf(stderr, "accepted, but libjpeg-turbo says %s %s %s; pixels %s\n", harness::StatusName(status), libraryCall.message.c_str(),
               libraryCall.warnings.empty() ? "" : libraryCall.warnings[0].c_str(), got.pixels == expected.pixels ? "equal" : "differ");
  std::abort();
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  Test(data, size);
  return 0;
}

#ifdef POLYCODEC_LIBFUZZER
extern "C" int LLVMFuzzerInitialize(int*, char***) {
  const char* const level = std::getenv("FUZZ_LEVEL");
  if (level != nullptr && !ForceLevel(static_cast<Level>(std::atoi(level)))) std::exit(2);
  return 0;
}
#else
int main(int count, char** words) {
  if (count < 5 || !ForceLevel(static_cast<Level>(std::atoi(words[3])))) return 2;
  std::vector<std::vector<uint8_t>> seeds;
  for (int i = 4; i < count; ++i) {
    std::ifstream file(words[i], std::ios::binary);
    seeds.emplace_back(std::istreambuf_iterator<char>(file), std::istreambuf_iterator<char>());
  }
  std::mt19937_64 random(std::strtoull(words[2], nullptr, 10));
  const auto end = std::chrono::steady_clock::now() + std::chrono::seconds(std::atoi(words[1]));
  const auto below = [&](size_t limit) { return static_cast<size_t>(random() % std::max<size_t>(limit, 1)); };
  while (std::chrono::steady_clock::now() < end) {
    std::vector<uint8_t> bytes = seeds[below(seeds.size())];
    // Headers are short, and matter more than their length says.
    for (size_t n = below(6); n > 0; --n) bytes[below(random() % 2 == 0 ? std::min<size_t>(bytes.size(), 700) : bytes.size())] = static_cast<uint8_t>(random());
    if (random() % 8 == 0) bytes.resize(1 + below(bytes.size()));
    if (random() % 8 == 0) bytes.insert(bytes.begin() + static_cast<ptrdiff_t>(below(bytes.size())), 1 + below(4), static_cast<uint8_t>(random()));
    if (random() % 8 == 0) bytes.erase(bytes.begin() + static_cast<ptrdiff_t>(below(bytes.size())));
    for (size_t i = 0; i < kTail; ++i) bytes.push_back(static_cast<uint8_t>(random()));
    std::FILE* last = std::fopen("/tmp/jpeg_fast_fuzz.last", "wb");
    if (last != nullptr) std::fwrite(bytes.data(), 1, bytes.size(), last), std::fclose(last);
    Test(bytes.data(), bytes.size());
  }
  std::printf("%zu decodes, %zu accepted, all as libjpeg-turbo's\n", decodes, accepted);
  return 0;
}
#endif
