/*
 * Compares every way of resizing and of writing tensors with its definition, and the definition with answers known from
 * Pillow (resample_answers.hpp). Prints "N passed, N failed".
 */
#include <cmath>
#include <cstring>

#include "../pixels_level.hpp"
#include "../resample.hpp"
#include "../tensor.hpp"
#include "../tensor_rows.hpp"
#include "pixels_picture.hpp"
#include "resample_answers.hpp"

using namespace polycodec;
using namespace polycodec::pixels;
using resample::Filter;

namespace {

constexpr Level kLevels[] = {Level::kDefinition, Level::kAvx2, Level::kAvx512};

/* A picture in memory of exactly its size and the slack. */
struct Source {
  std::vector<uint8_t> bytes;
  resample::Picture picture;

  Source(uint32_t width, uint32_t height, uint32_t channels, size_t padding, bool hard) {
    const size_t stride = size_t{width} * channels + padding;
    bytes.resize(stride * (height - 1) + size_t{width} * channels + resample::kSlack);
    bytes.shrink_to_fit();
    for (uint8_t& byte : bytes) byte = hard ? (Random(2) == 0 ? 0 : 255) : static_cast<uint8_t>(Random(256));
    picture = {bytes.data(), width, height, channels, static_cast<ptrdiff_t>(stride)};
  }
};

std::vector<uint8_t> Resized(const resample::Picture& picture, uint32_t width, uint32_t height, Filter filter,
                             const resample::Window& window, Level level) {
  resample::Resize resize(picture, width, height, filter, window, level);
  Expect(resize.ok(), "no memory");
  std::vector<uint8_t> scratch(resize.scratch_bytes());
  scratch.shrink_to_fit();
  resize.Begin(scratch.data());
  const size_t row = size_t{window.width} * picture.channels;
  std::vector<uint8_t> result(row * window.height + resample::kSlack);
  for (uint32_t y = 0; y < window.height; y++) resize.Row(y, result.data() + y * row);
  result.resize(row * window.height);
  return result;
}

/* FNV-1a, 32 bits. */
uint32_t HashOf(const std::vector<uint8_t>& bytes) {
  uint32_t hash = 2166136261u;
  for (uint8_t byte : bytes) hash = (hash ^ byte) * 16777619u;
  return hash;
}

void Answers() {
  Case("pictures are resized as Pillow resizes them, to the bit", [] {
    for (const Answer& answer : kAnswers) {
      std::vector<uint8_t> bytes(size_t{answer.width} * answer.height * answer.channels + resample::kSlack);
      uint32_t state = 1; /* as in scripts/draw-resample-answers.py */
      for (uint8_t& byte : bytes) {
        state = state * 1664525u + 1013904223u;
        byte = static_cast<uint8_t>(state >> 24);
      }
      const resample::Picture picture{bytes.data(), answer.width, answer.height, answer.channels,
                                      static_cast<ptrdiff_t>(answer.width * answer.channels)};
      for (Level level : kLevels) {
        const auto got = Resized(picture, answer.toWidth, answer.toHeight, static_cast<Filter>(answer.filter),
                                 {0, 0, answer.toHeight, answer.toWidth}, level);
        Expect(HashOf(got) == answer.hash, "level %d: %ux%ux%u to %ux%u, filter %d: not Pillow's pixels",
               static_cast<int>(level), answer.width, answer.height, answer.channels, answer.toWidth, answer.toHeight,
               answer.filter);
      }
    }
  });
  Case("a constant picture stays constant, whatever the filter", [] {
    for (int32_t filter = 0; filter < resample::kFilters; filter++) {
      Source source(37, 23, 3, 5, false);
      std::memset(source.bytes.data(), 200, source.bytes.size());
      for (uint8_t byte : Resized(source.picture, 11, 50, static_cast<Filter>(filter), {0, 0, 50, 11}, Level::kAvx512)) {
        Expect(byte == 200, "filter %d: %d", filter, byte);
      }
    }
  });
}

void Agreement() {
  Case("all sizes, filters, channels and windows: every way agrees with the definition, whose window is a part of the whole",
       [] {
    for (int i = 0; i < 1500; i++) {
      const bool large = i % 50 == 0;
      const uint32_t width = 1 + Random(large ? 700 : 90), height = 1 + Random(large ? 500 : 70);
      const uint32_t toWidth = Random(9) == 0 ? width : 1 + Random(130);
      const uint32_t toHeight = Random(9) == 0 ? height : 1 + Random(130);
      const uint32_t channels = Random(3) == 0 ? 1 : 3;
      const auto filter = static_cast<Filter>(Random(resample::kFilters));
      Source source(width, height, channels, Random(20), Random(3) == 0);
      const auto whole = Resized(source.picture, toWidth, toHeight, filter, {0, 0, toHeight, toWidth}, kLevels[0]);
      const uint32_t y = Random(toHeight), x = Random(toWidth);
      const resample::Window window{y, x, 1 + Random(toHeight - y), 1 + Random(toWidth - x)};
      for (Level level : kLevels) {
        const auto got = Resized(source.picture, toWidth, toHeight, filter, window, level);
        const size_t row = size_t{window.width} * channels;
        for (uint32_t r = 0; r < window.height; r++) {
          const uint8_t* wanted = whole.data() + (size_t{window.y + r} * toWidth + window.x) * channels;
          Expect(std::memcmp(got.data() + r * row, wanted, row) == 0,
                 "level %d: %ux%ux%u to %ux%u, filter %d, window %u %u %ux%u: row %u", static_cast<int>(level), width,
                 height, channels, toWidth, toHeight, static_cast<int>(filter), window.y, window.x, window.width,
                 window.height, r);
        }
      }
    }
  });
  Case("elements of rows of 0 to 100 samples agree, in half and single precision, subnormals and infinities included", [] {
    for (size_t count = 0; count <= 100; count++) {
      for (int32_t dtype : {POLYCODEC_UINT8, POLYCODEC_FLOAT16, POLYCODEC_FLOAT32}) {
        const size_t element = ElementSize(dtype), offset = Random(4);
        std::vector<uint8_t> src(count), wanted(offset + count * element + 1, 0xa5), got;
        std::vector<float> scale(count), bias(count);
        for (size_t i = 0; i < count; i++) {
          src[i] = static_cast<uint8_t>(Random(256));
          scale[i] = std::ldexp(static_cast<float>(Random(1000)) / 500 - 1, static_cast<int>(Random(40)) - 30);
          bias[i] = std::ldexp(static_cast<float>(Random(1000)) / 500 - 1, static_cast<int>(Random(40)) - 30);
        }
        tensor::FindRow(dtype, Level::kDefinition)(src.data(), count, scale.data(), bias.data(), wanted.data() + offset);
        Expect(wanted.back() == 0xa5, "written past %zu elements", count);
        for (Level level : kLevels) {
          if (level > BestLevel()) continue;
          got.assign(wanted.size(), 0xa5);
          tensor::FindRow(dtype, level)(src.data(), count, scale.data(), bias.data(), got.data() + offset);
          Expect(got == wanted, "level %d: dtype %d, %zu elements", static_cast<int>(level), dtype, count);
        }
      }
    }
    Expect(tensor::FindRow(POLYCODEC_INT16, Level::kDefinition) == nullptr, "int16 is no tensor's dtype");
  });
}

/* What a slot must hold, from the definition of each step. */
float Wanted(const tensor::Spec& spec, const std::vector<uint8_t>& resized, uint32_t channels, uint32_t y, uint32_t x,
             uint32_t c) {
  const int64_t ry = int64_t{y} - spec.top, rx = int64_t{x} - spec.left;
  const bool inside = ry >= 0 && rx >= 0 && ry < spec.resized_height && rx < spec.resized_width;
  const uint8_t sample = inside ? resized[(ry * spec.resized_width + rx) * channels + c] : spec.padding[c];
  return static_cast<float>(sample) * spec.scale[c] + spec.bias[c];
}

void Slots() {
  Case("a slot holds the resized picture at its place, cut and padded, normalised, in either layout", [] {
    for (int i = 0; i < 600; i++) {
      const uint32_t channels = Random(3) == 0 ? 1 : 3;
      Source source(1 + Random(80), 1 + Random(60), channels, Random(9), false);
      const auto side = [] { return 1 + Random(70); };
      tensor::Spec spec{.channels_last = Random(2) == 0, .dtype = POLYCODEC_FLOAT32,
                        .filter = static_cast<Filter>(Random(resample::kFilters)), .width = side(), .height = side(),
                        .resized_width = side(), .resized_height = side(), .left = 0, .top = 0,
                        .scale = {1.0f / 255, 2, 0.5f}, .bias = {-1, 0.25f, 100}, .padding = {3, 250, 128}};
      spec.left = static_cast<int32_t>(Random(160)) - 80;
      spec.top = static_cast<int32_t>(Random(160)) - 80;
      polycodec_layout layout = Make(1, 1, channels == 1 ? POLYCODEC_I_Y : POLYCODEC_I_RGB, POLYCODEC_UINT8, 8).layout;
      layout.width = source.picture.width;
      layout.height = source.picture.height;
      layout.row_stride = static_cast<uint64_t>(source.picture.rowStride);
      const auto resized = Resized(source.picture, spec.resized_width, spec.resized_height, spec.filter,
                                   {0, 0, spec.resized_height, spec.resized_width}, Level::kDefinition);
      for (Level level : kLevels) {
        SetLevel(level);
        const uint64_t bytes = tensor::SlotBytes(spec, layout);
        std::vector<uint8_t> slot(bytes, 0xa5);
        slot.shrink_to_fit();
        std::string why;
        Expect(tensor::Write(spec, source.bytes.data(), layout, 0, slot.data(), why) == POLYCODEC_SUCCESS, "%s",
               why.c_str());
        for (uint32_t y = 0; y < spec.height; y++) {
          for (uint32_t x = 0; x < spec.width; x++) {
            for (uint32_t c = 0; c < channels; c++) {
              const size_t at = spec.channels_last ? (size_t{y} * spec.width + x) * channels + c
                                                   : (size_t{c} * spec.height + y) * spec.width + x;
              float got;
              std::memcpy(&got, &slot[at * sizeof got], sizeof got);
              Expect(got == Wanted(spec, resized, channels, y, x, c), "level %d: %u, %u, %u is %g",
                     static_cast<int>(level), y, x, c, static_cast<double>(got));
            }
          }
        }
      }
    }
  });
  Case("what makes no sense has no slot, and what takes too much scratch memory says so", [] {
    const polycodec_layout layout = Make(10, 10, POLYCODEC_I_RGB, POLYCODEC_UINT8, 8).layout;
    const tensor::Spec good{.channels_last = false, .dtype = POLYCODEC_FLOAT16, .filter = Filter::kArea, .width = 4,
                            .height = 5, .resized_width = 4, .resized_height = 5, .left = 0, .top = 0, .scale = {},
                            .bias = {}, .padding = {}};
    Expect(tensor::SlotBytes(good, layout) == 4 * 5 * 3 * 2, "bytes of a slot");
    tensor::Spec bad = good;
    bad.width = 0;
    Expect(tensor::SlotBytes(bad, layout) == 0, "no width");
    bad = good;
    bad.filter = static_cast<Filter>(resample::kFilters);
    Expect(tensor::SlotBytes(bad, layout) == 0, "no filter");
    bad = good;
    bad.dtype = POLYCODEC_INT8;
    Expect(tensor::SlotBytes(bad, layout) == 0, "no dtype");
    Expect(tensor::SlotBytes(good, Make(10, 10, POLYCODEC_P_RGB, POLYCODEC_UINT8, 8).layout) == 0, "planar");
    Expect(tensor::SlotBytes(good, Make(10, 10, POLYCODEC_I_RGB, POLYCODEC_UINT16, 16).layout) == 0, "16 bits");
    Expect(tensor::SlotBytes(good, Make(10, 10, POLYCODEC_I_RGBA, POLYCODEC_UINT8, 8).layout) == 0, "alpha");
    Picture picture = Make(10, 10, POLYCODEC_I_RGB, POLYCODEC_UINT8, 8, 0, 64);
    std::vector<uint8_t> slot(tensor::SlotBytes(good, layout));
    std::string why;
    Expect(tensor::Write(good, picture.pixels(), picture.layout, 100, slot.data(), why) == POLYCODEC_LIMIT_EXCEEDED &&
               why.find("100") != std::string::npos, "%s", why.c_str());
  });
}

}  // namespace

int main() {
  Answers();
  Agreement();
  Slots();
  std::printf("%d passed, %d failed\n", gPassed, gFailed);
  return gFailed == 0 ? 0 : 1;
}
