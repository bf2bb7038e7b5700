// From the bytes of an unfiltered row to samples: bits unpacked, palettes looked up, 16 bits in the machine's order, and
// transparency as a channel.
#pragma once

#include <cstddef>
#include <cstdint>

#include "png_chunks.hpp"

namespace polycodec::png {

class SampleReader {
 public:
  // Samples of 8 bits (uint8_t), or of 16 (uint16_t). Without `alpha`, transparency that tRNS adds is left out.
  SampleReader(const Header& header, bool alpha);

  // Interleaved channels of what Read gives: 1 gray, 2 gray and alpha, 3 RGB, 4 RGBA.
  uint32_t Channels() const { return channels_; }
  uint32_t SampleBytes() const { return header_.format.depth == 16 ? 2 : 1; }
  uint32_t PixelBytes() const { return channels_ * SampleBytes(); }
  // Are the row's bytes the samples already, byte by byte?
  bool IsPlain() const { return plain_; }

  // The samples of pixels [x, x + count) of a row. `to` is aligned to two bytes, and writable for 4 bytes more.
  void Read(const uint8_t* row, uint32_t x, uint32_t count, uint8_t* to) const;

 private:
  void ReadPalette(const uint8_t* row, uint32_t x, uint32_t count, uint8_t* to) const;
  void ReadGrayBits(const uint8_t* row, uint32_t x, uint32_t count, uint8_t* to) const;
  template <typename Sample, int Coded>
  void ReadSamples(const uint8_t* row, uint32_t x, uint32_t count, Sample* to) const;

  const Header& header_;
  uint32_t channels_;
  bool keyed_;  // is a colour transparent, and wanted so?
  bool plain_;
};

}  // namespace polycodec::png
