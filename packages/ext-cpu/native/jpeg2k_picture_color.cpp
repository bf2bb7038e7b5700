// The colours of a row: YCbCr and CMYK to RGB, RGB to gray and YCbCr.
#include "jpeg2k_picture.hpp"

#include <algorithm>

#include "jpeg2k_samples.hpp"

namespace polycodec::jpeg2k {

// YCbCr as JFIF has it (ITU-T T.871, section 7) and T.800 names sYCC, in 16 bits of fraction: the numbers of libjpeg and
// of core's own conversion, for samples of any precision.
template <typename Wide>
void Picture::ConvertWide(int32_t** rows, uint32_t width) const {
  const auto full = static_cast<Wide>(FullScale(precision_));
  const Wide middle = (full + 1) / 2;
  const auto clamped = [full](Wide value) { return static_cast<int32_t>(std::clamp<Wide>(value, 0, full)); };
  const auto luma = [](Wide r, Wide g, Wide b) { return (19595 * r + 38470 * g + 7471 * b + 32768) >> 16; };
  int32_t *__restrict a = rows[0], *__restrict b = rows[1], *__restrict c = rows[2];
  const int32_t* k = color_ == Color::kCmyk ? rows[3] : nullptr;
  if (k != nullptr) {
    // The absence of ink and of black, multiplied (no profile).
    for (int32_t* row : {a, b, c}) {
      for (uint32_t x = 0; x < width; ++x) {
        const auto ink = static_cast<int64_t>(full) - clamped(row[x]), black = static_cast<int64_t>(full) - clamped(k[x]);
        row[x] = static_cast<int32_t>((ink * black + full / 2) / full);
      }
    }
  }
  switch (conversion_) {
    case Conversion::kYccToRgb:
      for (uint32_t x = 0; x < width; ++x) {
        const Wide y = a[x], cb = b[x] - middle, cr = c[x] - middle;
        a[x] = clamped(y + ((91881 * cr + 32768) >> 16));
        b[x] = clamped(y + ((-22554 * cb - 46802 * cr + 32768) >> 16));
        c[x] = clamped(y + ((116130 * cb + 32768) >> 16));
      }
      break;
    case Conversion::kRgbToGray: case Conversion::kCmykToGray:
      for (uint32_t x = 0; x < width; ++x) a[x] = clamped(luma(clamped(a[x]), clamped(b[x]), clamped(c[x])));
      break;
    case Conversion::kToYcc: case Conversion::kCmykToYcc:
      for (uint32_t x = 0; x < width; ++x) {
        const Wide red = clamped(a[x]), green = clamped(b[x]), blue = clamped(c[x]);
        a[x] = clamped(luma(red, green, blue));
        b[x] = clamped(((-11059 * red - 21709 * green + 32768 * blue + 32767) >> 16) + middle);
        c[x] = clamped(((32768 * red - 27439 * green - 5329 * blue + 32767) >> 16) + middle);
      }
      break;
    default: break;
  }
}

void Picture::Convert(int32_t** rows, uint32_t width) const {
  if (precision_ <= 13) {
    ConvertWide<int32_t>(rows, width);
  } else {
    ConvertWide<int64_t>(rows, width);
  }
}

}  // namespace polycodec::jpeg2k
