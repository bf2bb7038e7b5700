#include "jpeg_deep_color.hpp"

#include <algorithm>

namespace polycodec::jpegdeep {
namespace {

constexpr int kFractionBits = 16;
constexpr int64_t kHalf = 1 << (kFractionBits - 1);

constexpr int64_t Fixed(double value) { return static_cast<int64_t>(value * (1 << kFractionBits) + 0.5); }

struct Rgb {
  int32_t r, g, b;
};

// Of samples with this many bits.
struct Converter {
  int32_t most, center;

  explicit Converter(uint32_t precision) : most((1 << precision) - 1), center(1 << (precision - 1)) {}

  int32_t Limited(int64_t value) const { return static_cast<int32_t>(std::clamp<int64_t>(value, 0, most)); }

  Rgb FromYcc(int32_t y, int32_t cb, int32_t cr) const {
    const int64_t b = cb - center, r = cr - center;
    return {Limited(y + ((Fixed(1.40200) * r + kHalf) >> kFractionBits)),
            Limited(y + ((-Fixed(0.34414) * b - Fixed(0.71414) * r + kHalf) >> kFractionBits)),
            Limited(y + ((Fixed(1.77200) * b + kHalf) >> kFractionBits))};
  }
  int32_t Luma(const Rgb& c) const {
    return static_cast<int32_t>((Fixed(0.29900) * c.r + Fixed(0.58700) * c.g + Fixed(0.11400) * c.b + kHalf) >>
                                kFractionBits);
  }
  int32_t Cb(const Rgb& c) const { return Chroma(-Fixed(0.16874) * c.r - Fixed(0.33126) * c.g + Fixed(0.50000) * c.b); }
  int32_t Cr(const Rgb& c) const { return Chroma(Fixed(0.50000) * c.r - Fixed(0.41869) * c.g - Fixed(0.08131) * c.b); }
  // One less than half is added: otherwise the purest colours would come out one too great.
  int32_t Chroma(int64_t scaled) const {
    return Limited((scaled + (int64_t{center} << kFractionBits) + kHalf - 1) >> kFractionBits);
  }
  // ink * black / most, to the nearest.
  int32_t Multiply(int32_t a, int32_t b) const { return static_cast<int32_t>((int64_t{a} * b + most / 2) / most); }
};

// The colour at `x`, whatever it is coded as.
Rgb ColorAt(const Converter& convert, Coded coded, bool inverted, const uint16_t* const from[4], uint32_t x) {
  const auto c = [&](int i) { return static_cast<int32_t>(from[i][x]); };
  switch (coded) {
    case Coded::kGray: return {c(0), c(0), c(0)};
    case Coded::kYcc: return convert.FromYcc(c(0), c(1), c(2));
    case Coded::kCmyk:
    case Coded::kYcck: {
      Rgb ink{c(0), c(1), c(2)};
      if (coded == Coded::kYcck) {
        const Rgb absent = convert.FromYcc(c(0), c(1), c(2));
        ink = {convert.most - absent.r, convert.most - absent.g, convert.most - absent.b};
      }
      const int32_t flip = inverted ? 0 : convert.most;
      const int32_t k = c(3) ^ flip;
      return {convert.Multiply(ink.r ^ flip, k), convert.Multiply(ink.g ^ flip, k), convert.Multiply(ink.b ^ flip, k)};
    }
    default: return {c(0), c(1), c(2)};
  }
}

uint32_t ComponentsOf(Coded coded) {
  switch (coded) {
    case Coded::kGray: return 1;
    case Coded::kTwo: return 2;
    case Coded::kRgb:
    case Coded::kYcc: return 3;
    default: return 4;
  }
}

}  // namespace

ColorPlan PlanColors(Coded coded, int32_t sampleFormat) {
  const bool isCmyk = coded == Coded::kCmyk || coded == Coded::kYcck;
  const auto refuse = [](polycodec_status status) { return ColorPlan{.status = status}; };
  switch (sampleFormat) {
    case POLYCODEC_I_UNCHANGED:
    case POLYCODEC_P_UNCHANGED: return {.count = ComponentsOf(coded)};
    case POLYCODEC_I_YA:
    case POLYCODEC_P_YA:
      return coded == Coded::kTwo ? ColorPlan{.count = 2} : refuse(POLYCODEC_SAMPLE_FORMAT_UNSUPPORTED);
    default: break;
  }
  if (coded == Coded::kTwo) return refuse(POLYCODEC_COLOR_SPEC_UNSUPPORTED);
  switch (sampleFormat) {
    case POLYCODEC_I_Y:
    case POLYCODEC_P_Y: return {.channels = Channels::kY, .count = 1};
    case POLYCODEC_I_RGB:
    case POLYCODEC_P_RGB: return {.channels = Channels::kRgb, .count = 3};
    case POLYCODEC_I_BGR:
    case POLYCODEC_P_BGR: return {.channels = Channels::kBgr, .count = 3};
    case POLYCODEC_I_RGBA:
    case POLYCODEC_P_RGBA: return {.channels = Channels::kRgba, .count = 4};
    case POLYCODEC_I_YUV:
    case POLYCODEC_P_YUV:
      return isCmyk ? refuse(POLYCODEC_COLOR_SPEC_UNSUPPORTED) : ColorPlan{.channels = Channels::kYuv, .count = 3};
    default: return refuse(POLYCODEC_SAMPLE_FORMAT_UNSUPPORTED);
  }
}

bool IsAsCoded(Coded coded, Channels channels) {
  if (channels == Channels::kAsCoded) return coded != Coded::kYcc && coded != Coded::kYcck;
  return (coded == Coded::kRgb && channels == Channels::kRgb) || (coded == Coded::kYcc && channels == Channels::kYuv) ||
         ((coded == Coded::kGray || coded == Coded::kYcc) && channels == Channels::kY);
}

void ConvertRow(Coded coded, Channels channels, bool inverted, uint32_t precision, const uint16_t* const from[4],
                uint16_t* const to[4], uint32_t width) {
  const Converter convert(precision);
  const auto store = [&](int c, uint32_t x, int32_t value) { to[c][x] = static_cast<uint16_t>(value); };
  if (channels == Channels::kAsCoded && coded == Coded::kYcck) {
    // The inks; black is as coded.
    std::copy_n(from[3], width, to[3]);
    for (uint32_t x = 0; x < width; ++x) {
      const Rgb absent = convert.FromYcc(from[0][x], from[1][x], from[2][x]);
      store(0, x, convert.most - absent.r);
      store(1, x, convert.most - absent.g);
      store(2, x, convert.most - absent.b);
    }
    return;
  }
  if (channels == Channels::kYuv && coded == Coded::kGray) {
    std::copy_n(from[0], width, to[0]);
    for (int c : {1, 2}) std::fill_n(to[c], width, static_cast<uint16_t>(convert.center));
    return;
  }
  for (uint32_t x = 0; x < width; ++x) {
    const Rgb color = ColorAt(convert, coded, inverted, from, x);
    switch (channels) {
      case Channels::kY: store(0, x, convert.Luma(color)); break;
      case Channels::kYuv:
        store(0, x, convert.Luma(color));
        store(1, x, convert.Cb(color));
        store(2, x, convert.Cr(color));
        break;
      default: {
        const bool isBgr = channels == Channels::kBgr;
        store(0, x, isBgr ? color.b : color.r);
        store(1, x, color.g);
        store(2, x, isBgr ? color.r : color.b);
        if (channels == Channels::kRgba) store(3, x, convert.most);
      }
    }
  }
}

}  // namespace polycodec::jpegdeep
