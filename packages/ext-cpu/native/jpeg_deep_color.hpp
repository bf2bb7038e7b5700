// From coded components to the channels of an output, a row at a time, at any number of bits up to 16.
#pragma once

#include <polycodec.h>

#include <cstdint>

#include "jpeg_deep_frame.hpp"

namespace polycodec::jpegdeep {

// The channels that a sample format stands for, whatever their order in memory.
enum class Channels { kAsCoded, kY, kRgb, kBgr, kRgba, kYuv };

struct ColorPlan {
  polycodec_status status = POLYCODEC_SUCCESS;
  Channels channels = Channels::kAsCoded;
  uint32_t count = 0;
};

// What an output's sample format asks for, or why it cannot be had of what is coded. The TypeScript half accepts alike.
ColorPlan PlanColors(Coded coded, int32_t sampleFormat);

// Are the components, as they are, the channels? Then there is nothing to convert.
bool IsAsCoded(Coded coded, Channels channels);

// Converts `width` samples otherwise. `from` has a row for each component, `to` one for each channel. The formulas are
// libjpeg's (jdcolor.c, jccolor.c) with its 16 fractional bits; CMYK is multiplied as in jpeg_color.hpp.
void ConvertRow(Coded coded, Channels channels, bool inverted, uint32_t precision, const uint16_t* const from[4],
                uint16_t* const to[4], uint32_t width);

}  // namespace polycodec::jpegdeep
