// From interleaved samples to the output's channels, order and depth.
#pragma once

#include <cstddef>
#include <cstdint>
#include <vector>

#include <polycodec.h>

namespace polycodec::png {

// Which channels an output layout has. `alpha` is whether it shows transparency.
struct OutputChannels {
  polycodec_status status = POLYCODEC_SUCCESS;
  bool alpha = false;
};
// `channels` of the picture: 1 gray, 2 with alpha, 3 RGB, 4 RGBA.
OutputChannels PlanOutput(uint32_t channels, uint32_t sampleBytes, const polycodec_layout& output);

// Converts rows of samples: 8 bits to 8, 16 to 16, 16 to 8 (v / 257 to nearest). Gray becomes RGB by repetition, RGB
// gray by BT.601 luma as in core's runtime, alpha that the samples lack is full, alpha that the output lacks is dropped.
class ChannelWriter {
 public:
  ChannelWriter(uint32_t channels, uint32_t sampleBytes, const polycodec_layout& output, bool simd);

  // Are the samples the output's pixels as they are?
  bool IsIdentity() const { return identity_; }
  // Bytes of an output pixel, its channels together.
  uint32_t PixelBytes() const { return uint32_t(outChannels_) * outBytes_; }
  bool IsPlanar() const { return planeStride_ != 0; }

  // Writes the pixels of `samples` to an output row (of each plane). Interleaved also without regard to the layout:
  void WriteRow(const uint8_t* samples, uint32_t count, uint8_t* row);
  void WriteInterleaved(const uint8_t* samples, uint32_t count, uint8_t* to) const;
  // Copies one interleaved output pixel to its place in the layout.
  void PutPixel(const uint8_t* pixel, uint8_t* row, uint32_t x) const;

 private:
  template <typename In, typename Out>
  void Convert(const uint8_t* from, uint32_t count, uint8_t* to) const;

  uint32_t inChannels_, inBytes_, outChannels_, outBytes_;
  uint64_t planeStride_ = 0;
  bool identity_, simd_;
  int8_t take_[4];  // the sample of each output channel; kFull, kLuma
  std::vector<uint8_t> interleaved_;
};

}  // namespace polycodec::png
