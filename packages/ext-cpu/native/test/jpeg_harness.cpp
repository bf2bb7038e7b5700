// Decodes and encodes JPEG files through the C interface, for tests and for the sanitizers:
//
//   (cd packages/ext-cpu && g++ -std=c++20 -g -O1 -fsanitize=address,undefined -I../core/include -Inative
//    native/*.cpp native/*/*.cpp -ljpeg -pthread -o /tmp/jpeg_harness)
//
//   jpeg_harness decode [--format I_RGB] [--scale 1] [--region y0,x0,y1,x1] [--threads 1] [--partial] [--padding 0]
//                       [--set fastIdct=1] [--max-scans N] [--max-scratch N] [--cancel-after N] [--out FILE] FILES…
//   jpeg_harness encode [--format I_RGB] [--set quality=75] [--exif|--icc|--xmp|--iptc|--comment FILE] [--padding 0]
//                       --out FILE IN.ppm|IN.pgm
//   jpeg_harness regions|damage|bands|bench [--seed 1] [--count 30] FILES…          see jpeg_checks.hpp
//   jpeg_harness fast-compare|fast-bench [--seed 1] [--count 30] [--format ALL] FILES…   see jpeg_fast_checks.hpp
//   jpeg_harness fast-drawn [--seed 1] [--count 30] [--format ALL] [--set files=1000]
//   jpeg_harness fast-pairs [--seed 1] [--set files=1000]
//   jpeg_harness encoders|encoders-bench [--seed 1] [--count 30] [--set …] FILES…   see jpeg_encode_checks.cpp
//
// A decode prints a line a file: status, file, size, message, warnings. --out gets the pixels: PPM or PGM where the
// channels are 3 or 1 and interleaved, else the bare samples.
#include <algorithm>
#include <cstdio>
#include <cstdlib>
#include <cstring>
#include <fstream>
#include <iterator>

#include "jpeg_checks.hpp"
#include "jpeg_fast_checks.hpp"

