#include "jpeg_drawn.hpp"

#include <algorithm>
#include <array>
#include <cmath>
#include <cstdio>
#include <cstdlib>
#include <random>

#include <jpeglib.h>

namespace harness {
namespace {

using Random = std::mt19937_64;
int Below(Random& random, int limit) { return static_cast<int>(random() % static_cast<unsigned>(limit)); }

enum class Content { kSmooth, kPhoto, kSaturated, kNoise };

std::vector<uint8_t> DrawPixels(Random& random, Content content, int width, int height, int channels) {
  std::vector<uint8_t> pixels(size_t(width) * height * channels);
  const double tilt = Below(random, 100) / 10.0, phase = Below(random, 100) / 10.0;
  for (int y = 0; y < height; ++y) {
    for (int x = 0; x < width; ++x) {
      for (int c = 0; c < channels; ++c) {
        int value = 0;
        switch (content) {
          case Content::kSmooth: value = (x * 3 + y * 2 + c * 40) & 255; break;
          case Content::kPhoto:
            value = static_cast<int>(128 + 70 * std::sin(x / (3 + tilt) + phase * c) + 50 * std::cos(y / (5 + tilt) + c)) + Below(random, 12);
            if ((x / 9 + y / 13) % 5 == 0) value -= 60;
            break;
          case Content::kSaturated: value = (x / 3 + y / 5 + c) % 2 * 255; break;
          case Content::kNoise: value = Below(random, 256);
        }
        pixels[(size_t(y) * width + x) * channels + c] = static_cast<uint8_t>(std::clamp(value, 0, 255));
      }
    }
  }
  return pixels;
}

// Any order of scans that T.81 allows: bands of coefficients at random, each begun at some bit and then refined bit by
// bit, now in the bands it was begun in, now in parts of them or in several at once.
std::vector<jpeg_scan_info> DrawScript(Random& random, int components) {
  std::vector<jpeg_scan_info> scans;
  constexpr int kNothing = 99;
  std::vector<std::array<int, 64>> missing(components);
  for (auto& bits : missing) bits.fill(kNothing);
  const auto add = [&](int component, int first, int last, int high, int low) {
    scans.push_back({1, {component, 0, 0, 0}, first, last, high, low});
    for (int k = first; k <= last; ++k) missing[component][k] = low;
  };
  const int dcLow = Below(random, 3);
  const auto addDc = [&](int high, int low) {
    if (components == 1 || Below(random, 4) == 0) {
      for (int c = 0; c < components; ++c) add(c, 0, 0, high, low);
      return;
    }
    // All together, or the first alone and the others together.
    const int split = Below(random, 3) == 0 ? 1 : 0;
    if (split == 1) add(0, 0, 0, high, low);
    jpeg_scan_info scan{components - split, {}, 0, 0, high, low};
    for (int c = split; c < components; ++c) scan.component_index[c - split] = c, missing[c][0] = low;
    scans.push_back(scan);
  };
  addDc(0, dcLow);
  // Coarse enough for all of it to stay below the decoder's number of scans, most times.
  const int most = 1 + Below(random, 3);
  for (;;) {
    std::vector<std::array<int, 5>> choices;  // component, first, last, high, low
    if (missing[0][0] > 0) choices.push_back({-1, 0, 0, missing[0][0], missing[0][0] - 1});
    for (int c = 0; c < components; ++c) {
      for (int k = 1; k < 64;) {
        int end = k;
        while (end < 64 && missing[c][end] == missing[c][k]) ++end;
        const int bits = missing[c][k];
        if (bits == kNothing) choices.push_back({c, k, Below(random, most) == 0 ? end - 1 : k + Below(random, end - k), 0, Below(random, 4)});
        else if (bits > 0) choices.push_back({c, k, end - 1 - (Below(random, 6) == 0 ? Below(random, end - k) : 0), bits, bits - 1});
        k = end;
      }
    }
    if (choices.empty()) return scans;
    const auto [component, first, last, high, low] = choices[Below(random, static_cast<int>(choices.size()))];
    if (component < 0) addDc(high, low);
    else add(component, first, last, high, low);
  }
}

}  // namespace

DrawnJpeg DrawJpeg(uint64_t seed, bool progressive) {
  Random random(seed * 2 + progressive);
  constexpr int kSamplings[][2] = {{1, 1}, {2, 1}, {2, 2}, {1, 2}, {4, 1}, {4, 2}, {1, 4}, {2, 4}};
  const int width = 1 + Below(random, 80), height = 1 + Below(random, 80);
  const int kind = Below(random, 10);  // 0: gray; 1: RGB; else YCbCr
  const auto& sampling = kSamplings[Below(random, static_cast<int>(std::size(kSamplings)))];
  const int quality = 1 + Below(random, 100);
  const auto content = static_cast<Content>(Below(random, 4));
  const int channels = kind == 0 ? 1 : 3;

  jpeg_compress_struct info{};
  jpeg_error_mgr errors;
  info.err = jpeg_std_error(&errors);
  errors.emit_message = [](j_common_ptr, int) {};
  jpeg_create_compress(&info);
  unsigned char* buffer = nullptr;
  unsigned long size = 0;
  jpeg_mem_dest(&info, &buffer, &size);
  info.image_width = static_cast<JDIMENSION>(width);
  info.image_height = static_cast<JDIMENSION>(height);
  info.input_components = channels;
  info.in_color_space = channels == 1 ? JCS_GRAYSCALE : JCS_RGB;
  jpeg_set_defaults(&info);
  if (kind == 1) jpeg_set_colorspace(&info, JCS_RGB);
  if (kind > 1) info.comp_info[0].h_samp_factor = sampling[0], info.comp_info[0].v_samp_factor = sampling[1];
  jpeg_set_quality(&info, quality, Below(random, 2));
  info.optimize_coding = Below(random, 2);
  if (Below(random, 3) == 0) info.restart_in_rows = 1 + Below(random, 3);
  else if (Below(random, 3) == 0) info.restart_interval = 1 + static_cast<unsigned>(Below(random, 7));
  std::vector<jpeg_scan_info> script;
  const char* scans = "";
  if (progressive && Below(random, 2) == 0) {
    jpeg_simple_progression(&info);
    scans = " simple";
  } else if (progressive) {
    script = DrawScript(random, channels);
    info.scan_info = script.data();
    info.num_scans = static_cast<int>(script.size());
    scans = " script";
  }
  const std::vector<uint8_t> pixels = DrawPixels(random, content, width, height, channels);
  jpeg_start_compress(&info, TRUE);
  while (info.next_scanline < info.image_height) {
    JSAMPROW row = const_cast<uint8_t*>(pixels.data()) + size_t{info.next_scanline} * width * channels;
    jpeg_write_scanlines(&info, &row, 1);
  }
  jpeg_finish_compress(&info);
  DrawnJpeg drawn;
  drawn.bytes.assign(buffer, buffer + size);
  char name[128];
  std::snprintf(name, sizeof name, "drawn %llu: %dx%d %s %dx%d q%d content %d restarts %u/%d%s%s of %d scans", static_cast<unsigned long long>(seed), width,
                height, kind == 0 ? "gray" : kind == 1 ? "RGB" : "YCbCr", sampling[0], sampling[1], quality, static_cast<int>(content), info.restart_interval,
                info.restart_in_rows, info.optimize_coding ? " optimized" : "", scans, info.num_scans);
  drawn.name = name;
  jpeg_destroy_compress(&info);
  std::free(buffer);
  return drawn;
}

}  // namespace harness
