#include "jpeg_restart.hpp"

#include <algorithm>
#include <cstring>
#include <numeric>

namespace polycodec::jpeg {
namespace {

// Marker codes (ITU-T T.81, table B.1).
constexpr uint8_t kSof0 = 0xc0, kSof1 = 0xc1, kDht = 0xc4, kRst0 = 0xd0, kRst7 = 0xd7, kSoi = 0xd8, kEoi = 0xd9,
                  kSos = 0xda, kDqt = 0xdb, kDri = 0xdd, kApp0 = 0xe0, kApp14 = 0xee, kApp15 = 0xef, kCom = 0xfe;

uint32_t Read16(std::span<const uint8_t> bytes, size_t at) { return uint32_t{bytes[at]} << 8 | bytes[at + 1]; }

// Takes the frame's geometry; `segment` begins with the length field.
bool ReadFrame(std::span<const uint8_t> segment, RestartRows& found) {
  if (segment.size() < 8 || segment[2] != 8) return false;
  found.height = Read16(segment, 3);
  found.width = Read16(segment, 5);
  found.components = segment[7];
  if (found.height == 0 || found.width == 0 || found.components == 0 || found.components > 4) return false;
  if (segment.size() != 8 + 3 * size_t{found.components}) return false;
  uint32_t horizontal = 0, vertical = 0;
  for (uint32_t i = 0; i < found.components; ++i) {
    const uint8_t sampling = segment[8 + 3 * i + 1];
    if (sampling >> 4 == 0 || sampling >> 4 > 4 || (sampling & 15) == 0 || (sampling & 15) > 4) return false;
    horizontal = std::max<uint32_t>(horizontal, sampling >> 4);
    vertical = std::max<uint32_t>(vertical, sampling & 15);
  }
  // The MCUs of a single component are its blocks, whatever its sampling factors; rare enough to leave alone.
  if (found.components == 1 && (horizontal != 1 || vertical != 1)) return false;
  found.mcuHeight = 8 * vertical;
  found.mcuRows = (found.height + found.mcuHeight - 1) / found.mcuHeight;
  found.mcusPerRow = (found.width + 8 * horizontal - 1) / (8 * horizontal);
  return true;
}

// Copies the segments that decoding needs, up to the scan's header. Returns the offset of the scan's data, 0 if the
// file is irregular.
size_t ReadHeader(std::span<const uint8_t> file, RestartRows& found) {
  found.header.clear();
  found.components = found.restartInterval = 0;
  if (file.size() < 4 || file[0] != 0xff || file[1] != kSoi) return 0;
  found.header.assign({0xff, kSoi});
  size_t at = 2;
  while (at + 4 <= file.size()) {
    if (file[at] != 0xff) return 0;
    const uint8_t marker = file[at + 1];
    const size_t length = Read16(file, at + 2);
    if (length < 2 || length > file.size() - at - 2) return 0;
    const std::span<const uint8_t> segment = file.subspan(at + 2, length);
    bool keep = true;
    switch (marker) {
      case kSof0: case kSof1:
        if (found.components != 0 || !ReadFrame(segment, found)) return 0;
        found.heightOffset = found.header.size() + 5;
        break;
      case kDri:
        if (length != 4) return 0;
        found.restartInterval = Read16(segment, 2);
        break;
      case kSos:
        if (found.components == 0 || found.restartInterval == 0) return 0;
        if (length < 3 || segment[2] != found.components) return 0;
        break;
      case kDht: case kDqt: case kApp0: case kApp14: break;
      default:
        if ((marker < kApp0 || marker > kApp15) && marker != kCom) return 0;
        keep = false;
    }
    const auto begin = file.begin() + static_cast<ptrdiff_t>(at);
    at += 2 + length;
    if (keep) found.header.insert(found.header.end(), begin, file.begin() + static_cast<ptrdiff_t>(at));
    if (marker == kSos) return at;
  }
  return 0;
}

// Finds the restart markers by looking for them: their number and order must be what the interval says.
bool ReadScan(std::span<const uint8_t> file, size_t at, RestartRows& found) {
  found.step = found.restartInterval / std::gcd(found.restartInterval, found.mcusPerRow);
  found.starts.assign(1, at);
  const uint64_t mcus = uint64_t{found.mcusPerRow} * found.mcuRows;
  const uint64_t expected = (mcus + found.restartInterval - 1) / found.restartInterval - 1;
  // A row where decoding can begin comes once in so many restart markers.
  const uint64_t markersPerStart = found.MarkersBefore(found.step);
  uint64_t markers = 0;
  while (at + 1 < file.size()) {
    const void* hit = std::memchr(file.data() + at, 0xff, file.size() - 1 - at);
    if (hit == nullptr) return false;
    at = static_cast<size_t>(static_cast<const uint8_t*>(hit) - file.data()) + 2;
    const uint8_t marker = file[at - 1];
    if (marker == 0) continue;
    if (marker >= kRst0 && marker <= kRst7) {
      if (marker != kRst0 + markers % 8 || ++markers > expected) return false;
      if (markers % markersPerStart == 0) found.starts.push_back(at);
      continue;
    }
    found.end = at;
    return marker == kEoi && markers == expected;
  }
  return false;
}

}  // namespace

bool FindRestartRows(std::span<const uint8_t> file, RestartRows& found) {
  const size_t data = ReadHeader(file, found);
  return data != 0 && ReadScan(file, data, found);
}

}  // namespace polycodec::jpeg
