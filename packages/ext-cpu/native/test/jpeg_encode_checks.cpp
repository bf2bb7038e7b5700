// The two JPEG encoders against each other: jpeg-fast at every level of instructions must make libjpeg-turbo's bytes.
#include <algorithm>
#include <chrono>
#include <cstdio>
#include <cstring>
#include <memory>
#include <numeric>
#include <random>

#include "../jpeg_encode.hpp"
#include "../jpeg_fast_encode/encode.hpp"
#include "jpeg_checks.hpp"

namespace harness {
namespace {

using polycodec::jpeg_encode::CpuLevel;
using polycodec::jpeg_encode::Level;

struct Encoders {
  polycodec::jpeg::EncodeWorker library;
  std::vector<std::unique_ptr<polycodec::jpeg_encode::EncodeWorker>> fast;  // by level

  Encoders() {
    for (int level = 0; level <= static_cast<int>(CpuLevel()); ++level) {
      fast.push_back(std::make_unique<polycodec::jpeg_encode::EncodeWorker>(static_cast<Level>(level)));
    }
  }
};

const char* LevelName(size_t level) {
  constexpr const char* kNames[] = {"scalar", "AVX2", "AVX-512"};
  return kNames[level];
}

// A picture in memory that ends with its last pixel.
struct Drawn {
  polycodec_layout layout{};
  std::unique_ptr<uint8_t[]> pixels;
  size_t size = 0;
};

using Random = std::mt19937_64;
unsigned Upto(Random& random, unsigned most) { return static_cast<unsigned>(random() % (most + 1)); }

Drawn Draw(Random& random, const std::vector<Picture>& photos, unsigned widest, unsigned tallest) {
  constexpr int kFormats[] = {POLYCODEC_I_RGB, POLYCODEC_I_BGR, POLYCODEC_I_RGBA, POLYCODEC_I_Y, POLYCODEC_P_RGB,
                              POLYCODEC_P_BGR, POLYCODEC_P_RGBA, POLYCODEC_I_YUV, POLYCODEC_P_YUV, POLYCODEC_I_RGB};
  Drawn drawn;
  polycodec_layout& layout = drawn.layout;
  layout.width = 1 + Upto(random, widest - 1);
  layout.height = 1 + Upto(random, tallest - 1);
  layout.sample_format = kFormats[Upto(random, std::size(kFormats) - 1)];
  layout.channels = ChannelsOf(layout.sample_format, 3);
  layout.dtype = POLYCODEC_UINT8;
  layout.precision = 8;
  const bool planar = IsPlanar(layout.sample_format);
  const size_t rowBytes = size_t{layout.width} * (planar ? 1 : layout.channels);
  layout.row_stride = rowBytes + (Upto(random, 2) == 0 ? Upto(random, 5000) : 0);
  layout.plane_stride = planar ? layout.row_stride * layout.height + Upto(random, 100) : 0;
  const unsigned planes = planar ? layout.channels : 1;
  drawn.size = layout.plane_stride * (planes - 1) + layout.row_stride * (layout.height - 1) + rowBytes;
  drawn.pixels = std::make_unique<uint8_t[]>(drawn.size);

  const unsigned kind = Upto(random, photos.empty() ? 5 : 7);
  const unsigned base = Upto(random, 255), range = 1 + Upto(random, 40);
  const Picture* photo = photos.empty() ? nullptr : &photos[Upto(random, static_cast<unsigned>(photos.size()) - 1)];
  const unsigned y0 = photo ? Upto(random, photo->layout.height - 1) : 0, x0 = photo ? Upto(random, photo->layout.width - 1) : 0;
  for (unsigned plane = 0; plane < planes; ++plane) {
    for (uint32_t y = 0; y < layout.height; ++y) {
      uint8_t* row = drawn.pixels.get() + layout.plane_stride * plane + layout.row_stride * y;
      for (size_t x = 0; x < rowBytes; ++x) {
        const size_t pixel = planar ? x : x / layout.channels, channel = planar ? plane : x % layout.channels;
        switch (kind) {
          case 0: row[x] = static_cast<uint8_t>(random()); break;                                  // noise
          case 1: row[x] = random() & 1 ? 255 : 0; break;                                          // saturated noise
          case 2: row[x] = (pixel / 8 + y / 8) & 1 ? 255 : 0; break;                               // checks of a block
          case 3: row[x] = static_cast<uint8_t>(pixel * 3 + y + ((random() & 63) == 0 ? 100 : 0)); break;
          case 4: row[x] = static_cast<uint8_t>(base + random() % range); break;                   // faint noise
          case 5: row[x] = static_cast<uint8_t>(base); break;                                      // flat
          default:
            row[x] = photo->pixels[((y0 + y) % photo->layout.height) * photo->layout.row_stride +
                                   (x0 + pixel) % photo->layout.width * 4 + channel];
        }
      }
    }
  }
  return drawn;
}

polycodec_params DrawParams(Random& random, const polycodec_layout& layout) {
  constexpr int kSamplings[] = {POLYCODEC_CSS_444, POLYCODEC_CSS_422, POLYCODEC_CSS_420, POLYCODEC_CSS_420, POLYCODEC_CSS_GRAY};
  polycodec_params params;
  params.numbers["quality"] = 1 + Upto(random, 99);
  const int sampling = kSamplings[Upto(random, std::size(kSamplings) - 1)];
  params.numbers["chromaSubsampling"] = layout.channels == 1 ? int{POLYCODEC_CSS_GRAY} : sampling;
  params.numbers["optimizedHuffman"] = Upto(random, 1);
  if (Upto(random, 3) == 0) params.numbers["restartInterval"] = 1 + Upto(random, 40);
  else if (Upto(random, 2) == 0) params.numbers["restartRows"] = 1 + Upto(random, 3);
  return params;
}

polycodec_encode_task TaskOf(const polycodec_layout& layout, const uint8_t* pixels, const polycodec_params& params,
                             polycodec_call& call) {
  polycodec_encode_task task{};
  task.struct_size = sizeof task;
  task.call = &call;
  task.input = layout;
  task.pixels = pixels;
  task.params = &params;
  task.threads = 1;
  return task;
}

std::vector<Picture> ReadPhotos(const Arguments& arguments) {
  std::vector<Picture> photos;
  for (const std::string& path : arguments.files) photos.push_back(ReadPicture(path, POLYCODEC_I_RGBA, 0));
  return photos;
}

}  // namespace

int CheckEncoders(const Arguments& arguments) {
  polycodec::host = &Host();
  Random random(arguments.seed);
  const std::vector<Picture> photos = ReadPhotos(arguments);
  Encoders encoders;
  polycodec_call expected, actual;
  unsigned compared = 0, differing = 0;
  for (unsigned i = 0; i < arguments.count; ++i) {
    const bool large = i % 16 == 0;
    const Drawn drawn = Draw(random, photos, large ? 700 : 80, large ? 150 : 80);
    const polycodec_params params = DrawParams(random, drawn.layout);
    polycodec_encode_task task = TaskOf(drawn.layout, drawn.pixels.get(), params, expected);
    if (polycodec::jpeg::Encode(encoders.library, task) != POLYCODEC_SUCCESS) {
      std::printf("libjpeg-turbo: %s\n", expected.message.c_str());
      return 2;
    }
    for (size_t level = 0; level < encoders.fast.size(); ++level) {
      actual.sink.clear();
      actual.sinkSize = 0;
      task.call = &actual;
      const polycodec_status status = encoders.fast[level]->Encode(task);
      ++compared;
      if (status == POLYCODEC_SUCCESS && actual.sinkSize == expected.sinkSize &&
          std::equal(actual.sink.begin(), actual.sink.begin() + static_cast<ptrdiff_t>(actual.sinkSize), expected.sink.begin())) {
        continue;
      }
      if (differing++ > 20) continue;
      const size_t size = std::min(actual.sinkSize, expected.sinkSize);
      const auto at = std::mismatch(expected.sink.begin(), expected.sink.begin() + static_cast<ptrdiff_t>(size), actual.sink.begin()).first;
      std::printf("%s: picture %u, %ux%u format %d: %s, %zu bytes of %zu, differs at %td:", LevelName(level), i,
                  drawn.layout.width, drawn.layout.height, drawn.layout.sample_format, StatusName(status),
                  actual.sinkSize, expected.sinkSize, at - expected.sink.begin());
      for (const auto& [name, number] : params.numbers) std::printf(" %s=%g", name.c_str(), number);
      std::printf("\n");
    }
  }
  std::printf("%u pictures, %u encodings at %zu levels: %u differ from libjpeg-turbo's\n", arguments.count, compared,
              encoders.fast.size(), differing);
  return differing == 0 ? 0 : 1;
}

int BenchEncoders(const Arguments& arguments) {
  polycodec::host = &Host();
  std::vector<Picture> pictures;
  double pixels = 0;
  for (const std::string& path : arguments.files) {
    pictures.push_back(ReadPicture(path, arguments.request.format, arguments.request.padding));
    pixels += double(pictures.back().layout.width) * pictures.back().layout.height;
  }
  Encoders encoders;
  polycodec_call call;
  // A pass is a batch: when an encoder comes to a picture again, others have been in the cache meanwhile. The encoders take
  // turns pass by pass, and of each picture the best time counts: what else the machine does comes in spells.
  const auto time = [&](auto&& encode, const Picture& picture) {
    const auto task = TaskOf(picture.layout, picture.pixels.data(), arguments.params, call);
    const auto start = std::chrono::steady_clock::now();
    encode(task);
    return std::chrono::duration<double>(std::chrono::steady_clock::now() - start).count();
  };
  std::vector<std::vector<double>> best(encoders.fast.size(), std::vector<double>(pictures.size(), 1e9));
  for (unsigned round = 0; round < arguments.count; ++round) {
    for (size_t level = 0; level < best.size(); ++level) {
      const auto encode = [&](const auto& task) {
        if (level == 0) polycodec::jpeg::Encode(encoders.library, task);
        else encoders.fast[level]->Encode(task);
      };
      for (size_t i = 0; i < pictures.size(); ++i) best[level][i] = std::min(best[level][i], time(encode, pictures[i]));
    }
  }
  std::vector<double> sums;
  for (const auto& times : best) sums.push_back(std::accumulate(times.begin(), times.end(), 0.0));
  std::printf("libjpeg-turbo %.3f ns a pixel", sums[0] / pixels * 1e9);
  for (size_t level = 1; level < sums.size(); ++level) {
    std::printf("; %s %.3f, %.2f times as fast", LevelName(level), sums[level] / pixels * 1e9, sums[0] / sums[level]);
  }
  std::printf("\n");
  return 0;
}

}  // namespace harness
