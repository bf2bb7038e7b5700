// Layouts of rows as codecs have them in their files.
#pragma once

#include <cstddef>
#include <cstdint>

#include <polycodec.h>

namespace polycodec {

// Bytes of an element; 0 for a number that is no dtype.
constexpr uint32_t ElementSize(int32_t dtype) {
  constexpr uint8_t kSizes[] = {1, 1, 2, 2, 4, 4, 2, 4, 8};
  return dtype >= 0 && dtype < static_cast<int32_t>(sizeof kSizes) ? kSizes[dtype] : 0;
}

constexpr bool IsPlanar(int32_t sampleFormat) { return (sampleFormat & 1) != 0; }

// The interleaved sample format that goes with a number of channels: Y, YA, RGB, RGBA, else unchanged.
constexpr int32_t FormatOf(uint32_t channels) {
  constexpr int32_t kFormats[] = {POLYCODEC_I_UNCHANGED, POLYCODEC_I_Y, POLYCODEC_I_YA, POLYCODEC_I_RGB,
                                  POLYCODEC_I_RGBA};
  return channels < sizeof kFormats / sizeof *kFormats ? kFormats[channels] : POLYCODEC_I_UNCHANGED;
}

// Interleaved rows without padding. The size is set by who uses them.
constexpr polycodec_layout RowLayout(int32_t sampleFormat, uint32_t channels, int32_t dtype, uint32_t precision) {
  return {.width = 0, .height = 1, .channels = channels, .dtype = dtype, .sample_format = sampleFormat,
          .color_spec = POLYCODEC_COLOR_UNKNOWN, .precision = precision, .reserved = 0, .row_stride = 0,
          .plane_stride = 0};
}

// The sample format that an output has when its rows are known by name: one that takes whatever there is gets the usual
// order of its channels.
constexpr int32_t NamedFormat(const polycodec_layout& output, const polycodec_layout& rows) {
  const bool unnamed = output.sample_format == POLYCODEC_I_UNCHANGED || output.sample_format == POLYCODEC_P_UNCHANGED;
  if (!unnamed || rows.sample_format == POLYCODEC_I_UNCHANGED || rows.sample_format == POLYCODEC_P_UNCHANGED) {
    return output.sample_format;
  }
  return FormatOf(output.channels) | (output.sample_format & 1);
}

constexpr size_t PixelBytes(const polycodec_layout& layout) {
  return size_t{layout.channels} * ElementSize(layout.dtype);
}

}  // namespace polycodec
