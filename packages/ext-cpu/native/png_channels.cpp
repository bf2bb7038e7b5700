#include "png_channels.hpp"

#include <cstring>
#include <utility>

#include <polycodec.hpp>

#include "png_shuffle.hpp"

namespace polycodec::png {
namespace {

constexpr int8_t kFull = -1, kLuma = -2;

// A sample format without its planarity, as in polycodec_sample_format.
enum Order { kUnchanged, kY, kYa, kRgbOrder, kBgr, kRgbaOrder, kYuv };
Order OrderOf(const polycodec_layout& layout) { return Order(layout.sample_format >> 1); }

uint32_t ChannelsOf(Order order) {
  switch (order) {
    case kY: return 1;
    case kYa: return 2;
    case kRgbOrder: case kBgr: return 3;
    case kRgbaOrder: return 4;
    default: return 0;
  }
}

// BT.601, as polycodec's runtime does it (core, native/pixels_conversion.hpp).
template <typename Sample>
uint32_t Luma(const Sample* rgb) {
  return uint32_t((19595ull * rgb[0] + 38470ull * rgb[1] + 7471ull * rgb[2] + 32768) >> 16);
}

// v * 255 / 65535 to nearest, for all 65,536 values (there is a test): 32768 for the half, and 127 more since the
// division is by 65536.
template <typename Out>
Out Scaled(uint32_t value, bool halve) {
  return Out(halve ? (value * 255 + 32895) >> 16 : value);
}

}  // namespace

OutputChannels PlanOutput(uint32_t channels, uint32_t sampleBytes, const polycodec_layout& output) {
  const bool sameDepth = sampleBytes == 1 ? output.dtype == POLYCODEC_UINT8 && output.precision == 8
                                          : output.dtype == POLYCODEC_UINT16 && output.precision == 16;
  if (!sameDepth && !(output.dtype == POLYCODEC_UINT8 && output.precision == 8)) {
    return {POLYCODEC_SAMPLE_TYPE_UNSUPPORTED, false};
  }
  const Order order = OrderOf(output);
  if (order == kUnchanged) {
    if (output.channels != channels) return {POLYCODEC_NUM_CHANNELS_UNSUPPORTED, false};
    return {POLYCODEC_SUCCESS, channels % 2 == 0};
  }
  if (ChannelsOf(order) == 0) return {POLYCODEC_SAMPLE_FORMAT_UNSUPPORTED, false};
  if (ChannelsOf(order) != output.channels) return {POLYCODEC_NUM_CHANNELS_UNSUPPORTED, false};
  return {POLYCODEC_SUCCESS, order == kYa || order == kRgbaOrder};
}

ChannelWriter::ChannelWriter(uint32_t channels, uint32_t sampleBytes, const polycodec_layout& output, bool simd)
    : inChannels_(channels), inBytes_(sampleBytes), outChannels_(output.channels),
      outBytes_(output.dtype == POLYCODEC_UINT16 ? 2 : 1),
      planeStride_(output.channels > 1 && (output.sample_format & 1) != 0 ? output.plane_stride : 0), simd_(simd) {
  Order order = OrderOf(output);
  if (order == kUnchanged) order = Order(channels == 1 ? kY : channels == 2 ? kYa : channels == 3 ? kRgbOrder : kRgbaOrder);
  const bool color = channels >= 3;
  const int8_t alpha = channels % 2 == 0 ? int8_t(channels - 1) : kFull;
  const bool gray = order == kY || order == kYa;
  take_[0] = gray && color ? kLuma : 0;
  take_[1] = gray ? alpha : int8_t(color ? 1 : 0);
  take_[2] = color ? 2 : 0;
  take_[3] = alpha;
  if (order == kBgr) std::swap(take_[0], take_[2]);
  identity_ = inBytes_ == outBytes_ && inChannels_ == outChannels_ && order != kBgr;
}

template <typename In, typename Out>
void ChannelWriter::Convert(const uint8_t* from, uint32_t count, uint8_t* to) const {
  constexpr bool kHalve = sizeof(In) > sizeof(Out);
  const In* in = reinterpret_cast<const In*>(from);
  // The output may be of any alignment.
  const auto put = [&](size_t i, Out value) { std::memcpy(to + i * sizeof(Out), &value, sizeof(Out)); };
  if (inChannels_ == outChannels_ && take_[0] == 0) {
    for (size_t i = 0; i < size_t{count} * inChannels_; ++i) put(i, Scaled<Out>(in[i], kHalve));
    return;
  }
  for (uint32_t x = 0; x < count; ++x, in += inChannels_, to += outChannels_ * sizeof(Out)) {
    for (uint32_t c = 0; c < outChannels_; ++c) {
      const int8_t take = take_[c];
      put(c, take == kFull ? Out(~Out{0}) : Scaled<Out>(take == kLuma ? Luma(in) : in[take], kHalve));
    }
  }
}

void ChannelWriter::WriteInterleaved(const uint8_t* samples, uint32_t count, uint8_t* to) const {
  if (identity_) {
    std::memcpy(to, samples, size_t{count} * PixelBytes());
  } else if (inBytes_ == 1) {
    uint32_t done = 0;
    if (simd_ && take_[0] != kLuma) done = ShufflePixels(samples, inChannels_, to, outChannels_, take_, count);
    Convert<uint8_t, uint8_t>(samples + size_t{done} * inChannels_, count - done, to + size_t{done} * outChannels_);
  } else if (outBytes_ == 2) {
    Convert<uint16_t, uint16_t>(samples, count, to);
  } else {
    Convert<uint16_t, uint8_t>(samples, count, to);
  }
}

void ChannelWriter::WriteRow(const uint8_t* samples, uint32_t count, uint8_t* row) {
  if (!IsPlanar()) return WriteInterleaved(samples, count, row);
  const uint8_t* pixels = samples;
  if (!identity_) {
    if (interleaved_.size() < size_t{count} * PixelBytes()) interleaved_.resize(size_t{count} * PixelBytes());
    WriteInterleaved(samples, count, interleaved_.data());
    pixels = interleaved_.data();
  }
  if (outBytes_ == 1) {
    uint8_t* planes[4];
    for (uint32_t c = 0; c < outChannels_; ++c) planes[c] = row + planeStride_ * c;
    host->split_row(pixels, planes, outChannels_, count);
    return;
  }
  for (uint32_t c = 0; c < outChannels_; ++c) {
    uint8_t* to = row + planeStride_ * c;
    for (uint32_t x = 0; x < count; ++x) std::memcpy(to + 2 * size_t{x}, pixels + 2 * (size_t{x} * outChannels_ + c), 2);
  }
}

void ChannelWriter::PutPixel(const uint8_t* pixel, uint8_t* row, uint32_t x) const {
  if (!IsPlanar()) {
    const size_t size = PixelBytes();
    for (size_t i = 0; i < size; ++i) row[size * x + i] = pixel[i];
    return;
  }
  for (uint32_t c = 0; c < outChannels_; ++c) {
    std::memcpy(row + planeStride_ * c + size_t{x} * outBytes_, pixel + c * outBytes_, outBytes_);
  }
}

}  // namespace polycodec::png
