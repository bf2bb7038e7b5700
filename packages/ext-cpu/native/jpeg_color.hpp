// The colour conversions that libjpeg does not do, a row at a time.
#pragma once

#include <cstdint>

namespace polycodec::jpeg {

// Converts `width` pixels from libjpeg's interleaved row to the output's. The rows must not overlap.
using RowConversion = void (*)(const uint8_t* from, uint8_t* to, uint32_t width);

// Y of gray, with Cb and Cr at their zero, 128.
void GrayToYuv(const uint8_t* from, uint8_t* to, uint32_t width);
// Full-range YCbCr as JFIF defines it (ITU-T T.871, section 7), in libjpeg's own 16-bit fixed point.
void RgbToYuv(const uint8_t* from, uint8_t* to, uint32_t width);

enum class CmykTarget { kRgb, kBgr, kRgba, kY };

// R = C * K / 255, rounded, where C and K tell the absence of ink: Adobe's applications store them so (`inverted`),
// other writers store 255 minus that.
RowConversion FromCmyk(CmykTarget target, bool inverted);

}  // namespace polycodec::jpeg
