#include "bmp_header.hpp"

#include <algorithm>
#include <bit>

namespace polycodec::bmp {
namespace {

constexpr size_t kFileHeaderBytes = 14;
constexpr uint32_t kCoreHeader = 12, kInfoHeader = 40, kV2Header = 52, kV3Header = 56, kOs2Header = 64,
                   kV4Header = 108, kV5Header = 124;

// Reads what is there; beyond the end are zeros, which the caller has ruled out where it matters.
struct Bytes {
  std::span<const uint8_t> file;

  uint32_t U8(size_t at) const { return at < file.size() ? file[at] : 0; }
  uint32_t U16(size_t at) const { return U8(at) | U8(at + 1) << 8; }
  uint32_t U32(size_t at) const { return U16(at) | U16(at + 2) << 16; }
};

bool IsWindows(uint32_t headerSize) {
  return headerSize == kInfoHeader || headerSize == kV2Header || headerSize == kV3Header || headerSize >= kV4Header;
}

const char* ReadCoding(uint32_t compression, bool windows, Header& header) {
  switch (compression) {
    case 0: header.coding = Coding::kPlain; return nullptr;
    case 1: header.coding = Coding::kRle8; return header.bits == 8 ? nullptr : "RLE8 needs 8 bits a pixel";
    case 2: header.coding = Coding::kRle4; return header.bits == 4 ? nullptr : "RLE4 needs 4 bits a pixel";
    case 3:
      if (!windows) return "Huffman coding of OS/2";
      [[fallthrough]];
    case 6:
      header.coding = Coding::kFields;
      return header.bits == 16 || header.bits == 32 ? nullptr : "bit fields need 16 or 32 bits a pixel";
    case 4:
      header.coding = windows ? Coding::kJpeg : Coding::kRle24;
      return windows || header.bits == 24 ? nullptr : "RLE24 needs 24 bits a pixel";
    case 5: header.coding = Coding::kPng; return nullptr;
    default: return "unknown compression";
  }
}

bool IsContiguous(uint32_t mask) { return mask == 0 || std::has_single_bit((mask >> std::countr_zero(mask)) + 1ull); }

const char* ReadMasks(const Bytes& bytes, uint32_t headerSize, uint32_t compression, Header& header) {
  if (header.coding == Coding::kFields) {
    // Behind a plain header, or where the larger ones have them: the same place. Alpha is there if the header says so.
    const bool alpha = headerSize >= kV3Header || (headerSize == kInfoHeader && compression == 6);
    for (size_t i = 0; i < (alpha ? 4u : 3u); ++i) header.masks[i] = bytes.U32(kFileHeaderBytes + kInfoHeader + 4 * i);
  } else if (header.coding == Coding::kPlain && header.bits == 16) {
    header.masks = {0x7c00, 0x03e0, 0x001f, 0};
  } else if (header.coding == Coding::kPlain && header.bits == 32) {
    header.masks = {0xff0000, 0x00ff00, 0x0000ff, 0};
  }
  for (const uint32_t mask : header.masks) {
    if (!IsContiguous(mask)) return "a mask with a gap";
  }
  return nullptr;
}

void ReadPalette(const Bytes& bytes, size_t start, size_t entryBytes, uint32_t used, Header& header) {
  const uint32_t most = 1u << header.bits;
  size_t count = used == 0 || used > most ? most : used;
  if (header.offset > start) count = std::min(count, (header.offset - start) / entryBytes);
  header.palette.fill(kOpaque);
  header.isGray = header.isIdentity = true;
  for (size_t i = 0; i < count; ++i) {
    const size_t at = start + entryBytes * i;
    const uint32_t blue = bytes.U8(at), green = bytes.U8(at + 1), red = bytes.U8(at + 2);
    header.palette[i] = PixelOf(red, green, blue);
    header.isGray &= red == green && green == blue;
    header.isIdentity &= red == i;
  }
  header.isIdentity &= header.isGray && count == 256;
}

}  // namespace

const char* ReadHeader(std::span<const uint8_t> file, Header& header) {
  const Bytes bytes{file};
  header = {};
  if (file.size() < kFileHeaderBytes + 4 || file[0] != 'B' || file[1] != 'M') return "no BMP signature";
  header.offset = bytes.U32(10);
  const uint32_t headerSize = bytes.U32(14);
  const bool known = headerSize == kCoreHeader || (headerSize >= 16 && headerSize <= kOs2Header) ||
                     headerSize == kV4Header || headerSize == kV5Header;
  if (!known) return "unknown header size";
  if (file.size() < kFileHeaderBytes + headerSize) return "the file ends within the headers";

  uint32_t compression = 0, used = 0;
  if (headerSize == kCoreHeader) {
    header.width = bytes.U16(18);
    header.height = bytes.U16(20);
    header.bits = bytes.U16(24);
  } else {
    const uint32_t width = bytes.U32(18), height = bytes.U32(22);
    header.topDown = height >> 31 != 0;
    header.width = width >> 31 != 0 ? 0 : width;
    header.height = header.topDown ? 0u - height : height;
    header.bits = bytes.U16(28);
    // Short headers of OS/2 end where they like, and what they lack is 0.
    if (headerSize >= 20) compression = bytes.U32(30);
    if (headerSize >= 24) header.dataBytes = bytes.U32(34);
    if (headerSize >= 36) used = bytes.U32(46);
  }
  if (header.width == 0 || header.height == 0) return "no pixels";
  if (const char* fault = ReadCoding(compression, IsWindows(headerSize), header)) return fault;
  if (header.coding == Coding::kJpeg || header.coding == Coding::kPng) return nullptr;
  constexpr uint32_t kBits[] = {1, 2, 4, 8, 16, 24, 32};
  if (std::find(std::begin(kBits), std::end(kBits), header.bits) == std::end(kBits)) return "unknown bits a pixel";
  if (const char* fault = ReadMasks(bytes, headerSize, compression, header)) return fault;

  size_t start = kFileHeaderBytes + headerSize;
  if (headerSize == kInfoHeader && header.coding == Coding::kFields) start += compression == 6 ? 16 : 12;
  const size_t entryBytes = headerSize == kCoreHeader ? 3 : 4;
  if (header.isIndexed()) ReadPalette(bytes, start, entryBytes, used, header);
  return nullptr;
}

}  // namespace polycodec::bmp
