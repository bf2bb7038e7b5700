// A fast deflate for rows of a picture, block by block. It knows two kinds of pictures: filtered photographs, in which
// nothing repeats but runs of equal bytes, so that nearly all is Huffman coding; and flat graphics, unfiltered, in which
// nearly everything has been seen before. Where time allows, photographs are searched for what does repeat.
#pragma once

#include <array>
#include <bit>
#include <cstddef>
#include <cstdint>
#include <cstring>
#include <vector>

#include <polycodec.h>

namespace polycodec::png {

// The encoder's output in the host's memory.
class Sink {
 public:
  explicit Sink(polycodec_call* call) : call_(call) {}
  // Room for `size` bytes more; throws std::bad_alloc. What was given before moves.
  uint8_t* Reserve(size_t size);
  void Advance(size_t size) { used_ += size; }
  uint8_t* At(size_t offset) { return start_ + offset; }
  size_t Used() const { return used_; }
  // Forgets what has been written behind `size`.
  void Rewind(size_t size) { used_ = size; }
  void Finish();

 private:
  polycodec_call* const call_;
  uint8_t* start_ = nullptr;
  size_t used_ = 0, capacity_ = 0;
};

// `literals` bytes as they are, then `length` bytes that stand `distance` bytes before. Length 0: nothing but literals.
struct Token {
  uint32_t literals;
  uint16_t length, distance;
};

inline constexpr uint32_t kMaxMatch = 258, kMaxDistance = 32768;
inline constexpr uint32_t kLiterals = 286, kDistances = 30;  // symbols of both codes

// RFC 1951, 3.2.5: the symbol of a distance, and what follows it in how many bits.
struct DistanceSymbol {
  uint32_t symbol, extra, bits;
};
inline DistanceSymbol SymbolOfDistance(uint32_t distance) {
  const uint32_t value = distance - 1;
  if (value < 4) return {value, 0, 0};
  const uint32_t bits = uint32_t(std::bit_width(value)) - 2;
  return {2 * bits + (value >> bits), value & ((1u << bits) - 1), bits};
}

// How many bits each thing takes in a block, with what follows its code.
struct CodeCosts {
  std::array<uint8_t, 256> literals;
  std::array<uint8_t, kMaxMatch + 1> lengths;   // by length, from 3 on
  std::array<uint8_t, kDistances> distances;    // by symbol
};
// What they may be in a block of this sample, before there is one.
CodeCosts LikelyCosts(const uint8_t* sample, size_t size);

// Adds `length` matched bytes as one or more tokens of at most kMaxMatch, behind `literals` literals. Length is 3 or more.
inline void AddMatch(std::vector<Token>& tokens, size_t literals, size_t length, size_t distance) {
  while (length > 0) {
    size_t part = length < kMaxMatch ? length : kMaxMatch;
    if (length - part > 0 && length - part < 3) part -= 3;  // what remains must be a match, too
    tokens.push_back({uint32_t(literals), uint16_t(part), uint16_t(distance)});
    literals = 0;
    length -= part;
  }
}

// Finds runs: bytes that equal the one before them. data[0] is never part of one.
void FindRuns(const uint8_t* data, size_t size, std::vector<Token>& tokens);

// Finds repetitions of at least 4 bytes, greedily, through a table of where four bytes were last seen.
class MatchFinder {
 public:
  MatchFinder() : last_(size_t{1} << kHashBits) {}
  void Reset() { std::fill(last_.begin(), last_.end(), 0); }
  // Tokens for window[from, to). The bytes before `from` are what was coded before.
  void Find(const uint8_t* window, size_t from, size_t to, std::vector<Token>& tokens);
  // The window has lost its first `bytes` bytes.
  void Slide(size_t bytes);

 private:
  static constexpr uint32_t kHashBits = 13;
  std::vector<uint32_t> last_;  // position + 1; 0: never
};

// Finds repetitions of at least 5 bytes that are worth it. In filtered photographs a byte takes 3 to 5 bits, and most of
// what repeats does so by chance, far away: a match of five bytes then often takes more bits than they would. So each is
// weighed with the codes of the block before, of the two places where the same five bytes stood last the longer match
// wins, and a match gives way to one that saves more a byte later.
class WeighedMatchFinder {
 public:
  WeighedMatchFinder() : last_(size_t{1} << kHashBits) {}
  void Reset(const CodeCosts& likely);
  // As MatchFinder's. Positions are kept modulo 64 Ki: what is too old compares unequal, or is as good as if it were new.
  void Find(const uint8_t* window, size_t from, size_t to, std::vector<Token>& tokens);
  void Slide(size_t bytes) { slid_ += bytes; }
  // The codes of the block that has been written of what was found last.
  void Learn(const CodeCosts& costs);

 private:
  struct Match {
    uint32_t length, distance;
    int saves;  // bits
  };
  uint32_t& LastOf(uint64_t bytes) { return last_[(bytes << 24) * 0x9e3779b97f4a7c15u >> (64 - kHashBits)]; }
  Match MatchAt(const uint8_t* window, size_t at, size_t from, size_t to);

  static constexpr uint32_t kHashBits = 16;
  std::vector<uint32_t> last_;   // two positions of 16 bits, the later one in the low half
  std::vector<uint32_t> before_;  // bits of all literals before each byte of the part that is searched
  CodeCosts costs_;
  size_t slid_ = 0;
  uint32_t leftOut_ = 0;  // blocks yet to be left out
  bool found_ = false;    // anything worth it in the last block?
};

// Bits that are not yet bytes, the first in the lowest place. A value, so that it lives in registers.
struct BitBuffer {
  uint64_t bits = 0;
  uint32_t count = 0;

  void Put(uint64_t value, uint32_t size) {
    bits |= value << count;
    count += size;
  }
  // Writes whole bytes (8 bytes are touched); 7 bits at most remain.
  uint8_t* Flush(uint8_t* to) {
    std::memcpy(to, &bits, 8);  // little endian, as deflate
    to += count / 8;
    bits >>= count & ~7u;
    count &= 7;
    return to;
  }
  uint8_t* FlushAll(uint8_t* to) {
    count = (count + 7) / 8 * 8;
    return Flush(to);
  }
};

// Writes deflate blocks.
class BlockWriter {
 public:
  void Begin() { rest_ = {}; }
  // One block, or several where stored bytes are shorter. `data` is what the tokens are about.
  void Write(Sink& sink, const uint8_t* data, size_t size, const std::vector<Token>& tokens, bool last);
  // Of the block just written.
  CodeCosts Costs() const;

 private:
  void WriteStored(Sink& sink, const uint8_t* data, size_t size, bool last);

  BitBuffer rest_;                                           // of the block before
  std::array<uint8_t, kLiterals + kDistances> lengths_ = {};  // of its codes, in bits
};

}  // namespace polycodec::png