namespace harness {

std::vector<uint8_t> ReadFile(const std::string& path) {
  std::ifstream file(path, std::ios::binary);
  if (!file) {
    std::fprintf(stderr, "%s: cannot be read\n", path.c_str());
    std::exit(2);
  }
  return {std::istreambuf_iterator<char>(file), {}};
}

// The file's channels must be those of `format` (4 for RGBA and CMYK: made from RGB with 255).
Picture ReadPicture(const std::string& path, int format, uint32_t padding) {
  const std::vector<uint8_t> bytes = ReadFile(path);
  unsigned width = 0, height = 0, peak = 0;
  int kind = 0, used = 0;
  const auto* header = reinterpret_cast<const char*>(bytes.data());
  if (std::sscanf(header, "P%d %u %u %u%n", &kind, &width, &height, &peak, &used) != 4) {
    std::fprintf(stderr, "%s: no PPM or PGM\n", path.c_str());
    std::exit(2);
  }
  const uint32_t stored = kind == 5 ? 1 : 3;
  const uint8_t* from = bytes.data() + used + 1;
  Picture picture;
  polycodec_layout& layout = picture.layout;
  layout.width = width;
  layout.height = height;
  layout.channels = ChannelsOf(format, kind == 5 ? 1 : 4);
  layout.dtype = POLYCODEC_UINT8;
  layout.precision = 8;
  layout.sample_format = format;
  const bool planar = IsPlanar(format);
  layout.row_stride = uint64_t{width} * (planar ? 1 : layout.channels) + padding;
  layout.plane_stride = planar ? layout.row_stride * height : 0;
  picture.pixels.resize(layout.row_stride * height * (planar ? layout.channels : 1));
  for (uint32_t y = 0; y < height; ++y) {
    for (uint32_t x = 0; x < width; ++x, from += stored) {
      for (uint32_t c = 0; c < layout.channels; ++c) {
        const bool bgr = format / 2 * 2 == POLYCODEC_I_BGR;
        const uint8_t value = c >= stored ? 255 : from[bgr ? 2 - c : c];
        picture.pixels[planar ? layout.plane_stride * c + layout.row_stride * y + x
                              : layout.row_stride * y + size_t{x} * layout.channels + c] = value;
      }
    }
  }
  return picture;
}

namespace {

void WritePicture(const std::string& path, const Picture& picture) {
  std::ofstream file(path, std::ios::binary);
  const polycodec_layout& layout = picture.layout;
  const bool planar = layout.plane_stride != 0;
  if (!planar && (layout.channels == 1 || layout.channels == 3)) {
    file << (layout.channels == 1 ? "P5\n" : "P6\n") << layout.width << ' ' << layout.height << "\n255\n";
  }
  const uint32_t planes = planar ? layout.channels : 1;
  const size_t rowBytes = size_t{layout.width} * (planar ? 1 : layout.channels);
  for (uint32_t p = 0; p < planes; ++p) {
    for (uint32_t y = 0; y < layout.height; ++y) {
      const uint8_t* row = picture.pixels.data() + layout.plane_stride * p + layout.row_stride * y;
      file.write(reinterpret_cast<const char*>(row), static_cast<std::streamsize>(rowBytes));
    }
  }
}

int DecodeFiles(const Arguments& arguments) {
  Decoder decoder(arguments.params);
  Picture picture;
  int failures = 0;
  for (const std::string& path : arguments.files) {
    const std::vector<uint8_t> bytes = ReadFile(path);
    const Size size = ReadSize(bytes);
    polycodec_call call;
    const polycodec_status status = decoder.Decode(bytes, size, arguments.request, call, picture);
    std::printf("%s\t%s\t%ux%ux%u\t%s", StatusName(status), path.c_str(), picture.layout.width, picture.layout.height,
                picture.layout.channels, call.message.c_str());
    for (const std::string& warning : call.warnings) std::printf("\t[%s]", warning.c_str());
    std::printf("\n");
    if (status != POLYCODEC_SUCCESS) {
      ++failures;
    } else if (!arguments.out.empty()) {
      WritePicture(arguments.out, picture);
    }
  }
  return failures == 0 ? 0 : 1;
}

int EncodeFile(const Arguments& arguments) {
  Encoder encoder;
  int failures = 0;
  for (const std::string& path : arguments.files) {
    const Picture picture = ReadPicture(path, arguments.request.format, arguments.request.padding);
    std::vector<std::vector<uint8_t>> contents;
    for (const auto& [kind, file] : arguments.metadata) contents.push_back(ReadFile(file));
    std::vector<polycodec_metadata> metadata;
    for (size_t i = 0; i < contents.size(); ++i) {
      metadata.push_back({arguments.metadata[i].first, 0, contents[i].data(), contents[i].size()});
    }
    polycodec_call call;
    call.cancelAfter = arguments.request.cancelAfter;
    const polycodec_status status =
        encoder.Encode(picture, arguments.params, metadata, call, arguments.request.maxScratch);
    std::printf("%s\t%s\t%zu\t%s\n", StatusName(status), path.c_str(), call.sinkSize, call.message.c_str());
    if (status != POLYCODEC_SUCCESS) {
      ++failures;
    } else if (!arguments.out.empty()) {
      std::ofstream(arguments.out, std::ios::binary)
          .write(reinterpret_cast<const char*>(call.sink.data()), static_cast<std::streamsize>(call.sinkSize));
    }
  }
  return failures == 0 ? 0 : 1;
}

Arguments Parse(int count, char** words) {
  Arguments arguments;
  Request& request = arguments.request;
  const std::map<std::string, int> kinds = {
      {"--exif", POLYCODEC_METADATA_EXIF}, {"--icc", POLYCODEC_METADATA_ICC_PROFILE},
      {"--xmp", POLYCODEC_METADATA_XMP},   {"--iptc", POLYCODEC_METADATA_IPTC},
      {"--comment", POLYCODEC_METADATA_COMMENT}};
  for (int i = 2; i < count; ++i) {
    const std::string word = words[i];
    if (word == "--partial") {
      request.partial = true;
      continue;
    }
    if (word.rfind("--", 0) != 0) {
      arguments.files.push_back(word);
      continue;
    }
    const std::string value = i + 1 < count ? words[++i] : "";
    const auto number = std::strtoull(value.c_str(), nullptr, 10);
    if (word == "--format") request.format = SampleFormat(value);
    else if (word == "--scale") request.scale = static_cast<uint32_t>(number);
    else if (word == "--threads") request.threads = static_cast<uint32_t>(number);
    else if (word == "--padding") request.padding = static_cast<uint32_t>(number);
    else if (word == "--max-scans") request.maxScans = static_cast<uint32_t>(number);
    else if (word == "--max-scratch") request.maxScratch = number;
    else if (word == "--cancel-after") request.cancelAfter = static_cast<long>(number);
    else if (word == "--seed") arguments.seed = number;
    else if (word == "--count") arguments.count = static_cast<unsigned>(number);
    else if (word == "--out") arguments.out = value;
    else if (word == "--region") {
      request.hasRegion =
          std::sscanf(value.c_str(), "%u,%u,%u,%u", &request.y0, &request.x0, &request.y1, &request.x1) == 4;
    } else if (word == "--set") {
      const size_t equals = std::min(value.find('='), value.size() - 1);
      arguments.params.numbers[value.substr(0, equals)] = std::atof(value.c_str() + equals + 1);
    } else if (kinds.count(word) != 0) arguments.metadata.emplace_back(kinds.at(word), value);
    else {
      std::fprintf(stderr, "unknown option %s\n", word.c_str());
      std::exit(2);
    }
  }
  return arguments;
}

}  // namespace
}  // namespace harness

int main(int count, char** words) {
  const std::string command = count > 1 ? words[1] : "";
  const harness::Arguments arguments = harness::Parse(count, words);
  if (command == "decode") return harness::DecodeFiles(arguments);
  if (command == "encode") return harness::EncodeFile(arguments);
  if (command == "regions") return harness::CheckRegions(arguments);
  if (command == "damage") return harness::CheckDamage(arguments);
  if (command == "bands") return harness::CheckBands(arguments);
  if (command == "bench") return harness::Bench(arguments);
  if (command == "fast-compare") return harness::CompareFast(arguments);
  if (command == "fast-pairs") return harness::ComparePairs(arguments);
  if (command == "fast-drawn") return harness::CompareDrawn(arguments);
  if (command == "fast-bench") return harness::BenchFast(arguments);
  if (command == "encoders") return harness::CheckEncoders(arguments);
  if (command == "encoders-bench") return harness::BenchEncoders(arguments);
  std::fprintf(stderr,
               "usage: jpeg_harness decode|encode|regions|damage|bands|bench|fast-compare|fast-drawn|fast-pairs|fast-bench|encoders|encoders-bench "
               "[options] FILES\n");
  return 2;
}
