// From planes to pixels: the definition gives libwebp's bytes, and AVX2 those of the definition, at every small size, at
// widths around a stretch's, in every order of channels; nothing between the rows is touched.
#include <webp/decode.h>
#include <webp/encode.h>

#include <algorithm>
#include <cstdint>
#include <cstdio>
#include <random>
#include <vector>

#include "../webp_upsample.hpp"

using namespace polycodec::webp;

namespace {

int failures = 0;
std::mt19937 randomNumbers(1);

struct Size {
  uint32_t width, height;
};

// Noise, or a gradient with edges, as WebP.
std::vector<uint8_t> Picture(Size size, bool isNoise, float quality) {
  std::vector<uint8_t> pixels(size_t{size.width} * size.height * 3);
  for (size_t i = 0; i < pixels.size(); ++i) {
    const size_t x = i / 3 % size.width, y = i / 3 / size.width, channel = i % 3;
    const bool isInside = (x / 5 + y / 7) % 3 == channel;
    pixels[i] = isNoise ? uint8_t(randomNumbers()) : uint8_t(isInside ? 255 - 9 * y : 40 * channel + 6 * x);
  }
  uint8_t* made = nullptr;
  const size_t bytes = WebPEncodeRGB(pixels.data(), int(size.width), int(size.height), int(size.width) * 3, quality, &made);
  const std::vector<uint8_t> webp(made, made + bytes);
  WebPFree(made);
  return webp;
}

using Decode = uint8_t* (*)(const uint8_t*, size_t, uint8_t*, size_t, int);
struct Order {
  PixelOrder order;
  Decode decode;
  const char* name;
};
constexpr Order kOrders[] = {{PixelOrder::kRgb, WebPDecodeRGBInto, "RGB"},
                             {PixelOrder::kBgr, WebPDecodeBGRInto, "BGR"},
                             {PixelOrder::kRgba, WebPDecodeRGBAInto, "RGBA"}};

void Test(Size size, bool isNoise, float quality) {
  const std::vector<uint8_t> webp = Picture(size, isNoise, quality);
  const size_t chromaWidth = (size.width + 1) / 2, chromaHeight = (size.height + 1) / 2;
  const size_t yStride = size.width + 3, chromaStride = chromaWidth + Planes::kMargin + 1;
  const size_t yBytes = yStride * size.height, chromaBytes = chromaStride * chromaHeight;
  // What is around the planes is noise, and of no account. No byte is behind the last one of Y.
  std::vector<uint8_t> chroma(2 * (chromaBytes + Planes::kMargin)), luma(yBytes - 3);
  for (uint8_t& byte : chroma) byte = uint8_t(randomNumbers());
  uint8_t* const u = chroma.data() + Planes::kMargin;
  const Planes planes{luma.data(), u, u + chromaBytes, yStride, chromaStride};
  if (WebPDecodeYUVInto(webp.data(), webp.size(), planes.y, luma.size(), int(yStride), planes.u, chromaBytes, int(chromaStride),
                        planes.v, chromaBytes, int(chromaStride)) == nullptr) {
    std::printf("%u x %u does not decode\n", size.width, size.height);
    ++failures;
    return;
  }
  for (const Order& order : kOrders) {
    const size_t stride = size_t{size.width} * ChannelsOf(order.order) + 5;
    std::vector<uint8_t> expected(stride * size.height, 0xa5);
    order.decode(webp.data(), webp.size(), expected.data(), expected.size(), int(stride));
    for (const bool isFast : {false, true}) {
      if (isFast && !HasFastUpsampling()) continue;
      std::vector<uint8_t> pixels(stride * size.height, 0xa5);
      Upsample(planes, size.width, size.height, order.order, pixels.data(), stride, isFast);
      if (pixels == expected) continue;
      std::printf("%u x %u, %s, %s\n", size.width, size.height, order.name, isFast ? "AVX2" : "definition");
      ++failures;
    }
  }
}

// Every Y, U and V, also those that no encoder makes: fast against the definition.
void TestColors() {
  constexpr uint32_t kWidth = 512, kRows = 2;
  std::vector<uint8_t> y(kWidth * kRows), u(kWidth / 2 + 2 * Planes::kMargin), v(u.size());
  for (uint32_t i = 0; i < kWidth; ++i) y[i] = y[kWidth + i] = uint8_t(i / 2);
  std::vector<uint8_t> slow(kWidth * kRows * 3), fast(slow.size());
  for (unsigned chroma = 0; chroma < 0x10000; ++chroma) {
    std::fill(u.begin(), u.end(), uint8_t(chroma));
    std::fill(v.begin(), v.end(), uint8_t(chroma >> 8));
    const Planes planes{y.data(), u.data() + Planes::kMargin, v.data() + Planes::kMargin, kWidth, kWidth};
    Upsample(planes, kWidth, kRows, PixelOrder::kRgb, slow.data(), kWidth * 3, false);
    Upsample(planes, kWidth, kRows, PixelOrder::kRgb, fast.data(), kWidth * 3, true);
    if (slow == fast) continue;
    std::printf("colours with U %u and V %u\n", chroma & 255, chroma >> 8);
    ++failures;
  }
}

}  // namespace

int main() {
  for (uint32_t height = 1; height <= 40; ++height) {
    for (uint32_t width = 1; width <= 40; ++width) {
      Test({width, height}, true, 100);
      Test({width, height}, false, float(randomNumbers() % 100));
    }
  }
  for (const uint32_t width : {63u, 64u, 65u, 511u, 512u, 513u, 514u, 515u, 543u, 544u, 545u, 1023u, 1024u, 1025u, 1027u}) {
    for (const uint32_t height : {1u, 2u, 17u}) Test({width, height}, true, 90);
  }
  if (HasFastUpsampling()) {
    TestColors();
  } else {
    std::printf("this CPU lacks AVX2: there is the definition only\n");
  }
  if (failures == 0) std::printf("upsampling: ok\n");
  return failures == 0 ? 0 : 1;
}
