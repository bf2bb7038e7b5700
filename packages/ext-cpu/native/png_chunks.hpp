// The chunks of a PNG (W3C PNG, third edition, section 5) and what of them pixels are made of.
#pragma once

#include <cstddef>
#include <cstdint>
#include <span>
#include <vector>

#include <polycodec.h>

namespace polycodec::png {

// What a wrong CRC of a chunk, or a wrong Adler-32 of the image data, means.
enum class CrcPolicy { kError, kWarn, kIgnore };

enum ColorType : uint8_t { kGray = 0, kRgb = 2, kPalette = 3, kGrayAlpha = 4, kRgba = 6 };

constexpr uint32_t ChunkType(const char (&name)[5]) {
  return uint32_t(uint8_t(name[0])) << 24 | uint32_t(uint8_t(name[1])) << 16 | uint32_t(uint8_t(name[2])) << 8 |
         uint8_t(name[3]);
}

inline uint32_t ReadU32(const uint8_t* from) {
  return uint32_t(from[0]) << 24 | uint32_t(from[1]) << 16 | uint32_t(from[2]) << 8 | from[3];
}
inline uint32_t ReadU16(const uint8_t* from) { return uint32_t(from[0]) << 8 | from[1]; }

// The pixel format of the image data.
struct Format {
  uint8_t depth = 0;
  ColorType colorType = kGray;
  bool interlaced = false;

  uint32_t Channels() const {
    return colorType == kRgb ? 3 : colorType == kGrayAlpha ? 2 : colorType == kRgba ? 4 : 1;
  }
  uint32_t PixelBits() const { return Channels() * depth; }
  // The distance of the pixel to the left, for filters: at least 1.
  uint32_t PixelBytes() const { return PixelBits() < 8 ? 1 : PixelBits() / 8; }
  size_t RowBytes(uint32_t width) const { return (size_t{width} * PixelBits() + 7) / 8; }
};

// IHDR, PLTE and tRNS.
struct Header {
  uint32_t width = 0, height = 0;
  Format format;
  uint32_t paletteSize = 0;
  uint8_t palette[256][4] = {};  // red, green, blue, alpha; entries that the file lacks are opaque black, as in libpng
  bool transparent = false;      // is there a tRNS that counts?
  uint16_t key[3] = {};          // the transparent colour of gray and RGB images

  // Of the picture as core knows it: palettes are RGB, and transparency is a channel.
  uint32_t Channels() const {
    const uint32_t coded = format.colorType == kPalette ? 3 : format.Channels();
    return coded + (transparent ? 1 : 0);
  }
};

// fcTL (section 11.3.4.1 of the third edition): where a frame of an animation goes, and how.
struct FrameControl {
  uint32_t width = 0, height = 0, x = 0, y = 0;
  uint8_t dispose = 0, blend = 0;
};

// The compressed data of one image: the contents of its IDAT or fdAT chunks.
struct ImageData {
  std::vector<std::span<const uint8_t>> parts;
  size_t size = 0;
  bool cut = false;  // the file ends before the chunk that follows the data

  void Add(std::span<const uint8_t> part) {
    parts.push_back(part);
    size += part.size();
  }
};

struct Frame {
  FrameControl control;
  ImageData data;
};

// All that a decode needs.
struct Stream {
  Header header;
  ImageData data;             // of the still image, IDAT
  std::vector<Frame> frames;  // of the animation, if they were asked for; the still image may be the first
};

// Reads the chunks up to the end of what is needed: with `frames`, that many frames of the animation (fewer if the file
// has fewer), else the still image. Fails with IMAGE_CORRUPTED, IMAGE_TRUNCATED or CODESTREAM_UNSUPPORTED.
void ReadChunks(polycodec_call* call, std::span<const uint8_t> file, CrcPolicy policy, uint32_t frames, Stream& stream);

}  // namespace polycodec::png
