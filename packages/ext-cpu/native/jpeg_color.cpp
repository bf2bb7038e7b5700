#include "jpeg_color.hpp"

namespace polycodec::jpeg {
namespace {

constexpr int kFractionBits = 16;
constexpr int kHalf = 1 << (kFractionBits - 1);
constexpr int kChromaZero = 128 << kFractionBits;

constexpr int Fixed(double value) { return static_cast<int>(value * (1 << kFractionBits) + 0.5); }

uint8_t Luma(int r, int g, int b) {
  return static_cast<uint8_t>((Fixed(0.299) * r + Fixed(0.587) * g + Fixed(0.114) * b + kHalf) >> kFractionBits);
}

// a * b / 255 rounded to nearest, exact for all bytes (Blinn, "Three wrongs make a right", 1995).
uint8_t MultiplyBytes(unsigned a, unsigned b) {
  const unsigned product = a * b + 128;
  return static_cast<uint8_t>((product + (product >> 8)) >> 8);
}

template <CmykTarget kTarget, bool kInverted>
void ConvertCmyk(const uint8_t* from, uint8_t* to, uint32_t width) {
  constexpr uint8_t kFlip = kInverted ? 0 : 0xff;
  for (uint32_t x = 0; x < width; ++x, from += 4) {
    const unsigned k = from[3] ^ kFlip;
    const uint8_t r = MultiplyBytes(from[0] ^ kFlip, k);
    const uint8_t g = MultiplyBytes(from[1] ^ kFlip, k);
    const uint8_t b = MultiplyBytes(from[2] ^ kFlip, k);
    if constexpr (kTarget == CmykTarget::kY) {
      *to++ = Luma(r, g, b);
    } else {
      to[0] = kTarget == CmykTarget::kBgr ? b : r;
      to[1] = g;
      to[2] = kTarget == CmykTarget::kBgr ? r : b;
      if constexpr (kTarget == CmykTarget::kRgba) to[3] = 255;
      to += kTarget == CmykTarget::kRgba ? 4 : 3;
    }
  }
}

template <CmykTarget kTarget>
RowConversion ChooseInversion(bool inverted) {
  return inverted ? ConvertCmyk<kTarget, true> : ConvertCmyk<kTarget, false>;
}

}  // namespace

void GrayToYuv(const uint8_t* from, uint8_t* to, uint32_t width) {
  for (uint32_t x = 0; x < width; ++x, to += 3) {
    to[0] = from[x];
    to[1] = to[2] = 128;
  }
}

void RgbToYuv(const uint8_t* from, uint8_t* to, uint32_t width) {
  for (uint32_t x = 0; x < width; ++x, from += 3, to += 3) {
    const int r = from[0], g = from[1], b = from[2];
    // One less than half: 255.5 would round up to 256.
    const int chroma = kChromaZero + kHalf - 1;
    to[0] = Luma(r, g, b);
    to[1] = static_cast<uint8_t>(
        (chroma - Fixed(0.168735892) * r - Fixed(0.331264108) * g + Fixed(0.5) * b) >> kFractionBits);
    to[2] = static_cast<uint8_t>(
        (chroma + Fixed(0.5) * r - Fixed(0.418687589) * g - Fixed(0.081312411) * b) >> kFractionBits);
  }
}

RowConversion FromCmyk(CmykTarget target, bool inverted) {
  switch (target) {
    case CmykTarget::kRgb: return ChooseInversion<CmykTarget::kRgb>(inverted);
    case CmykTarget::kBgr: return ChooseInversion<CmykTarget::kBgr>(inverted);
    case CmykTarget::kRgba: return ChooseInversion<CmykTarget::kRgba>(inverted);
    case CmykTarget::kY: return ChooseInversion<CmykTarget::kY>(inverted);
  }
  return nullptr;
}

}  // namespace polycodec::jpeg
