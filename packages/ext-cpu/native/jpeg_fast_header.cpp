#include "jpeg_fast_header.hpp"

#include <algorithm>
#include <cstring>

namespace polycodec::jpeg::fast {
namespace {

// Marker codes (T.81, table B.1).
constexpr uint8_t kSof0 = 0xc0, kSof1 = 0xc1, kSof2 = 0xc2, kDht = 0xc4, kSos = 0xda, kDqt = 0xdb, kDri = 0xdd,
                  kApp0 = 0xe0, kApp14 = 0xee, kApp15 = 0xef, kCom = 0xfe;

// libjpeg's JPEG_MAX_DIMENSION.
constexpr uint32_t kMaxDimension = 65'500;
// So that a dequantized coefficient that is too large shows itself in 16 bits: see jpeg_fast_idct.hpp.
constexpr uint16_t kMaxDcStep = 4095, kMaxAcStep = 16'383;

uint32_t Read16(std::span<const uint8_t> bytes, size_t at) { return uint32_t{bytes[at]} << 8 | bytes[at + 1]; }

}  // namespace

const char* Header::Begin(std::span<const uint8_t> file) {
  progressive = false;
  width = height = 0;
  count = 0;
  restartInterval = 0;
  sawJfif_ = sawAdobe_ = false;
  for (auto& table : quantization) table.isThere = false;
  for (auto& table : dc) table.isThere = false;
  for (auto& table : ac) table.isThere = false;
  if (file.size() < 4 || file[0] != 0xff || file[1] != kSoi) return "no start of image";
  return nullptr;
}

const char* Header::ReadToScan(std::span<const uint8_t> file, size_t& at, bool& isEnd) {
  isEnd = false;
  for (;;) {
    while (at + 1 < file.size() && file[at] == 0xff && file[at + 1] == 0xff) ++at;  // fill bytes
    if (at + 2 > file.size()) return "the file ends in its headers";
    if (file[at] != 0xff) return "bytes between segments";
    const uint8_t marker = file[at + 1];
    if (marker == kEoi) {
      isEnd = true;
      return nullptr;
    }
    if (at + 4 > file.size()) return "the file ends in its headers";
    const size_t length = Read16(file, at + 2);
    if (length < 2 || length > file.size() - at - 2) return "a segment's length";
    const std::span<const uint8_t> segment = file.subspan(at + 4, length - 2);
    at += 2 + length;
    const char* reason = nullptr;
    switch (marker) {
      case kSof0: case kSof1: case kSof2:
        if (count != 0) return "a second frame header";
        progressive = marker == kSof2;
        reason = ReadFrame(segment);
        break;
      case kDht: reason = ReadHuffman(segment); break;
      case kDqt: reason = ReadQuantization(segment); break;
      case kDri:
        if (segment.size() != 2) return "a restart interval's length";
        restartInterval = Read16(segment, 0);
        break;
      case kSos:
        reason = ReadScan(segment);
        if (reason == nullptr) reason = DecideCoding();
        return reason;
      default:
        if ((marker < kApp0 || marker > kApp15) && marker != kCom) return "an unusual marker";
        reason = ReadApplication(marker, segment);
    }
    if (reason != nullptr) return reason;
  }
}

const char* Header::ReadFrame(std::span<const uint8_t> segment) {
  if (segment.size() < 6 || segment[0] != 8) return "precision";
  height = Read16(segment, 1);
  width = Read16(segment, 3);
  count = segment[5];
  if (count != 1 && count != 3) return "number of components";
  if (segment.size() != 6 + 3 * size_t{count}) return "a frame header's length";
  if (height == 0 || width == 0 || height > kMaxDimension || width > kMaxDimension) return "size";
  for (unsigned i = 0; i < count; ++i) {
    const uint8_t* part = segment.data() + 6 + 3 * i;
    ComponentSpec& component = components[i];
    component = {part[0], static_cast<uint8_t>(part[1] >> 4), static_cast<uint8_t>(part[1] & 15), part[2]};
    if (component.horizontal == 0 || component.horizontal > 4 || component.vertical == 0 || component.vertical > 4 ||
        component.quantization > 3) {
      return "sampling factors";
    }
    for (unsigned k = 0; k < i; ++k) {
      if (components[k].id == component.id) return "two components of one name";
    }
  }
  return nullptr;
}

const char* Header::ReadQuantization(std::span<const uint8_t> segment) {
  while (!segment.empty()) {
    const unsigned wide = segment[0] >> 4, index = segment[0] & 15;
    const size_t bytes = 1 + 64 * (size_t{wide} + 1);
    if (wide > 1 || index > 3 || segment.size() < bytes) return "a quantization table";
    QuantizationSpec& table = quantization[index];
    for (size_t i = 0; i < 64; ++i) {
      table.values[i] = static_cast<uint16_t>(wide != 0 ? Read16(segment, 1 + 2 * i) : segment[1 + i]);
    }
    table.isThere = true;
    segment = segment.subspan(bytes);
  }
  return nullptr;
}

const char* Header::ReadHuffman(std::span<const uint8_t> segment) {
  while (!segment.empty()) {
    const unsigned kind = segment[0] >> 4, index = segment[0] & 15;
    if (kind > 1 || index > 3 || segment.size() < 17) return "a Huffman table";
    unsigned sum = 0;
    for (unsigned i = 1; i <= 16; ++i) sum += segment[i];
    if (sum > 256 || segment.size() < 17 + size_t{sum}) return "a Huffman table";
    HuffmanSpec& table = (kind == 0 ? dc : ac)[index];
    std::copy_n(segment.begin() + 1, 16, table.counts.begin() + 1);
    std::copy_n(segment.begin() + 17, sum, table.symbols.begin());
    std::fill(table.symbols.begin() + sum, table.symbols.end(), uint8_t{0});
    table.isThere = true;
    segment = segment.subspan(17 + sum);
  }
  return nullptr;
}

const char* Header::ReadScan(std::span<const uint8_t> segment) {
  if (count == 0) return "a scan before the frame header";
  if (segment.empty() || segment[0] == 0 || segment[0] > count) return "components of a scan";
  scan.count = segment[0];
  if (segment.size() != 4 + 2 * size_t{scan.count}) return "a scan header's length";
  unsigned from = 0;
  for (unsigned i = 0; i < scan.count; ++i) {
    const uint8_t id = segment[1 + 2 * i], tables = segment[2 + 2 * i];
    while (from < count && components[from].id != id) ++from;
    if (from == count) return "components of a scan";  // unknown, or not in the frame's order
    if (tables >> 4 > 3 || (tables & 15) > 3) return "a scan's tables";
    scan.parts[i] = {static_cast<uint8_t>(from++), static_cast<uint8_t>(tables >> 4), static_cast<uint8_t>(tables & 15)};
  }
  const uint8_t* last = segment.data() + 1 + 2 * scan.count;
  scan.spectralStart = last[0];
  scan.spectralEnd = last[1];
  scan.approximationHigh = last[2] >> 4;
  scan.approximationLow = last[2] & 15;
  for (unsigned i = 0; i < scan.count; ++i) {
    const QuantizationSpec& table = quantization[components[scan.parts[i].component].quantization];
    if (!table.isThere) return "a missing quantization table";
    const bool fits = table.values[0] <= kMaxDcStep && *std::max_element(table.values.begin(), table.values.end()) <= kMaxAcStep;
    if (!fits) return "a quantization table";
  }
  return nullptr;
}

const char* Header::ReadApplication(uint8_t marker, std::span<const uint8_t> segment) {
  // As libjpeg: what is too short for its fixed fields is not believed.
  if (marker == kApp0 && segment.size() >= 14 && std::memcmp(segment.data(), "JFIF", 5) == 0) {
    if (segment[5] != 1) return "JFIF's version";
    sawJfif_ = true;
  }
  if (marker == kApp14 && segment.size() >= 12 && std::memcmp(segment.data(), "Adobe", 5) == 0) {
    sawAdobe_ = true;
    adobeTransform_ = segment[11];
  }
  return nullptr;
}

// libjpeg's default_decompress_parms.
const char* Header::DecideCoding() {
  coding = Coding::kGray;
  if (count == 1) return nullptr;
  coding = Coding::kYcc;
  if (sawJfif_) return nullptr;
  if (sawAdobe_) {
    if (adobeTransform_ > 1) return "Adobe's colour transform";
    if (adobeTransform_ == 0) coding = Coding::kRgb;
  } else if (components[0].id == 'R' && components[1].id == 'G' && components[2].id == 'B') {
    coding = Coding::kRgb;
  }
  return nullptr;
}

}  // namespace polycodec::jpeg::fast
