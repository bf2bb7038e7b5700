// One header of the Netpbm family; core's parsers/pnm-header.ts reads the same, and says more of it.
#pragma once

#include <cstddef>
#include <cstdint>
#include <span>

namespace polycodec::pnm {

struct Header {
  char kind = 0;  // '1' to '7', 'F', 'f'
  uint32_t width = 0, height = 0, channels = 0;
  uint32_t maxval = 0;  // 0: floating point
  bool littleEndian = false;  // of floating point; integers are big-endian
  bool isCmyk = false;
  size_t start = 0;  // of the samples, in bytes from the start of the file

  bool isAscii() const { return kind >= '1' && kind <= '3'; }
  bool isBitmap() const { return kind == '1' || kind == '4'; }
  bool isFloat() const { return maxval == 0; }
  uint32_t sampleBytes() const { return isFloat() ? 4 : maxval < 256 ? 1 : 2; }
  // Of the binary formats.
  uint64_t rowBytes() const {
    return kind == '4' ? (uint64_t{width} + 7) / 8 : uint64_t{width} * channels * sampleBytes();
  }
};

// Reads the header at `offset`. False: there is none.
bool ReadHeader(std::span<const uint8_t> file, size_t offset, Header& header);

// The header of an image that follows others. False: there is none.
bool FindHeader(std::span<const uint8_t> file, uint32_t imageIndex, Header& header);

// White space as isspace(3) has it.
inline bool IsSpace(uint8_t byte) { return byte == ' ' || (byte >= 9 && byte <= 13); }

}  // namespace polycodec::pnm
