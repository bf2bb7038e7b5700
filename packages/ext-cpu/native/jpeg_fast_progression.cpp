#include "jpeg_fast_progression.hpp"

#include <algorithm>
#include <cstring>

namespace polycodec::jpeg::fast {
namespace {

// With kMostAcBits bits shifted so far a coefficient still has 16 bits.
constexpr unsigned kMostShift = 15 - kMostAcBits;

// The coefficients of a scan, or those that a transform looks at: bit k for number k in coded order.
constexpr uint64_t Band(unsigned first, unsigned last) { return (~uint64_t{0} >> (63 - last + first)) << first; }

// jidctred.c: to 4 x 4 the fifth row and column are left out, to 2 x 2 every even one but the first.
constexpr uint64_t LookedAt(uint32_t size) {
  if (size == 1) return 1;
  uint64_t all = 0;
  for (unsigned k = 0; k < 64; ++k) {
    const auto isOut = [&](unsigned i) { return size == 4 ? i == 4 : size == 2 && i % 2 == 0 && i != 0; };
    if (!isOut(kNaturalOrder[k] / 8) && !isOut(kNaturalOrder[k] % 8)) all |= uint64_t{1} << k;
  }
  return all;
}

}  // namespace

const char* Progression::Read(Header& header, std::span<const uint8_t> file, size_t at) {
  count_ = 0;
  for (auto& table : quantization_) table.isThere = false;
  for (auto& bits : missing_) bits.fill(kNothing);
  for (bool isEnd = false; !isEnd;) {
    if (const char* reason = AddScan(header)) return reason;
    size_t end;
    if (const char* reason = FindEnd(file, at, end)) return reason;
    scans_[count_ - 1].coded = file.subspan(at, end + 2 - at);
    at = end;
    if (const char* reason = header.ReadToScan(file, at, isEnd)) return reason;
  }
  for (unsigned i = 0; i < header.count; ++i) {
    if (std::any_of(missing_[i].begin(), missing_[i].end(), [](uint8_t bits) { return bits != 0; })) return "scans that are missing";
  }
  return nullptr;
}

const char* Progression::AddScan(const Header& header) {
  if (count_ == kMostScans) return "very many scans";
  if (const char* reason = Follow(header)) return reason;
  if (scans_.size() == count_) scans_.emplace_back();
  ProgressiveScan& scan = scans_[count_++];
  scan.spec = header.scan;
  scan.restartInterval = header.restartInterval;
  scan.isNeeded = true;
  for (unsigned i = 0; i < scan.spec.count; ++i) {
    const auto& part = scan.spec.parts[i];
    if (!quantization_[part.component].isThere) quantization_[part.component] = header.quantization[header.components[part.component].quantization];
    if (scan.isDc() && scan.isRefinement()) continue;
    if (!scan.codes[i].Build(scan.isDc() ? header.dc[part.dc] : header.ac[part.ac], scan.isDc())) return "a Huffman table";
  }
  return nullptr;
}

// T.81, G.1.1.1: DC first and by itself, all other coefficients by component, and of each every bit once, from above.
const char* Progression::Follow(const Header& header) {
  const ScanSpec& scan = header.scan;
  const unsigned first = scan.spectralStart, last = scan.spectralEnd, high = scan.approximationHigh, low = scan.approximationLow;
  const bool isBand = first == 0 ? last == 0 : first <= last && last <= 63 && scan.count == 1;
  if (!isBand || low > kMostShift || (high != 0 && low != high - 1)) return "a scan's parameters";
  for (unsigned i = 0; i < scan.count; ++i) {
    auto& missing = missing_[scan.parts[i].component];
    if (first != 0 && missing[0] == kNothing) return "a scan before the DC coefficients";
    for (unsigned k = first; k <= last; ++k) {
      if (missing[k] != (high == 0 ? kNothing : high)) return "scans out of order";
      missing[k] = static_cast<uint8_t>(low);
    }
  }
  return nullptr;
}

// The marker behind the scan whose data begins at `begin`. Those of restarts are held against their order here, so that
// what is wrong inside a scan that nobody decodes cannot touch another one.
const char* Progression::FindEnd(std::span<const uint8_t> file, size_t begin, size_t& end) {
  const uint8_t* at = file.data() + begin;
  const uint8_t* const behind = file.data() + file.size();
  for (unsigned restarts = 0;;) {
    at = static_cast<const uint8_t*>(std::memchr(at, 0xff, static_cast<size_t>(behind - at)));
    if (at == nullptr || at + 1 == behind) return "the file ends in a scan";
    const uint8_t code = at[1];
    if (code == 0xff) {  // fill bytes
      ++at;
      continue;
    }
    if (code != 0 && (code < kRst0 || code > kRst7)) break;
    if (code != 0 && code != kRst0 + restarts++ % 8) return "a restart marker that is out of order";
    at += 2;
  }
  end = static_cast<size_t>(at - file.data());
  return nullptr;
}

// Backwards: what refines a coefficient's bits can only be read by who knows the bits before, and so a needed scan needs
// those before it. DC is always read.
void Progression::ChooseNeeded(const Geometry& geometry) {
  uint64_t needed[3];
  for (unsigned i = 0; i < geometry.count; ++i) needed[i] = geometry.planes[i].isNeeded ? LookedAt(geometry.planes[i].size) : 0;
  for (size_t s = count_; s-- > 0;) {
    ProgressiveScan& scan = scans_[s];
    if (scan.isDc()) continue;
    uint64_t& coefficients = needed[scan.spec.parts[0].component];
    const uint64_t band = Band(scan.spec.spectralStart, scan.spec.spectralEnd);
    scan.isNeeded = (coefficients & band) != 0;
    if (scan.isNeeded && scan.isRefinement()) coefficients |= band;
  }
}

}  // namespace polycodec::jpeg::fast
