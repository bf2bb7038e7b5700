#include "jpeg_skip.hpp"

#include <algorithm>
#include <cstring>

namespace polycodec::jpeg {

bool CleanInto(CleanScan& scan, std::span<const uint8_t> coded) {
  if (scan.bytes.size() < coded.size() + kScanPadding) scan.bytes.resize(coded.size() + kScanPadding);
  const uint8_t* from = coded.data();
  const uint8_t* const end = from + coded.size();
  uint8_t* to = scan.bytes.data();
  for (;;) {
    // Runs between FF bytes are long: memchr and memcpy are faster than any loop over bytes.
    const auto* marker = static_cast<const uint8_t*>(std::memchr(from, 0xff, end - from));
    if (marker == nullptr || marker + 1 >= end) return false;
    std::memcpy(to, from, marker - from);
    to += marker - from;
    if (marker[1] != 0) {
      scan.size = to - scan.bytes.data();
      scan.end = marker - coded.data();
      std::memset(to, 0, kScanPadding);
      return true;
    }
    *to++ = 0xff;
    from = marker + 2;
  }
}

bool HuffmanTable::Build(const JHUFF_TBL& table, bool isDc) {
  if (is_built_ && is_dc_ == isDc && std::memcmp(counts_.data(), table.bits, sizeof table.bits) == 0 &&
      std::memcmp(values_.data(), table.huffval, sizeof table.huffval) == 0) {
    return true;
  }
  is_built_ = false;
  is_dc_ = isDc;
  std::memcpy(counts_.data(), table.bits, sizeof table.bits);
  std::memcpy(values_.data(), table.huffval, sizeof table.huffval);
  symbols_.fill({0, 0});
  uint32_t code = 0;
  uint32_t next = 0;
  for (unsigned length = 1; length <= 16; ++length, code <<= 1) {
    first_code_[length] = code;
    first_value_[length] = next;
    for (unsigned i = 0; i < counts_[length]; ++i, ++code, ++next) {
      if (next >= values_.size() || code >= (1u << length)) return false;
      // T.81 F.1.2.1: a DC difference has at most 11 bits in baseline; libjpeg allows 15.
      if (isDc && values_[next] > 15) return false;
      if (length > kLookBits) continue;
      const uint32_t first = code << (kLookBits - length);
      std::fill_n(symbols_.begin() + first, size_t{1} << (kLookBits - length),
                  Symbol{values_[next], static_cast<uint8_t>(length)});
    }
    behind_[length] = code << (16 - length);
  }
  if (!isDc) {
    BuildStrides();
    BuildCoefficients();
  }
  is_built_ = true;
  return true;
}

// Codes grow with their length (T.81, C.2): the first length whose codes are not all below the window is the one.
HuffmanTable::Symbol HuffmanTable::DecodeLong(uint64_t window) const {
  const auto bits = static_cast<uint32_t>(window >> 48);
  for (unsigned length = kLookBits + 1; length <= 16; ++length) {
    if (counts_[length] == 0 || bits >= behind_[length]) continue;
    const uint32_t code = bits >> (16 - length);
    return {values_[first_value_[length] + code - first_code_[length]], static_cast<uint8_t>(length)};
  }
  return {0, 0};
}

// For all bits that a stride looks at: walk symbol by symbol as long as a symbol with its extra bits is whole.
void HuffmanTable::BuildStrides() {
  for (uint64_t look = 0; look < strides_.size(); ++look) {
    unsigned bits = 0, advance = 0;
    bool isEnd = false;
    while (!isEnd) {
      const auto [value, length] = Decode(look << (64 - kStrideBits) << bits);
      const unsigned extra = value & 15, run = value >> 4;
      if (length == 0 || bits + length + extra > kStrideBits) break;
      bits += length + extra;
      isEnd = extra == 0 && run != 15;
      advance += isEnd ? 1 : run + 1;
    }
    strides_[look] = bits != 0 ? Stride(bits, advance, isEnd) : Stride(0, kTooFar, false);
  }
}

void HuffmanTable::BuildCoefficients() {
  for (uint64_t look = 0; look < coefficients_.size(); ++look) {
    const uint64_t window = look << (64 - kLookBits);
    const auto [value, length] = symbols_[look];
    const unsigned extra = value & 15, bits = length + extra;
    const bool isWhole = length != 0 && extra != 0 && bits <= kLookBits;
    coefficients_[look] = isWhole ? Coefficient{static_cast<int16_t>(Extend(window << length, extra)),
                                                static_cast<uint8_t>(value >> 4), static_cast<uint8_t>(bits)}
                                  : Coefficient{0, 0, 0};
  }
}

}  // namespace polycodec::jpeg
