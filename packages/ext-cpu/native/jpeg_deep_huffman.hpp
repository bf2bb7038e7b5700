// Huffman decoding (ITU-T T.81, Annexes C and F.2.2).
#pragma once

#include <array>
#include <cstdint>
#include <span>

#include "jpeg_deep_bits.hpp"

namespace polycodec::jpegdeep {

// A code of up to 9 bits is looked up; a longer one is compared with the greatest code of each length.
class HuffmanDecoder {
 public:
  static constexpr int kBadCode = -1;

  // From a DHT segment: how many codes there are of each length 1 to 16, and what they stand for. False: more codes of
  // some length than there can be.
  bool Build(std::span<const uint8_t, 16> counts, std::span<const uint8_t> symbols);
  bool IsDefined() const { return defined_; }
  // The greatest symbol.
  uint8_t Greatest() const { return greatest_; }

  // The code that 16 bits begin with.
  struct Code {
    int symbol;       // or kBadCode
    unsigned length;  // bits
  };
  Code Find(uint32_t window) const;

  // The next symbol, or kBadCode. To be called after BitReader::Fill.
  int Next(BitReader& bits) const {
    const uint16_t entry = fast_[bits.Peek(kFastBits)];
    if (entry != 0) {
      bits.Skip(entry >> 8);
      return entry & 0xff;
    }
    const Code code = FindLong(bits.Peek(16));
    bits.Skip(code.length);
    return code.symbol;
  }

 private:
  static constexpr unsigned kFastBits = 9;

  Code FindLong(uint32_t window) const;

  bool defined_ = false;
  uint8_t greatest_ = 0;
  std::array<uint16_t, 1 << kFastBits> fast_{};  // length and symbol; 0: a longer code, or none
  std::array<uint32_t, 18> limit_{};             // of each length: one more than its greatest code, as 16 bits
  std::array<int32_t, 17> offset_{};             // of each length: from a code to its symbol's place
  std::array<uint8_t, 256> symbols_{};
};

// The number that `size` (1 to 16) bits behind a symbol stand for (F.2.2.1, EXTEND).
inline int32_t Extend(uint32_t bits, unsigned size) {
  const int32_t value = static_cast<int32_t>(bits);
  return value < (1 << (size - 1)) ? value - (1 << size) + 1 : value;
}

}  // namespace polycodec::jpegdeep
