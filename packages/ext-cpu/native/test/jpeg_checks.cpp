#include "jpeg_checks.hpp"

#include <algorithm>
#include <chrono>
#include <cstdio>
#include <cstring>
#include <random>

#include <jpeglib.h>

namespace harness {
namespace {

double Now() {
  return std::chrono::duration<double, std::milli>(std::chrono::steady_clock::now().time_since_epoch()).count();
}

// Samples of `part`, which shows the whole's rectangle from (y0, x0) on, that differ from the whole's.
size_t CountDifferences(const Picture& whole, const Picture& part, uint32_t y0, uint32_t x0) {
  const polycodec_layout &a = whole.layout, &b = part.layout;
  const bool planar = b.plane_stride != 0;
  const size_t pixel = planar ? 1 : b.channels;
  size_t differences = 0;
  for (uint32_t p = 0; p < (planar ? b.channels : 1); ++p) {
    for (uint32_t y = 0; y < b.height; ++y) {
      const uint8_t* from = whole.pixels.data() + a.plane_stride * p + a.row_stride * (y0 + y) + x0 * pixel;
      const uint8_t* to = part.pixels.data() + b.plane_stride * p + b.row_stride * y;
      if (std::memcmp(from, to, b.width * pixel) == 0) continue;
      for (size_t i = 0; i < b.width * pixel; ++i) differences += from[i] != to[i];
    }
  }
  return differences;
}

// Region i: first the corners, edges and single pixels, then any.
void ChooseRegion(Request& request, unsigned i, uint32_t width, uint32_t height, std::mt19937_64& random) {
  const auto below = [&](uint32_t limit) { return static_cast<uint32_t>(random() % limit); };
  const auto span = [&](uint32_t side, uint32_t& begin, uint32_t& end) {
    begin = below(side);
    end = begin + 1 + below(side - begin);
  };
  request.hasRegion = true;
  span(height, request.y0, request.y1);
  span(width, request.x0, request.x1);
  switch (i) {
    case 0: request.y1 = request.y0 + 1, request.x1 = request.x0 + 1; break;
    case 1: request.y0 = request.x0 = 0, request.y1 = request.x1 = 1; break;
    case 2: request.y0 = height - 1, request.y1 = height, request.x0 = width - 1, request.x1 = width; break;
    case 3: request.y0 = 0, request.x0 = 0; break;
    case 4: request.y1 = height, request.x1 = width; break;
    case 5: request.y0 = 0, request.y1 = height; break;
    case 6: request.x0 = 0, request.x1 = width; break;
    case 7: request.x0 = 0, request.x1 = std::min(width, 2u); break;
    case 8: request.y0 = height - std::min(height, 2u), request.y1 = height; break;
    default:
      if (i % 3 != 0) break;  // small ones, where context is most of the work
      request.y1 = std::min(request.y1, request.y0 + 1 + below(40));
      request.x1 = std::min(request.x1, request.x0 + 1 + below(40));
  }
}

// What libjpeg's example program does, with the output's memory kept.
void DecodeBare(jpeg_decompress_struct& info, const std::vector<uint8_t>& bytes, std::vector<uint8_t>& pixels) {
  jpeg_mem_src(&info, bytes.data(), bytes.size());
  jpeg_read_header(&info, TRUE);
  info.out_color_space = JCS_RGB;
  info.dct_method = JDCT_ISLOW;
  jpeg_start_decompress(&info);
  const size_t stride = size_t{info.output_width} * 3;
  pixels.resize(stride * info.output_height);
  while (info.output_scanline < info.output_height) {
    JSAMPROW rows[16];
    for (unsigned i = 0; i < 16; ++i) rows[i] = pixels.data() + stride * (info.output_scanline + i);
    jpeg_read_scanlines(&info, rows, std::min(16u, info.output_height - info.output_scanline));
  }
  jpeg_finish_decompress(&info);
}

}  // namespace

int CheckRegions(const Arguments& arguments) {
  Decoder decoder(arguments.params);
  size_t files = 0, regions = 0, bad = 0;
  for (const std::string& path : arguments.files) {
    const std::vector<uint8_t> bytes = ReadFile(path);
    const Size size = ReadSize(bytes);
    Request request = arguments.request;
    polycodec_call call;
    Picture whole, part;
    if (decoder.Decode(bytes, size, request, call, whole) != POLYCODEC_SUCCESS) {
      std::printf("%s: skipped, %s\n", path.c_str(), call.message.c_str());
      continue;
    }
    ++files;
    std::mt19937_64 random(arguments.seed);
    for (unsigned i = 0; i < arguments.count; ++i, ++regions) {
      ChooseRegion(request, i, whole.layout.width, whole.layout.height, random);
      const polycodec_status status = decoder.Decode(bytes, size, request, call, part);
      const bool decoded = status == POLYCODEC_SUCCESS;
      const size_t differences = decoded ? CountDifferences(whole, part, request.y0, request.x0) : 0;
      if (decoded && differences == 0) continue;
      ++bad;
      std::printf("%s: region %u,%u,%u,%u of %ux%u scale %u: %s %s, %zu samples differ\n", path.c_str(), request.y0,
                  request.x0, request.y1, request.x1, whole.layout.width, whole.layout.height, request.scale,
                  StatusName(status), call.message.c_str(), differences);
    }
  }
  std::printf("%zu files, %zu regions, %zu bad\n", files, regions, bad);
  return bad == 0 ? 0 : 1;
}

int CheckDamage(const Arguments& arguments) {
  Decoder decoder(arguments.params);
  Picture picture;
  size_t trials = 0, successes = 0, slow = 0;
  double slowest = 0;
  for (const std::string& path : arguments.files) {
    const std::vector<uint8_t> original = ReadFile(path);
    for (unsigned i = 0; i < 240; ++i) {
      // Begun anew for every trial, so that one is the same whichever are left out.
      std::mt19937_64 random(arguments.seed * 240 + i);
      const size_t place = random() % original.size();
      const auto value = static_cast<uint8_t>(random());
      if (i % arguments.count != 0) continue;
      std::vector<uint8_t> bytes = original;
      if (i < 40) bytes.resize(original.size() * i / 40);
      else bytes[place] = value;
      bytes.shrink_to_fit();
      const Size size = ReadSize(bytes);
      if (uint64_t{size.width} * size.height > 268'402'689 || size.width == 0 || size.height == 0) continue;
      Request request = arguments.request;
      request.partial = i % 2 == 1;
      request.maxScratch = 2ull << 30;
      if (uint64_t{size.width} * size.height > 40'000'000) request.scale = 8;
      if (i % 3 == 0) {
        const auto scaled = [&](uint32_t side) { return (side + request.scale - 1) / request.scale; };
        ChooseRegion(request, 9, scaled(size.width), scaled(size.height), random);
      }
      polycodec_call call;
      const double start = Now();
      const polycodec_status status = decoder.Decode(bytes, size, request, call, picture);
      const double took = Now() - start;
      ++trials;
      successes += status == POLYCODEC_SUCCESS;
      slowest = std::max(slowest, took);
      if (took < 5000) continue;
      ++slow;
      std::printf("%s: trial %u took %.0f ms\n", path.c_str(), i, took);
    }
  }
  std::printf("%zu trials, %zu pictures, slowest %.0f ms\n", trials, successes, slowest);
  return slow == 0 ? 0 : 1;
}

int CheckBands(const Arguments& arguments) {
  int bad = 0;
  for (const std::string& path : arguments.files) {
    const std::vector<uint8_t> bytes = ReadFile(path);
    const Size size = ReadSize(bytes);
    Decoder decoder(arguments.params);
    polycodec_call call;
    Picture one, many;
    Request single = arguments.request;
    single.threads = 1;
    double singleBest = 1e9, manyBest = 1e9;
    for (unsigned i = 0; i < arguments.count; ++i) {
      double start = Now();
      if (decoder.Decode(bytes, size, single, call, one) != POLYCODEC_SUCCESS) break;
      singleBest = std::min(singleBest, Now() - start);
      start = Now();
      decoder.Decode(bytes, size, arguments.request, call, many);
      manyBest = std::min(manyBest, Now() - start);
    }
    const bool equal = one.pixels == many.pixels;
    bad += !equal;
    std::printf("%s: %s, %.1f ms and %.1f ms, %.2f times as fast\n", path.c_str(), equal ? "equal" : "DIFFERENT",
                singleBest, manyBest, singleBest / manyBest);
  }
  return bad == 0 ? 0 : 1;
}

int Bench(const Arguments& arguments) {
  Decoder decoder(arguments.params);
  for (const std::string& path : arguments.files) {
    const std::vector<uint8_t> bytes = ReadFile(path);
    const Size size = ReadSize(bytes);
    jpeg_decompress_struct info;
    jpeg_error_mgr errors;
    info.err = jpeg_std_error(&errors);
    jpeg_create_decompress(&info);
    std::vector<uint8_t> pixels;
    std::vector<double> bare, ours;
    polycodec_call call;
    Picture picture;
    for (unsigned i = 0; i < arguments.count; ++i) {
      double start = Now();
      DecodeBare(info, bytes, pixels);
      bare.push_back(Now() - start);
      start = Now();
      decoder.Decode(bytes, size, arguments.request, call, picture);
      ours.push_back(Now() - start);
    }
    jpeg_destroy_decompress(&info);
    std::sort(bare.begin(), bare.end());
    std::sort(ours.begin(), ours.end());
    const double bareMedian = bare[bare.size() / 2], median = ours[ours.size() / 2];
    std::printf("%s: bare loop %.3f ms, through the interface %.3f ms: %.3f of its speed\n", path.c_str(), bareMedian,
                median, bareMedian / median);
  }
  return 0;
}

}  // namespace harness
