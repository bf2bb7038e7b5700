#include "png_samples.hpp"

#include <cstring>

namespace polycodec::png {
namespace {

// Sample `x` of a row of samples of 1, 2, 4 or 8 bits: the first is in the high bits.
inline uint32_t BitsAt(const uint8_t* row, uint32_t depth, uint32_t x) {
  const uint64_t at = uint64_t{x} * depth;
  return row[at / 8] >> (8 - depth - at % 8) & ((1u << depth) - 1);
}

template <typename Sample>
inline Sample Load(const uint8_t* from) {
  if constexpr (sizeof(Sample) == 1) return *from;
  return Sample(ReadU16(from));
}

}  // namespace

SampleReader::SampleReader(const Header& header, bool alpha) : header_(header) {
  const Format& format = header.format;
  const bool added = header.transparent && alpha;
  channels_ = (format.colorType == kPalette ? 3 : format.Channels()) + (added ? 1 : 0);
  keyed_ = added && format.colorType != kPalette;
  plain_ = format.depth == 8 && format.colorType != kPalette && !keyed_;
}

void SampleReader::Read(const uint8_t* row, uint32_t x, uint32_t count, uint8_t* to) const {
  const Format& format = header_.format;
  if (plain_) {
    std::memcpy(to, row + size_t{x} * channels_, size_t{count} * channels_);
  } else if (format.colorType == kPalette) {
    ReadPalette(row, x, count, to);
  } else if (format.depth < 8) {
    ReadGrayBits(row, x, count, to);
  } else if (format.depth == 8) {
    format.colorType == kGray ? ReadSamples<uint8_t, 1>(row, x, count, to) : ReadSamples<uint8_t, 3>(row, x, count, to);
  } else {
    auto* samples = reinterpret_cast<uint16_t*>(to);
    switch (format.Channels()) {
      case 1: ReadSamples<uint16_t, 1>(row, x, count, samples); break;
      case 2: ReadSamples<uint16_t, 2>(row, x, count, samples); break;
      case 3: ReadSamples<uint16_t, 3>(row, x, count, samples); break;
      default: ReadSamples<uint16_t, 4>(row, x, count, samples);
    }
  }
}

void SampleReader::ReadPalette(const uint8_t* row, uint32_t x, uint32_t count, uint8_t* to) const {
  const uint32_t depth = header_.format.depth;
  // Four bytes are written where three are meant: the fourth is the next pixel's first.
  if (depth == 8) {
    for (uint32_t i = 0; i < count; ++i, to += channels_) std::memcpy(to, header_.palette[row[x + i]], 4);
  } else {
    for (uint32_t i = 0; i < count; ++i, to += channels_) std::memcpy(to, header_.palette[BitsAt(row, depth, x + i)], 4);
  }
}

void SampleReader::ReadGrayBits(const uint8_t* row, uint32_t x, uint32_t count, uint8_t* to) const {
  const uint32_t depth = header_.format.depth;
  const uint32_t scale = 255 / ((1u << depth) - 1);  // 255, 85 or 17: exact
  for (uint32_t i = 0; i < count; ++i, to += channels_) {
    const uint32_t value = BitsAt(row, depth, x + i);
    to[0] = uint8_t(value * scale);
    if (keyed_) to[1] = value == header_.key[0] ? 0 : 255;
  }
}

template <typename Sample, int Coded>
void SampleReader::ReadSamples(const uint8_t* row, uint32_t x, uint32_t count, Sample* to) const {
  const uint8_t* from = row + size_t{x} * Coded * sizeof(Sample);
  if constexpr (Coded == 1 || Coded == 3) {
    if (keyed_) {
      for (uint32_t i = 0; i < count; ++i, from += Coded * sizeof(Sample), to += Coded + 1) {
        bool transparent = true;
        for (int c = 0; c < Coded; ++c) {
          to[c] = Load<Sample>(from + c * sizeof(Sample));
          transparent &= to[c] == header_.key[c];
        }
        to[Coded] = transparent ? Sample{0} : Sample(~Sample{0});
      }
      return;
    }
  }
  for (size_t i = 0; i < size_t{count} * Coded; ++i) to[i] = Load<Sample>(from + i * sizeof(Sample));
}

}  // namespace polycodec::png
