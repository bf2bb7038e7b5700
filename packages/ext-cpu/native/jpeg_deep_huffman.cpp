#include "jpeg_deep_huffman.hpp"

#include <algorithm>

namespace polycodec::jpegdeep {

bool HuffmanDecoder::Build(std::span<const uint8_t, 16> counts, std::span<const uint8_t> symbols) {
  defined_ = false;
  fast_.fill(0);
  greatest_ = symbols.empty() ? 0 : *std::max_element(symbols.begin(), symbols.end());
  std::copy(symbols.begin(), symbols.end(), symbols_.begin());
  uint32_t code = 0;
  size_t place = 0;
  for (unsigned length = 1; length <= 16; ++length) {
    const unsigned count = counts[length - 1];
    if (code + count > 1u << length) return false;
    offset_[length] = static_cast<int32_t>(place) - static_cast<int32_t>(code);
    for (unsigned i = 0; i < count; ++i, ++code, ++place) {
      if (length > kFastBits) continue;
      const auto entry = static_cast<uint16_t>(length << 8 | symbols_[place]);
      std::fill_n(fast_.begin() + (code << (kFastBits - length)), 1u << (kFastBits - length), entry);
    }
    limit_[length] = code << (16 - length);
    code <<= 1;
  }
  limit_[17] = UINT32_MAX;
  defined_ = true;
  return true;
}

HuffmanDecoder::Code HuffmanDecoder::Find(uint32_t window) const {
  const uint16_t entry = fast_[window >> (16 - kFastBits)];
  return entry != 0 ? Code{entry & 0xff, static_cast<unsigned>(entry >> 8)} : FindLong(window);
}

HuffmanDecoder::Code HuffmanDecoder::FindLong(uint32_t window) const {
  unsigned length = kFastBits + 1;
  while (window >= limit_[length]) ++length;
  if (length > 16) return {kBadCode, 0};
  const int32_t place = static_cast<int32_t>(window >> (16 - length)) + offset_[length];
  return {symbols_[place], length};
}

}  // namespace polycodec::jpegdeep
