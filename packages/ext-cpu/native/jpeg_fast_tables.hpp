// Huffman tables in the form that the entropy loop wants: one look takes one or two coefficients with their values.
#pragma once

#include <array>
#include <cstdint>
#include <memory>

#include "jpeg_fast_header.hpp"

namespace polycodec::jpeg::fast {

// Sizes of values (T.81, tables F.1 and F.2): larger ones do not occur in 8-bit pictures, and are refused.
inline constexpr unsigned kMostDcBits = 11, kMostAcBits = 10;

// A table's codes by T.81, annex C: any code, one at a time.
class HuffmanCode {
 public:
  // False: the table breaks the rules.
  bool Build(const HuffmanSpec& spec, bool isDc);

  struct Symbol {
    uint8_t value, length;
  };
  // What the leftmost bits of `window` say; length 0: no code begins so.
  Symbol Decode(uint64_t window) const {
    const Symbol symbol = quick_[window >> 56];
    return symbol.length != 0 ? symbol : DecodeLong(window);
  }
  // All indices of `bits` bits at once, symbol and length; length 0 where a code is longer.
  void Spread(unsigned bits, Symbol* to) const;

 private:
  Symbol DecodeLong(uint64_t window) const;

  std::array<uint8_t, 17> counts_{};
  std::array<uint8_t, 256> values_{};
  std::array<uint32_t, 17> behind_{};  // by length: the first 16 bits behind its last code
  std::array<int, 17> offset_{};       // by length: from a code to its place in values_
  std::array<Symbol, 256> quick_{};
};

// What the entropy loop looks up. All fields are bytes of memory, so that the loop loads each by itself: taking them out of
// one register would need shifts, of which the CPU does two at a time, but of loads three, and they are otherwise idle.
//
// The idea in two steps. Plainly, one looks up the code's symbol, takes its extra bits, makes a signed number of them,
// and begins anew. All of that is a function of the next bits alone, so a table can hold the finished value, and that
// of a second short symbol behind it, or of the end of the block. But with large values few symbols fit the index with
// all their extra bits; so only codes need to fit, and the value of the entry's last coefficient is computed from the
// bits, without a branch. Seen: pairs 1.2 times, and the computed value 1.3 times at quality 95, 1.6 times at 98.
struct Entry {
  uint8_t bits = 0;   // that this entry takes in all, extra bits included; and kBlockEnds
  uint8_t first = 0;  // from the coefficient before to where `value` goes
  uint8_t last = 0;   // from the coefficient before to the last one; kTooFar: the loop shall take a symbol by the slow road
  int8_t end = 0;     // -1 if the block ends with this entry, else 0: a mask
  // Of the first coefficient, if the entry holds two; else 0. Written after the last one.
  int8_t value = 0;
  uint8_t drop = 0;   // modulo 64: 64 less the bits up to the last coefficient's extra bits and with them
  uint16_t mask = 0;  // as many ones as the last coefficient has extra bits
};
static_assert(sizeof(Entry) == 8);
inline constexpr unsigned kTooFar = 64;
// In Entry::bits, beside `end`: the size of a Block. The count of valid bits, of which six matter, does not see it.
inline constexpr unsigned kBlockEnds = 64;

// A component's two tables. That for DC also holds the first AC coefficient or the end of the block behind it.
struct CodeTables {
  HuffmanSpec dcSpec, acSpec;
  unsigned bits = 0;  // the index's width; 0: not built
  HuffmanCode dcCode, acCode;
  std::unique_ptr<Entry[]> dc, ac;
};

// Index widths: a wide one pays where there is much data, a narrow one is built sooner.
inline constexpr unsigned kNarrowBits = 10, kWideBits = 11;

// Keeps tables from image to image: most files of a batch have the same ones.
class TableCache {
 public:
  // Null: one of the tables breaks the rules.
  const CodeTables* Find(const HuffmanSpec& dc, const HuffmanSpec& ac, unsigned bits);

 private:
  static constexpr unsigned kSlots = 6;  // two images of three components
  std::array<std::unique_ptr<CodeTables>, kSlots> slots_;
  // The slot that was asked for longest ago makes room: never one of the present image's.
  std::array<uint64_t, kSlots> asked_{};
  uint64_t clock_ = 0;
};

}  // namespace polycodec::jpeg::fast
