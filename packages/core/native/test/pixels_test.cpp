/*
 * Compares every way of doing each thing with its definition (pixels_scalar.cpp), over awkward sizes, misaligned rows
 * and padded strides, and the definition with answers known from elsewhere. Prints "N passed, N failed".
 */
#include <cstring>
#include <limits>

#include "../pixels_half.hpp"
#include "../pixels_level.hpp"
#include "../pixels_shuffle.hpp"
#include "pixels_picture.hpp"

using namespace polycodec::pixels;

namespace {

Picture MakeAwkward(uint32_t width, uint32_t height, int32_t format, int32_t dtype, uint32_t precision) {
  return Make(width, height, format, dtype, precision, 0, Random(3) == 0 ? 0 : Random(40), Random(17));
}

const char* NameOf(Level level) {
  constexpr const char* kNames[] = {"definition", "portable", "SSSE3", "AVX2", "AVX-512"};
  return kNames[static_cast<int>(level)];
}

/* Runs one transformation on all levels and compares them; the bytes between rows are compared too. */
void Compare(const TransformSpec& spec, Picture& src, Picture& dst) {
  Expect(Fits(spec, src.layout, dst.layout), "the test asks for a part outside the source");
  Picture wanted = dst;
  SetLevel(Level::kDefinition);
  Transform(spec, src.pixels(), src.layout, wanted.pixels(), wanted.layout);
  for (Level level : {Level::kPortable, Level::kSsse3, Level::kAvx2}) {
    if (level > Level::kSsse3 && !spec.flatten) break; /* there is nothing more to it */
    Picture got = dst;
    SetLevel(level);
    Transform(spec, src.pixels(), src.layout, got.pixels(), got.layout);
    const bool equal = got.bytes == wanted.bytes;
    size_t at = 0;
    while (!equal && got.bytes[at] == wanted.bytes[at]) at++;
    Expect(equal, "%s: %s/%d to %s/%d, orientation %d, %ux%u, byte %zu of %zu: %d, definition %d", NameOf(level),
           kFormatNames[src.layout.sample_format], src.layout.dtype, kFormatNames[dst.layout.sample_format],
           dst.layout.dtype, spec.orientation, dst.layout.width, dst.layout.height, at, got.bytes.size(),
           equal ? 0 : got.bytes[at], equal ? 0 : wanted.bytes[at]);
  }
}

/* A part of a somewhat larger source. */
void CompareRandomPart(uint32_t width, uint32_t height, int32_t orientation, int32_t from, int32_t fromType,
                       uint32_t fromPrecision, int32_t to, int32_t toType, uint32_t toPrecision) {
  const bool turned = orientation >= 5;
  const uint32_t y0 = Random(4), x0 = Random(4);
  const uint32_t srcWidth = (turned ? height : width) + x0 + Random(3);
  const uint32_t srcHeight = (turned ? width : height) + y0 + Random(3);
  Picture src = MakeAwkward(srcWidth, srcHeight, from, fromType, fromPrecision);
  Picture dst = MakeAwkward(width, height, to, toType, toPrecision);
  TransformSpec spec{orientation, y0, x0};
  spec.flatten = Random(2) == 0;
  for (uint8_t& value : spec.background) value = static_cast<uint8_t>(Random(256));
  if (CanTransform(src.layout, dst.layout)) Compare(spec, src, dst);
}

struct Type {
  int32_t dtype;
  uint32_t precision;
};

/* Transforms one row of uint8 pixels, on every level; expects `wanted`. */
void ExpectRow(int32_t from, std::vector<uint8_t> in, int32_t to, const std::vector<uint8_t>& wanted) {
  for (Level level : {Level::kDefinition, Level::kPortable, Level::kSsse3}) {
    SetLevel(level);
    const auto width = static_cast<uint32_t>(in.size() / kChannels[from]);
    Picture src = Make(width, 1, from, POLYCODEC_UINT8, 8), dst = Make(width, 1, to, POLYCODEC_UINT8, 8);
    src.bytes = in;
    Transform({1, 0, 0}, src.pixels(), src.layout, dst.pixels(), dst.layout);
    for (size_t i = 0; i < wanted.size(); i++) {
      Expect(dst.bytes[i] == wanted[i], "%s: %s to %s: element %zu is %d, not %d", NameOf(level), kFormatNames[from],
             kFormatNames[to], i, dst.bytes[i], wanted[i]);
    }
  }
}

void KnownAnswers() {
  Case("the eight EXIF orientations of 123/456 are as the standard draws them", [] {
    const char* wanted[] = {"123456", "321654", "654321", "456123", "142536", "415263", "635241", "362514"};
    for (Level level : {Level::kDefinition, Level::kPortable, Level::kSsse3}) {
      SetLevel(level);
      for (int32_t orientation = 1; orientation <= 8; orientation++) {
        Picture src = Make(3, 2, POLYCODEC_I_Y, POLYCODEC_UINT8, 8);
        Picture dst = orientation >= 5 ? Make(2, 3, POLYCODEC_I_Y, POLYCODEC_UINT8, 8)
                                       : Make(3, 2, POLYCODEC_I_Y, POLYCODEC_UINT8, 8);
        std::memcpy(src.pixels(), "123456", 6);
        Transform({orientation, 0, 0}, src.pixels(), src.layout, dst.pixels(), dst.layout);
        const std::string got(dst.bytes.begin(), dst.bytes.end());
        Expect(got == wanted[orientation - 1], "orientation %d: %s", orientation, got.c_str());
      }
    }
  });
  Case("the part begins at (y0, x0) of the stored picture, before it is turned", [] {
    Picture src = Make(3, 3, POLYCODEC_I_Y, POLYCODEC_UINT8, 8), dst = Make(2, 1, POLYCODEC_I_Y, POLYCODEC_UINT8, 8);
    std::memcpy(src.pixels(), "123456789", 9);
    Transform({6, 1, 2}, src.pixels(), src.layout, dst.pixels(), dst.layout);
    Expect(dst.bytes[0] == '9' && dst.bytes[1] == '6', "%c%c", dst.bytes[0], dst.bytes[1]);
    Expect(!Fits({6, 2, 2}, src.layout, dst.layout) && !Fits({1, 0, 2}, src.layout, dst.layout), "it does not fit");
    Expect(!Fits({0, 0, 0}, src.layout, dst.layout) && !Fits({9, 0, 0}, src.layout, dst.layout), "no orientation");
    Expect(!Fits({1, 0xffffffff, 0}, src.layout, dst.layout), "a sum that overflows 32 bits");
  });
  Case("channels change places, alpha is made full or dropped, gray is replicated", [] {
    ExpectRow(POLYCODEC_I_RGB, {1, 2, 3, 4, 5, 6}, POLYCODEC_I_BGR, {3, 2, 1, 6, 5, 4});
    ExpectRow(POLYCODEC_I_RGB, {1, 2, 3, 4, 5, 6}, POLYCODEC_P_RGB, {1, 4, 2, 5, 3, 6});
    ExpectRow(POLYCODEC_P_RGB, {1, 4, 2, 5, 3, 6}, POLYCODEC_I_BGR, {3, 2, 1, 6, 5, 4});
    ExpectRow(POLYCODEC_I_BGR, {1, 2, 3}, POLYCODEC_I_RGBA, {3, 2, 1, 255});
    ExpectRow(POLYCODEC_I_RGBA, {1, 2, 3, 9}, POLYCODEC_I_RGB, {1, 2, 3});
    ExpectRow(POLYCODEC_I_Y, {7, 8}, POLYCODEC_I_RGB, {7, 7, 7, 8, 8, 8});
    ExpectRow(POLYCODEC_I_Y, {7}, POLYCODEC_P_RGBA, {7, 7, 7, 255});
    ExpectRow(POLYCODEC_I_YA, {7, 9}, POLYCODEC_I_RGBA, {7, 7, 7, 9});
    ExpectRow(POLYCODEC_I_YA, {7, 9}, POLYCODEC_I_Y, {7});
    ExpectRow(POLYCODEC_I_Y, {7}, POLYCODEC_I_YUV, {7, 128, 128});
    ExpectRow(POLYCODEC_I_YUV, {7, 1, 2}, POLYCODEC_I_Y, {7});
  });
  Case("luma and YCbCr are libjpeg's", [] {
    ExpectRow(POLYCODEC_I_RGB, {255, 0, 0, 0, 255, 0, 0, 0, 255, 255, 255, 255}, POLYCODEC_I_Y, {76, 150, 29, 255});
    ExpectRow(POLYCODEC_I_BGR, {0, 0, 255}, POLYCODEC_I_YA, {76, 255});
    ExpectRow(POLYCODEC_I_RGB, {255, 0, 0, 0, 0, 255}, POLYCODEC_I_YUV, {76, 85, 255, 29, 255, 107});
    ExpectRow(POLYCODEC_I_YUV, {76, 85, 255, 128, 128, 128}, POLYCODEC_I_RGB, {254, 0, 0, 128, 128, 128});
    ExpectRow(POLYCODEC_P_YUV, {0, 0, 0}, POLYCODEC_I_BGR, {0, 135, 0});
    ExpectRow(POLYCODEC_I_YUV, {255, 255, 255}, POLYCODEC_I_RGBA, {255, 121, 255, 255});
  });
}

/* v * (2^q - 1) / (2^p - 1) to nearest, in exact integers: the remainder decides. */
uint32_t ExactRescale(uint64_t value, uint32_t p, uint32_t q) {
  const uint64_t from = (uint64_t{1} << p) - 1, to = (uint64_t{1} << q) - 1;
  const uint64_t product = (value > from ? from : value) * to;
  return static_cast<uint32_t>(product / from + (2 * (product % from) > from ? 1 : 0));
}

template <typename T>
void ExpectNumber(int32_t dtype, uint32_t precision, T value, int32_t to, uint32_t toPrecision, uint32_t wanted) {
  for (Level level : {Level::kDefinition, Level::kPortable}) {
    SetLevel(level);
    Picture src = Make(1, 1, POLYCODEC_I_Y, dtype, precision), dst = Make(1, 1, POLYCODEC_I_Y, to, toPrecision);
    std::memcpy(src.pixels(), &value, sizeof value);
    Transform({1, 0, 0}, src.pixels(), src.layout, dst.pixels(), dst.layout);
    uint32_t got = 0;
    std::memcpy(&got, dst.pixels(), dst.bytes.size());
    Expect(got == wanted, "%s: %g of dtype %d is %u, not %u", NameOf(level), static_cast<double>(value), dtype, got,
           wanted);
  }
}

void Numbers() {
  Case("signed integers: their whole range is the whole unsigned range; what is beyond the precision is clamped", [] {
    ExpectNumber<int8_t>(POLYCODEC_INT8, 8, -128, POLYCODEC_UINT8, 8, 0);
    ExpectNumber<int8_t>(POLYCODEC_INT8, 8, 0, POLYCODEC_UINT8, 8, 128);
    ExpectNumber<int8_t>(POLYCODEC_INT8, 8, 127, POLYCODEC_UINT8, 8, 255);
    ExpectNumber<int16_t>(POLYCODEC_INT16, 16, -32768, POLYCODEC_UINT8, 8, 0);
    ExpectNumber<int16_t>(POLYCODEC_INT16, 16, 32767, POLYCODEC_UINT8, 8, 255);
    ExpectNumber<int16_t>(POLYCODEC_INT16, 12, 2047, POLYCODEC_UINT8, 8, 255);
    ExpectNumber<int16_t>(POLYCODEC_INT16, 12, -2049, POLYCODEC_UINT8, 8, 0);
    ExpectNumber<int16_t>(POLYCODEC_INT16, 12, 0, POLYCODEC_UINT16, 16, 32776);
    ExpectNumber<int32_t>(POLYCODEC_INT32, 32, 2147483647, POLYCODEC_UINT32, 32, 0xffffffff);
    ExpectNumber<int32_t>(POLYCODEC_INT32, 32, -1, POLYCODEC_UINT32, 32, 0x7fffffff);
  });
  Case("floating point: 0 to 1 is all of the range, to nearest; what is outside is clamped, NaN is 0", [] {
    ExpectNumber<float>(POLYCODEC_FLOAT32, 32, 0.5f, POLYCODEC_UINT8, 8, 128);
    ExpectNumber<float>(POLYCODEC_FLOAT32, 32, 0.499f, POLYCODEC_UINT8, 8, 127);
    ExpectNumber<float>(POLYCODEC_FLOAT32, 32, 1.5f, POLYCODEC_UINT8, 8, 255);
    ExpectNumber<float>(POLYCODEC_FLOAT32, 32, -1, POLYCODEC_UINT8, 8, 0);
    ExpectNumber<float>(POLYCODEC_FLOAT32, 32, std::numeric_limits<float>::quiet_NaN(), POLYCODEC_UINT8, 8, 0);
    ExpectNumber<double>(POLYCODEC_FLOAT64, 64, 0.25, POLYCODEC_UINT16, 16, 16384);
    ExpectNumber<double>(POLYCODEC_FLOAT64, 64, 1, POLYCODEC_UINT32, 32, 0xffffffff);
    ExpectNumber<uint16_t>(POLYCODEC_FLOAT16, 16, 0x3c00, POLYCODEC_UINT8, 8, 255);
    ExpectNumber<uint16_t>(POLYCODEC_FLOAT16, 16, 0x3400, POLYCODEC_UINT8, 8, 64);
    ExpectNumber<uint16_t>(POLYCODEC_FLOAT16, 16, 0x7c00, POLYCODEC_UINT8, 8, 255);
  });
  Case("every half precision number is read, and written back the same", [] {
    for (uint32_t bits = 0; bits < 65536; bits++) {
      const float value = FromFloat16(static_cast<uint16_t>(bits));
      const bool isNan = (bits & 0x7c00) == 0x7c00 && (bits & 0x3ff) != 0;
      Expect(isNan ? value != value : ToFloat16(value) == bits, "0x%04x is %g", bits, static_cast<double>(value));
    }
    Expect(FromFloat16(1) == 0x1p-24f && FromFloat16(0x3c01) == 1 + 0x1p-10f && FromFloat16(0xfbff) == -65504,
           "known numbers");
    Expect(ToFloat16(0x1p-25f) == 0 && ToFloat16(0x1.8p-25f) == 1 && ToFloat16(65520) == 0x7c00 &&
               ToFloat16(65519) == 0x7bff && ToFloat16(2049) == 0x6800 && ToFloat16(2051) == 0x6802,
           "ties and ends");
  });
}

/* One pixel over red 10, green 20, blue 250, in 8 or 16 bits. */
void ExpectBlend(int32_t from, std::vector<uint16_t> in, bool wide, int32_t to, const std::vector<uint16_t>& wanted) {
  for (Level level : {Level::kDefinition, Level::kPortable, Level::kAvx2}) {
    SetLevel(level);
    const int32_t dtype = wide ? POLYCODEC_UINT16 : POLYCODEC_UINT8;
    const uint32_t width = 20, precision = wide ? 16 : 8;
    Picture src = Make(width, 1, from, dtype, precision), dst = Make(width, 1, to, dtype, precision);
    for (size_t i = 0; i < width * in.size(); i++) {
      std::memcpy(src.pixels() + i * (wide ? 2 : 1), &in[i % in.size()], wide ? 2 : 1);
    }
    TransformSpec spec{1, 0, 0};
    spec.flatten = true;
    spec.background[0] = 10;
    spec.background[1] = 20;
    spec.background[2] = 250;
    Transform(spec, src.pixels(), src.layout, dst.pixels(), dst.layout);
    for (size_t i = 0; i < width * wanted.size(); i++) {
      uint16_t got = 0;
      std::memcpy(&got, dst.pixels() + i * (wide ? 2 : 1), wide ? 2 : 1);
      Expect(got == wanted[i % wanted.size()], "%s: %s to %s: element %zu is %d, not %d", NameOf(level),
             kFormatNames[from], kFormatNames[to], i, got, wanted[i % wanted.size()]);
    }
  }
}

void Blending() {
  Case("alpha is blended onto the background, to nearest, where the target has none", [] {
    ExpectBlend(POLYCODEC_I_RGBA, {100, 100, 100, 0}, false, POLYCODEC_I_RGB, {10, 20, 250});
    ExpectBlend(POLYCODEC_I_RGBA, {100, 110, 120, 255}, false, POLYCODEC_I_RGB, {100, 110, 120});
    ExpectBlend(POLYCODEC_I_RGBA, {100, 100, 100, 51}, false, POLYCODEC_I_BGR, {220, 36, 28});
    ExpectBlend(POLYCODEC_I_RGBA, {100, 100, 100, 51}, false, POLYCODEC_I_RGBA, {100, 100, 100, 51});
    ExpectBlend(POLYCODEC_I_YA, {200, 51}, false, POLYCODEC_I_RGB, {48, 56, 240});
    ExpectBlend(POLYCODEC_I_YA, {200, 0}, false, POLYCODEC_I_Y, {43});
    ExpectBlend(POLYCODEC_I_RGBA, {255, 255, 255, 128}, false, POLYCODEC_I_Y, {149});
    ExpectBlend(POLYCODEC_I_RGBA, {65535, 0, 0, 13107}, true, POLYCODEC_I_RGB, {15163, 4112, 51400});
  });
  Case("every value, alpha and background of 8 bits are blended exactly by every way", [] {
    for (int ground = 0; ground < 256; ground++) {
      Picture src = Make(256, 256, POLYCODEC_I_RGBA, POLYCODEC_UINT8, 8), dst = Make(256, 256, POLYCODEC_I_RGB, 0, 8);
      for (uint32_t i = 0; i < 65536; i++) {
        for (int c = 0; c < 3; c++) src.pixels()[4 * i + c] = static_cast<uint8_t>(i);
        src.pixels()[4 * i + 3] = static_cast<uint8_t>(i >> 8);
      }
      TransformSpec spec{1, 0, 0};
      spec.flatten = true;
      for (uint8_t& value : spec.background) value = static_cast<uint8_t>(ground);
      SetLevel(ground % 16 == 0 ? Level::kPortable : Level::kAvx2);
      Transform(spec, src.pixels(), src.layout, dst.pixels(), dst.layout);
      for (uint32_t i = 0; i < 65536; i++) {
        const uint32_t value = i & 255, alpha = i >> 8;
        const uint32_t wanted = (value * alpha + ground * (255 - alpha) + 127) / 255;
        Expect(dst.bytes[3 * i] == wanted, "%u with alpha %u over %d is %d, not %u", value, alpha, ground,
               dst.bytes[3 * i], wanted);
      }
    }
  });
}

void Shrinking() {
  Case("a box becomes its mean, of what there is of it at the edges; signed halves go up", [] {
    for (Level level : {Level::kDefinition, Level::kPortable}) {
      SetLevel(level);
      Picture bytes = Make(3, 3, POLYCODEC_I_Y, POLYCODEC_UINT8, 8);
      bytes.bytes = {1, 2, 10, 3, 4, 11, 20, 21, 255};
      const polycodec_layout small = Shrink(2, bytes.pixels(), bytes.layout);
      Expect(small.width == 2 && small.height == 2 && small.row_stride == 3, "%ux%u", small.width, small.height);
      Expect(bytes.bytes[0] == 3 && bytes.bytes[1] == 11 && bytes.bytes[3] == 21 && bytes.bytes[4] == 255, "%d %d %d %d",
             bytes.bytes[0], bytes.bytes[1], bytes.bytes[3], bytes.bytes[4]);
      const int16_t signedValues[] = {-3, -2, -1, 0};
      Picture words = Make(4, 1, POLYCODEC_I_Y, POLYCODEC_INT16, 16);
      std::memcpy(words.pixels(), signedValues, sizeof signedValues);
      Shrink(2, words.pixels(), words.layout);
      int16_t means[2];
      std::memcpy(means, words.pixels(), sizeof means);
      Expect(means[0] == -2 && means[1] == 0, "%d %d", means[0], means[1]);
    }
    Expect(ShrunkenLayout(3, Make(9, 9, POLYCODEC_I_Y, POLYCODEC_UINT8, 8).layout).width == 0, "thirds");
  });
  Case("every dtype, planarity and factor is shrunk as the definition does it, in place, nothing beside it changed", [] {
    for (int32_t dtype = POLYCODEC_UINT8; dtype <= POLYCODEC_FLOAT64; dtype++) {
      for (int i = 0; i < 400; i++) {
        const uint32_t factor = 2u << Random(3);
        const uint32_t width = Random(40) == 0 ? 3000 + Random(3000) : 1 + Random(90);
        Picture a = MakeAwkward(width, 1 + Random(30), static_cast<int32_t>(Random(kFormats)), dtype,
                                8 * ElementSize(dtype));
        if (dtype >= POLYCODEC_FLOAT16) { /* NaNs have many bits; sums of them may have others */
          for (size_t b = a.offset; b < a.bytes.size(); b++) a.bytes[b] &= 0x3b;
        }
        Picture b = a;
        const std::vector<bool> inside = PixelBytes(a);
        SetLevel(Level::kDefinition);
        Shrink(factor, a.pixels(), a.layout);
        SetLevel(Level::kPortable);
        b.layout = Shrink(factor, b.pixels(), b.layout);
        const std::vector<bool> result = PixelBytes(b);
        for (size_t at = 0; at < a.bytes.size(); at++) {
          Expect(!result[at] || a.bytes[at] == b.bytes[at], "dtype %d by %u: byte %zu", dtype, factor, at);
          Expect(inside[at] || a.bytes[at] == b.bytes[at], "dtype %d by %u: byte %zu is none of the picture's", dtype,
                 factor, at);
        }
      }
    }
  });
}

void Rescaling() {
  Case("integers of every precision up to 16 are scaled exactly, stray high bits counting as the greatest", [] {
    Picture src = Make(65536, 1, POLYCODEC_I_Y, POLYCODEC_UINT16, 16);
    for (uint32_t v = 0; v < 65536; v++) {
      const auto value = static_cast<uint16_t>(v);
      std::memcpy(src.pixels() + 2 * v, &value, 2);
    }
    for (uint32_t p = 1; p <= 16; p++) {
      for (uint32_t q = 1; q <= 16; q++) {
        for (Level level : {Level::kDefinition, Level::kPortable}) {
          SetLevel(level);
          src.layout.precision = p;
          Picture dst = Make(65536, 1, POLYCODEC_I_Y, q <= 8 ? POLYCODEC_UINT8 : POLYCODEC_UINT16, q);
          Transform({1, 0, 0}, src.pixels(), src.layout, dst.pixels(), dst.layout);
          if (p == q && q > 8) continue; /* the same layout: a copy */
          for (uint32_t v = 0; v < 65536; v++) {
            uint16_t got = dst.bytes[v < dst.bytes.size() ? v : 0];
            if (q > 8) std::memcpy(&got, dst.pixels() + 2 * v, 2);
            if (got == ExactRescale(v, p, q)) continue;
            Expect(false, "%s: %u of precision %u is %u in precision %u, not %u", NameOf(level), v, p, got, q,
                   ExactRescale(v, p, q));
          }
        }
      }
    }
  });
  Case("8 bits to 16 is times 257, 16 to 8 rounds, 32 bits keep their ends", [] {
    Expect(Rescale(200, 255, 65535) == 200 * 257, "200 in 16 bits");
    Expect(Rescale(128, 65535, 255) == 0 && Rescale(129, 65535, 255) == 1, "128 and 129 in 8 bits");
    Expect(Rescale(2048, 4095, 255) == 128, "2048 of 12 bits in 8 bits");
    Expect(Rescale(0xffffffff, 0xffffffff, 0xffffffff) == 0xffffffff, "32 bits in 32");
    Expect(Rescale(255, 255, 0xffffffff) == 0xffffffff && Rescale(1, 255, 0xffffffff) == 0x01010101, "8 bits in 32");
    for (int i = 0; i < 100000; i++) {
      const uint32_t value = Random(0xffffffff), p = 1 + Random(32), q = 1 + Random(32);
      Expect(Rescale(value, FullScale(p), FullScale(q)) == ExactRescale(value, p, q), "%u from %u to %u", value, p, q);
    }
  });
}

void Agreement() {
  Case("8-bit pixels of all formats, widths 1 to 130 and orientations: every way agrees with the definition", [] {
    for (uint32_t width = 1; width <= 130; width++) {
      for (int32_t from = 0; from < kFormats; from++) {
        for (int32_t to = 0; to < kFormats; to++) {
          for (int32_t orientation = 1; orientation <= 8; orientation++) {
            if (from != to && Random(4) != 0) continue; /* a quarter of a million cases is enough */
            const uint32_t height = Random(8) == 0 ? 60 + Random(80) : 1 + Random(20);
            CompareRandomPart(width, height, orientation, from, POLYCODEC_UINT8, 8, to, POLYCODEC_UINT8, 8);
          }
        }
      }
    }
  });
  Case("the conversions that matter are done by shuffles, where the CPU has them", [] {
    const struct {
      uint32_t in;
      bool planarIn;
      uint32_t out;
      bool planarOut;
      int8_t take[4];
    } wanted[] = {
        {3, false, 3, false, {2, 1, 0}},     {3, false, 4, false, {0, 1, 2, -1}}, {3, false, 4, false, {2, 1, 0, -1}},
        {4, false, 3, false, {0, 1, 2}},     {4, false, 3, false, {2, 1, 0}},     {1, false, 3, false, {0, 0, 0}},
        {1, true, 4, false, {0, 0, 0, -1}},  {2, false, 2, true, {0, 1}},         {3, false, 3, true, {0, 1, 2}},
        {3, false, 3, true, {2, 1, 0}},      {4, false, 4, true, {0, 1, 2, 3}},   {4, false, 3, true, {0, 1, 2}},
        {3, true, 3, false, {0, 1, 2}},      {3, true, 3, false, {2, 1, 0}},      {3, true, 4, false, {0, 1, 2, -1}},
        {4, true, 4, false, {0, 1, 2, 3}},   {4, true, 3, false, {0, 1, 2}}};
    for (const auto& [in, planarIn, out, planarOut, take] : wanted) {
      const bool found = FindShuffle(in, planarIn, out, planarOut, take) != nullptr;
      Expect(found || BestLevel() < Level::kSsse3, "no shuffle of %u%s to %u%s channels, first %d", in,
             planarIn ? " planar" : "", out, planarOut ? " planar" : "", take[0]);
    }
  });
  Case("elements of other dtypes and precisions likewise", [] {
    const Type types[] = {
        {POLYCODEC_UINT8, 8},   {POLYCODEC_UINT8, 5},   {POLYCODEC_INT8, 8},     {POLYCODEC_UINT16, 16},
        {POLYCODEC_UINT16, 12}, {POLYCODEC_INT16, 16},  {POLYCODEC_UINT32, 32},  {POLYCODEC_INT32, 32},
        {POLYCODEC_FLOAT16, 16}, {POLYCODEC_FLOAT32, 32}, {POLYCODEC_FLOAT64, 64}};
    for (const Type& a : types) {
      for (const Type& b : types) {
        for (int32_t from = 0; from < kFormats; from++) {
          for (int32_t to = 0; to < kFormats; to++) {
            for (int32_t orientation = 1; orientation <= 8; orientation++) {
              if (Random(3) != 0) continue;
              CompareRandomPart(1 + Random(70), 1 + Random(30), orientation, from, a.dtype, a.precision, to, b.dtype,
                                b.precision);
            }
          }
        }
      }
    }
  });
  Case("pixels of many channels, too large for a tile, are turned too", [] {
    for (uint32_t channels : {7u, 12u, 16u, 30u, 100u, 200u}) {
      for (int32_t orientation = 1; orientation <= 8; orientation++) {
        for (int32_t dtype : {POLYCODEC_UINT8, POLYCODEC_FLOAT64}) {
          for (int32_t planarity = 0; planarity < 4; planarity++) {
            const uint32_t precision = dtype == POLYCODEC_UINT8 ? 8 : 64;
            const uint32_t width = 1 + Random(30), height = 1 + Random(30);
            const bool turned = orientation >= 5;
            Picture src = Make(turned ? height : width, turned ? width : height, planarity & 1, dtype, precision,
                               channels);
            Picture dst = Make(width, height, planarity >> 1, dtype, precision, channels, 5);
            Compare({orientation, 0, 0}, src, dst);
          }
        }
      }
    }
  });
  Case("nothing is written beside the target's pixels", [] {
    for (int i = 0; i < 2000; i++) {
      const int32_t orientation = 1 + static_cast<int32_t>(Random(8));
      const uint32_t width = 1 + Random(80), height = 1 + Random(20);
      Picture src = Make(orientation >= 5 ? height : width, orientation >= 5 ? width : height,
                         static_cast<int32_t>(Random(kFormats)), POLYCODEC_UINT8, 8);
      Picture dst = Make(width, height, static_cast<int32_t>(Random(kFormats)), POLYCODEC_UINT8, 8, 0, 1 + Random(30),
                         3);
      if (!CanTransform(src.layout, dst.layout)) continue;
      const std::vector<uint8_t> before = dst.bytes;
      SetLevel(static_cast<Level>(Random(3)));
      Transform({orientation, 0, 0}, src.pixels(), src.layout, dst.pixels(), dst.layout);
      const std::vector<bool> inside = PixelBytes(dst);
      for (size_t b = 0; b < before.size(); b++) {
        Expect(inside[b] || before[b] == dst.bytes[b], "byte %zu, %s to %s", b, kFormatNames[src.layout.sample_format],
               kFormatNames[dst.layout.sample_format]);
      }
    }
  });
  Case("rows of 1 to 130 pixels and 1 to 6 channels are split, whatever their alignment", [] {
    for (uint32_t width = 0; width <= 130; width++) {
      for (uint32_t channels = 1; channels <= 6; channels++) {
        const size_t offset = Random(17);
        std::vector<uint8_t> row(offset + size_t{width} * channels);
        for (uint8_t& byte : row) byte = static_cast<uint8_t>(Random(256));
        for (Level level : {Level::kDefinition, Level::kSsse3}) {
          SetLevel(level);
          std::vector<std::vector<uint8_t>> planes(channels, std::vector<uint8_t>(width + 1, 0xa5));
          uint8_t* pointers[6];
          for (uint32_t c = 0; c < channels; c++) pointers[c] = planes[c].data();
          SplitRow(row.data() + offset, pointers, channels, width);
          for (uint32_t c = 0; c < channels; c++) {
            Expect(planes[c][width] == 0xa5, "%s: channel %u of %u written past %u", NameOf(level), c, channels, width);
            for (uint32_t x = 0; x < width; x++) {
              Expect(planes[c][x] == row[offset + x * channels + c], "%s: pixel %u of %u, channel %u of %u",
                     NameOf(level), x, width, c, channels);
            }
          }
        }
      }
    }
  });
}

template <typename T>
void ExpectFill(int32_t dtype, double value, T wanted) {
  Picture picture = Make(1, 1, POLYCODEC_I_Y, dtype, 8 * sizeof(T));
  const double fill[5] = {value};
  Fill(picture.layout, picture.pixels(), fill);
  T got;
  std::memcpy(&got, picture.pixels(), sizeof got);
  Expect(got == wanted, "%g as dtype %d is %g, not %g", value, dtype, static_cast<double>(got),
         static_cast<double>(wanted));
}

void Filling() {
  Case("a fill is rounded and clamped to the dtype", [] {
    const double nan = std::numeric_limits<double>::quiet_NaN(), infinity = std::numeric_limits<double>::infinity();
    ExpectFill<uint8_t>(POLYCODEC_UINT8, 300, 255);
    ExpectFill<uint8_t>(POLYCODEC_UINT8, -5, 0);
    ExpectFill<uint8_t>(POLYCODEC_UINT8, 127.5, 128);
    ExpectFill<uint8_t>(POLYCODEC_UINT8, nan, 0);
    ExpectFill<int8_t>(POLYCODEC_INT8, -200, -128);
    ExpectFill<int8_t>(POLYCODEC_INT8, -2.5, -3);
    ExpectFill<uint16_t>(POLYCODEC_UINT16, 1e9, 65535);
    ExpectFill<int16_t>(POLYCODEC_INT16, -infinity, -32768);
    ExpectFill<uint32_t>(POLYCODEC_UINT32, 4294967295.0, 0xffffffff);
    ExpectFill<uint32_t>(POLYCODEC_UINT32, infinity, 0xffffffff);
    ExpectFill<int32_t>(POLYCODEC_INT32, 1e12, 0x7fffffff);
    ExpectFill<float>(POLYCODEC_FLOAT32, 0.1, 0.1f);
    ExpectFill<float>(POLYCODEC_FLOAT32, 1e300, std::numeric_limits<float>::max());
    ExpectFill<double>(POLYCODEC_FLOAT64, 0.1, 0.1);
  });
  Case("float16 fills have IEEE 754's bits", [] {
    const double infinity = std::numeric_limits<double>::infinity();
    const struct { double value; uint16_t bits; } known[] = {
        {0, 0},          {-0.0, 0x8000},   {1, 0x3c00},        {-2, 0xc000},          {1.0 / 3, 0x3555},
        {65504, 0x7bff}, {1e9, 0x7bff},    {-infinity, 0xfc00}, {0x1p-24, 1},          {0x1p-14, 0x0400},
        {0x1p-25, 0},    {0x1.8p-24, 2},   {2049, 0x6800},     {2051, 0x6802},        {0x1.ff8p-15, 0x03ff},
        {0x1.ffcp-15, 0x0400}, {0.99999, 0x3c00}};
    for (const auto& [value, bits] : known) ExpectFill<uint16_t>(POLYCODEC_FLOAT16, value, bits);
  });
  Case("a fill sets every channel and nothing beside the pixels, in both planarities", [] {
    const double fill[5] = {1, 2, 3, 4, 5};
    for (int32_t dtype : {POLYCODEC_UINT8, POLYCODEC_UINT16, POLYCODEC_UINT32}) {
      for (int i = 0; i < 300; i++) {
        const int32_t planar = static_cast<int32_t>(Random(2));
        Picture picture = Make(1 + Random(50), 1 + Random(9), planar, dtype, 8, 1 + Random(7), Random(9), Random(5));
        const std::vector<uint8_t> before = picture.bytes;
        Fill(picture.layout, picture.pixels(), fill);
        const Steps steps = StepsOf(picture.layout);
        for (uint32_t y = 0; y < picture.layout.height; y++) {
          for (uint32_t x = 0; x < picture.layout.width; x++) {
            for (uint32_t c = 0; c < picture.layout.channels; c++) {
              const uint8_t* at = picture.pixels() + y * steps.row + x * steps.pixel + c * steps.channel;
              uint32_t got = 0;
              std::memcpy(&got, at, ElementSize(dtype));
              Expect(got == (c < 4 ? c + 1 : 5), "channel %u at %u, %u is %u", c, y, x, got);
            }
          }
        }
        const std::vector<bool> inside = PixelBytes(picture);
        for (size_t b = 0; b < before.size(); b++) Expect(inside[b] || before[b] == picture.bytes[b], "byte %zu", b);
      }
    }
  });
}

void Decisions() {
  const auto can = [](int32_t from, int32_t fromType, uint32_t fromPrecision, int32_t to, int32_t toType,
                      uint32_t toPrecision) {
    return CanTransform(Make(1, 1, from, fromType, fromPrecision).layout, Make(1, 1, to, toType, toPrecision).layout);
  };
  Case("CanTransform says which conversions there are", [&] {
    const int32_t u8 = POLYCODEC_UINT8, u16 = POLYCODEC_UINT16, f32 = POLYCODEC_FLOAT32, i16 = POLYCODEC_INT16;
    Expect(can(POLYCODEC_I_RGB, u8, 8, POLYCODEC_P_RGBA, u16, 12), "RGB to planar RGBA, 12 bits");
    Expect(can(POLYCODEC_I_YUV, u8, 8, POLYCODEC_I_BGR, u8, 8), "YUV to BGR");
    Expect(!can(POLYCODEC_I_YUV, u16, 16, POLYCODEC_I_BGR, u16, 16), "YUV of 16 bits to BGR");
    Expect(can(POLYCODEC_I_YUV, u16, 16, POLYCODEC_P_YUV, u8, 8), "YUV to itself in 8 bits");
    Expect(!can(POLYCODEC_I_RGB, u8, 8, POLYCODEC_I_RGB, f32, 32), "integers to floats");
    Expect(can(POLYCODEC_I_RGB, f32, 32, POLYCODEC_P_BGR, f32, 32), "floats to planar floats");
    Expect(!can(POLYCODEC_I_RGB, f32, 32, POLYCODEC_I_RGBA, f32, 32), "floats have no full alpha");
    Expect(!can(POLYCODEC_I_RGB, i16, 16, POLYCODEC_I_Y, i16, 16), "luma of signed integers");
    Expect(!can(POLYCODEC_I_RGB, i16, 12, POLYCODEC_I_RGB, i16, 16), "signed integers of other precision");
    Expect(can(POLYCODEC_I_RGB, i16, 16, POLYCODEC_I_RGB, u16, 16), "signed to unsigned");
    Expect(!can(POLYCODEC_I_RGB, u16, 16, POLYCODEC_I_RGB, i16, 16), "unsigned to signed");
    Expect(can(POLYCODEC_I_RGB, f32, 32, POLYCODEC_I_Y, u8, 8), "luma of floats, in bytes");
    Expect(!can(POLYCODEC_I_UNCHANGED, u8, 8, POLYCODEC_I_RGB, u8, 8), "UNCHANGED to RGB");
    Expect(!can(POLYCODEC_I_RGB, u8, 0, POLYCODEC_I_RGB, u8, 8), "a precision of nothing");
    Expect(!can(POLYCODEC_I_RGB, u8, 9, POLYCODEC_I_RGB, u8, 8), "nine bits in eight");

    polycodec_layout four = Make(1, 1, POLYCODEC_I_UNCHANGED, u8, 8, 4).layout, five = four, cmyk = four;
    five.channels = 5;
    Expect(CanTransform(four, four) && !CanTransform(four, five), "UNCHANGED with other channels");
    cmyk.color_spec = POLYCODEC_COLOR_CMYK;
    four.color_spec = POLYCODEC_COLOR_YCCK;
    Expect(!CanTransform(cmyk, four) && CanTransform(cmyk, five = cmyk), "UNCHANGED with another color spec");
    polycodec_layout odd = Make(1, 1, POLYCODEC_I_RGB, u8, 8).layout;
    odd.channels = 4;
    Expect(!CanTransform(odd, odd), "RGB of four channels");
    odd.channels = 3;
    odd.sample_format = kFormats;
    Expect(!CanTransform(odd, odd), "a format that does not exist");
  });
}

}  // namespace

int main() {
  std::printf("best level here: %s\n", NameOf(BestLevel()));
  KnownAnswers();
  Numbers();
  Blending();
  Shrinking();
  Rescaling();
  Decisions();
  Agreement();
  Filling();
  std::printf("%d passed, %d failed\n", gPassed, gFailed);
  return gFailed == 0 ? 0 : 1;
}
