#include "jpeg_fast_checks.hpp"

#include <algorithm>
#include <chrono>
#include <cstdio>
#include <memory>
#include <numeric>
#include <random>

#include "../jpeg_fast_level.hpp"
#include "jpeg_drawn.hpp"

namespace harness {
namespace {

using polycodec::jpeg::fast::ForceLevel;
using polycodec::jpeg::fast::Level;

constexpr std::pair<Level, const char*> kLevels[] = {{Level::kPortable, "portable"}, {Level::kAvx2, "AVX2"}, {Level::kAvx512, "AVX-512"}};

double Now() {
  return std::chrono::duration<double, std::milli>(std::chrono::steady_clock::now().time_since_epoch()).count();
}

// Bytes of two pictures of one layout that differ, padding left out.
size_t CountDifferences(const Picture& a, const Picture& b) {
  const polycodec_layout& layout = a.layout;
  const bool planar = layout.plane_stride != 0;
  const size_t rowBytes = size_t{layout.width} * (planar ? 1 : layout.channels);
  size_t differences = 0;
  for (uint32_t p = 0; p < (planar ? layout.channels : 1); ++p) {
    for (uint32_t y = 0; y < layout.height; ++y) {
      const size_t at = layout.plane_stride * p + layout.row_stride * y;
      for (size_t i = 0; i < rowBytes; ++i) differences += a.pixels[at + i] != b.pixels[at + i];
    }
  }
  return differences;
}

struct Tally {
  size_t files = 0, outside = 0, compared = 0, regions = 0, refused = 0, bytes = 0, differing = 0, bad = 0;
};

void Compare(Decoder& fast, Decoder& library, const char* level, const std::string& path, const std::vector<uint8_t>& bytes, Size size,
             const Request& request, Tally& tally) {
  polycodec_call call, libraryCall;
  static Picture picture, expected;
  const polycodec_status status = fast.Decode(bytes, size, request, call, picture);
  if (status == POLYCODEC_CODESTREAM_UNSUPPORTED) {
    ++tally.refused;
    return;
  }
  std::fill(expected.pixels.begin(), expected.pixels.end(), 0x5a);
  const polycodec_status libraryStatus = library.Decode(bytes, size, request, libraryCall, expected);
  ++(request.hasRegion ? tally.regions : tally.compared);
  size_t differences = 0;
  if (libraryStatus == POLYCODEC_SUCCESS) {
    differences = CountDifferences(picture, expected);
    tally.bytes += expected.pixels.size();
    tally.differing += differences;
  }
  if (status == POLYCODEC_SUCCESS && libraryStatus == POLYCODEC_SUCCESS && differences == 0 && libraryCall.warnings.empty()) return;
  ++tally.bad;
  if (tally.bad > 40) return;
  std::printf("%s: %s, format %d, scale %u, region %u,%u,%u,%u (%d): %s %s, library %s %s %s, %zu bytes differ\n", level, path.c_str(),
              request.format, request.scale, request.y0, request.x0, request.y1, request.x1, request.hasRegion, StatusName(status),
              call.message.c_str(), StatusName(libraryStatus), libraryCall.message.c_str(),
              libraryCall.warnings.empty() ? "" : libraryCall.warnings[0].c_str(), differences);
}

// Whole pictures in every output and scale, and `count` regions in a tenth of them: another tenth for every file.
void CompareFile(Decoder& fast, Decoder& library, const char* level, const std::string& path, const std::vector<uint8_t>& bytes,
                 const Arguments& arguments, Tally& tally) {
  const Size size = ReadSize(bytes);
  const size_t before = tally.compared;
  size_t cell = tally.files++;
  if (size.width == 0 || size.height == 0) {
    ++tally.outside;
    return;
  }
  std::mt19937_64 random(arguments.seed);
  for (int format = 0; format < 14; ++format) {
    if (arguments.request.format >= 0 && format != arguments.request.format) continue;
    if (format == POLYCODEC_I_YA || format == POLYCODEC_P_YA) continue;
    for (const uint32_t scale : {1u, 2u, 4u, 8u}) {
      Request request = arguments.request;
      request.format = format;
      request.scale = scale;
      Compare(fast, library, level, path, bytes, size, request, tally);
      request.hasRegion = true;
      for (unsigned i = 0; cell % 10 == 0 && i < arguments.count; ++i) {
        const auto span = [&](uint32_t side, uint32_t& begin, uint32_t& end) {
          const uint32_t scaled = (side + scale - 1) / scale;
          begin = static_cast<uint32_t>(random() % scaled);
          end = begin + 1 + static_cast<uint32_t>(random() % (scaled - begin));
          if (i % 3 == 1) end = std::min(end, begin + 1 + static_cast<uint32_t>(random() % 20));
        };
        span(size.height, request.y0, request.y1);
        span(size.width, request.x0, request.x1);
        Compare(fast, library, level, path, bytes, size, request, tally);
      }
      ++cell;
    }
  }
  if (tally.compared == before) ++tally.outside;
}

// At every level, what `compareAll` compares.
template <class CompareAll>
int CompareLevels(const Arguments& arguments, const CompareAll& compareAll) {
  int bad = 0;
  for (const auto& [level, name] : kLevels) {
    if (!ForceLevel(level)) continue;
    Decoder fast(arguments.params, "jpeg-fast"), library(arguments.params);
    Tally tally;
    compareAll(fast, library, name, tally);
    std::printf("%s: %zu files, %zu outside the domain; %zu decodes and %zu regions compared, %zu left to the library; %zu of %zu bytes differ, %zu bad\n",
                name, tally.files, tally.outside, tally.compared, tally.regions, tally.refused, tally.differing, tally.bytes, tally.bad);
    bad += tally.bad != 0;
  }
  return bad == 0 ? 0 : 1;
}

}  // namespace

int CompareFast(const Arguments& arguments) {
  return CompareLevels(arguments, [&](Decoder& fast, Decoder& library, const char* level, Tally& tally) {
    for (const std::string& path : arguments.files) CompareFile(fast, library, level, path, ReadFile(path), arguments, tally);
  });
}

int CompareDrawn(const Arguments& arguments) {
  const auto wanted = arguments.params.numbers.find("files");
  const auto files = static_cast<uint64_t>(wanted == arguments.params.numbers.end() ? 1000 : wanted->second);
  return CompareLevels(arguments, [&](Decoder& fast, Decoder& library, const char* level, Tally& tally) {
    for (uint64_t i = 0; i < files; ++i) {
      const DrawnJpeg drawn = DrawJpeg(arguments.seed + i / 2, i % 2 == 1);
      CompareFile(fast, library, level, drawn.name, drawn.bytes, arguments, tally);
    }
  });
}

namespace {

// Of a progressive picture at a smaller scale, or of its luma, the fast decoder leaves scans unread on which no pixel
// depends; what the library says of them it does not know.
bool MaySkipScans(const Decoder::Sample& sample) {
  constexpr uint8_t kProgressiveFrame[] = {0xff, 0xc2};
  const auto found = std::search(sample.bytes.begin(), sample.bytes.end(), std::begin(kProgressiveFrame), std::end(kProgressiveFrame));
  return found != sample.bytes.end() && (sample.request.scale > 1 || sample.request.format == POLYCODEC_I_Y);
}

// One of a pair against the library alone: what it accepts, and only that, with the library's pixels.
void CheckOfPair(Decoder& fast, Decoder& library, const Decoder::Sample& sample, const char* level, uint64_t number, Tally& tally) {
  static Picture expected;
  polycodec_call call;
  const polycodec_status alone = fast.Decode(sample.bytes, sample.size, sample.request, call, expected);
  bool isGood = alone == sample.status;
  ++tally.files;
  if (sample.status == POLYCODEC_SUCCESS) {
    Request request = sample.request;
    request.cancelAfter = -1;  // it asks more often
    isGood = isGood && CountDifferences(sample.picture, expected) == 0;
    const polycodec_status status = library.Decode(sample.bytes, sample.size, request, call, expected);
    isGood = isGood && (status == POLYCODEC_SUCCESS || MaySkipScans(sample));
    const size_t differences = isGood && status == POLYCODEC_SUCCESS ? CountDifferences(sample.picture, expected) : 0;
    tally.bytes += expected.pixels.size();
    tally.differing += differences;
    ++tally.compared;
    isGood = isGood && differences == 0;
  } else {
    ++tally.refused;
  }
  if (isGood) return;
  ++tally.bad;
  std::printf("%s: pair %llu: %s %s, alone %s; library %s %s\n", level, static_cast<unsigned long long>(number), StatusName(sample.status),
              sample.call.message.c_str(), StatusName(alone), call.message.c_str(), call.warnings.empty() ? "" : call.warnings[0].c_str());
}

}  // namespace

int ComparePairs(const Arguments& arguments) {
  const auto wanted = arguments.params.numbers.find("files");
  const auto pairs = static_cast<uint64_t>(wanted == arguments.params.numbers.end() ? 1000 : wanted->second) / 2;
  return CompareLevels(arguments, [&](Decoder& fast, Decoder& library, const char* level, Tally& tally) {
    std::mt19937_64 random(arguments.seed);
    const auto draw = [&] {
      // One in eight is progressive, and so is never decoded side by side.
      std::vector<uint8_t> bytes = DrawJpeg(arguments.seed + random() % 100'000, random() % 8 == 0).bytes;
      // One in four is damaged somewhere, or cut short.
      const uint64_t damage = random() % 8;
      if (damage == 0) bytes[random() % bytes.size()] ^= static_cast<uint8_t>(1 + random() % 255);
      if (damage == 1) bytes.resize(1 + random() % bytes.size());
      return bytes;
    };
    for (uint64_t i = 0; i < pairs; ++i) {
      const std::vector<uint8_t> bytes = draw(), otherBytes = draw();
      const Size size = ReadSize(bytes), otherSize = ReadSize(otherBytes);
      if (size.width * size.height == 0 || otherSize.width * otherSize.height == 0) continue;
      const auto request = [&] {
        Request drawn = arguments.request;
        constexpr int kDrawn[] = {POLYCODEC_I_RGB, POLYCODEC_I_RGB, POLYCODEC_I_Y, POLYCODEC_P_BGR};
        drawn.format = kDrawn[random() % 4];
        drawn.scale = random() % 4 == 0 ? 2 : 1;
        drawn.cancelAfter = random() % 16 == 0 ? static_cast<long>(1 + random() % 4) : -1;
        return drawn;
      };
      Picture picture, otherPicture;
      polycodec_call call, otherCall;
      Decoder::Sample one{bytes, size, request(), call, picture}, other{otherBytes, otherSize, request(), otherCall, otherPicture};
      fast.DecodePair(one, other);
      CheckOfPair(fast, library, one, level, i, tally);
      CheckOfPair(fast, library, other, level, i, tally);
    }
  });
}

int BenchFast(const Arguments& arguments) {
  std::vector<std::vector<uint8_t>> files;
  std::vector<Size> sizes;
  double pixels = 0;
  for (const std::string& path : arguments.files) {
    files.push_back(ReadFile(path));
    sizes.push_back(ReadSize(files.back()));
    pixels += double(sizes.back().width) * sizes.back().height;
  }
  struct Entrant {
    std::string name;
    std::unique_ptr<Decoder> decoder;
    bool inPairs;
    std::vector<double> best;  // by file; a pair's stands at its first
  };
  std::vector<Entrant> entrants;
  const auto add = [&](const std::string& name, const char* backend, bool inPairs) {
    entrants.push_back({name, std::make_unique<Decoder>(arguments.params, backend), inPairs, std::vector<double>(files.size(), 1e9)});
  };
  add("library", "libjpeg-turbo", false);
  for (const auto& [level, name] : kLevels) {
    const auto only = arguments.params.numbers.find("level");
    if (only != arguments.params.numbers.end() && static_cast<Level>(only->second) != level) continue;
    if (!ForceLevel(level)) continue;
    add(name, "jpeg-fast", false);
    add(std::string(name) + ", in pairs", "jpeg-fast", true);
  }
  // A pass is a batch, whose results stand in memory together. Entrants take turns pass by pass, and of each picture the
  // best time counts: what else the machine does comes in spells.
  std::vector<Picture> pictures(files.size());
  polycodec_call call, otherCall;
  size_t refused = 0;
  for (unsigned round = 0; round <= arguments.count; ++round) {
    for (Entrant& entrant : entrants) {
      for (size_t i = 0, step = 1; i < files.size(); i += step) {
        step = entrant.inPairs && i + 1 < files.size() ? 2 : 1;
        const double start = Now();
        if (step == 2) {
          Decoder::Sample one{files[i], sizes[i], arguments.request, call, pictures[i]};
          Decoder::Sample other{files[i + 1], sizes[i + 1], arguments.request, otherCall, pictures[i + 1]};
          entrant.decoder->DecodePair(one, other);
          refused += (one.status != POLYCODEC_SUCCESS) + (other.status != POLYCODEC_SUCCESS);
        } else if (entrant.decoder->Decode(files[i], sizes[i], arguments.request, call, pictures[i]) != POLYCODEC_SUCCESS) {
          if (++refused <= 3) std::printf("%s %s: %s\n", entrant.name.c_str(), arguments.files[i].c_str(), call.message.c_str());
        }
        if (round == 0) continue;
        entrant.best[i] = std::min(entrant.best[i], Now() - start);
        if (step == 2) entrant.best[i + 1] = 0;
      }
    }
  }
  const auto sum = [](const Entrant& entrant) { return std::accumulate(entrant.best.begin(), entrant.best.end(), 0.0); };
  for (const Entrant& entrant : entrants) {
    std::printf("%s: %.1f MP/s, %.3f ns a pixel, %.3f times the library\n", entrant.name.c_str(), pixels / sum(entrant) / 1e3,
                sum(entrant) / pixels * 1e6, sum(entrants[0]) / sum(entrant));
  }
  return refused == 0 ? 0 : 1;
}

}  // namespace harness
