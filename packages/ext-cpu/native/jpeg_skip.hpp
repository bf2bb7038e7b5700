// Huffman-coded coefficients that nobody wants: how to walk over them several at a time (ITU-T T.81, F.2.2).
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <span>
#include <vector>

#include <cstdio>

#include <jpeglib.h>

namespace polycodec::jpeg {

// A scan's bytes without the zeros that are stuffed behind FF, and with zeros behind the end to read over.
// `end` is the offset behind the scan's data in the source: where a marker stands.
struct CleanScan {
  std::vector<uint8_t> bytes;
  size_t size = 0;
  size_t end = 0;
};

// False: the data ends without a marker.
bool CleanInto(CleanScan& scan, std::span<const uint8_t> coded);

// A symbol and its extra bits take at most so many bits.
inline constexpr unsigned kMostSymbolBits = 16 + 15;
// Zeros behind a clean scan's end. Who looks at the end after every MCU has read over it by at most an MCU: ten blocks
// of 64 symbols.
inline constexpr size_t kScanPadding = 10 * 64 * kMostSymbolBits / 8 + 8;

// Hands out a clean scan's bits from the left of a 64-bit window, which is filled anew when it might not hold a symbol.
class BitReader {
 public:
  BitReader(const uint8_t* bytes, size_t size) : bytes_(bytes), limit_(size * 8) { Fill(); }

  // Always at least kMostSymbolBits valid bits, the next one leftmost.
  uint64_t window() const { return window_; }
  void Take(unsigned bits) {
    window_ <<= bits;
    used_ += bits;
    if (used_ > 57 - kMostSymbolBits) Fill();
  }
  size_t position() const { return bit_ + used_; }
  bool IsPastEnd() const { return position() > limit_; }

 private:
  void Fill() {
    bit_ += used_;
    used_ = 0;
    uint64_t word;
    __builtin_memcpy(&word, bytes_ + (bit_ >> 3), sizeof word);
    window_ = __builtin_bswap64(word) << (bit_ & 7);
  }

  const uint8_t* bytes_;
  uint64_t window_ = 0;
  size_t bit_ = 0, limit_;
  unsigned used_ = 0;
};

// One Huffman table, and what can be read off a window's leftmost bits in one look.
class HuffmanTable {
 public:
  // False: the table breaks T.81's rules. Rebuilt only if it differs from the last one.
  bool Build(const JHUFF_TBL& table, bool isDc);

  // Symbol and code length; length 0: no such code.
  struct Symbol {
    uint8_t value, length;
  };
  Symbol Decode(uint64_t window) const {
    const Symbol symbol = symbols_[window >> (64 - kLookBits)];
    return symbol.length != 0 ? symbol : DecodeLong(window);
  }

  // As many whole coefficients as kStrideBits hold: their bits in all, and how far they go on in the block, an end of
  // block counting one. A stride that holds none goes on so far that no block has room for it.
  class Stride {
   public:
    constexpr Stride() = default;
    constexpr Stride(unsigned bits, unsigned advance, bool isEnd)
        : packed_(static_cast<uint16_t>(bits | advance << 4 | (isEnd ? 1u << 15 : 0))) {}
    unsigned bits() const { return packed_ & 15; }
    unsigned advance() const { return packed_ >> 4 & 1023; }
    bool isEnd() const { return packed_ >> 15 != 0; }

   private:
    uint16_t packed_ = 0;
  };
  static constexpr int kStrideBits = 13;
  Stride Walk(uint64_t window) const { return strides_[window >> (64 - kStrideBits)]; }

  // A whole coefficient in kLookBits: its value, the zeros before it, its bits. 0 bits: not whole, or no coefficient.
  struct Coefficient {
    int16_t value;
    uint8_t run, bits;
  };
  Coefficient Look(uint64_t window) const { return coefficients_[window >> (64 - kLookBits)]; }

 private:
  static constexpr int kLookBits = 10;
  static constexpr unsigned kTooFar = 1023;

  Symbol DecodeLong(uint64_t window) const;
  void BuildStrides();
  void BuildCoefficients();

  std::array<uint8_t, 17> counts_{};
  std::array<uint8_t, 256> values_{};
  // By code length: the first code and value of that length, and the first 16 bits behind its last code.
  std::array<uint32_t, 18> first_code_{}, first_value_{}, behind_{};
  bool is_dc_ = false, is_built_ = false;
  std::array<Symbol, 1 << kLookBits> symbols_{};
  std::array<Coefficient, 1 << kLookBits> coefficients_{};
  std::array<Stride, 1 << kStrideBits> strides_{};
};

// `extra` bits at the window's left as a signed number (T.81, F.2.2.1); `extra` is not 0.
inline int Extend(uint64_t window, unsigned extra) {
  const auto value = static_cast<int>(window >> (64 - extra));
  // Negative numbers begin with 0; without a branch, for the sign is a coin's toss.
  const int isNegative = static_cast<int>(~window >> 63);
  return value - (isNegative << extra) + isNegative;
}

// What a thread keeps for decoding at 1/8.
struct EighthScratch {
  CleanScan scan;
  std::array<HuffmanTable, NUM_HUFF_TBLS> dc, ac;
  std::vector<uint8_t> planes;  // one MCU row's pixels, plane by plane
};

}  // namespace polycodec::jpeg
