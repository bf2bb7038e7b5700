// A fast deflate for rows of a picture, block by block. It knows two kinds of pictures: filtered photographs, in which
// nothing repeats but runs of equal bytes, so that nearly all is Huffman coding; and flat graphics, unfiltered, in which
// nearly everything has been seen before. Where time allows, photographs are searched for what does repeat.
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <vector>

#include <polycodec.h>

#include "png_codes.hpp"

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

// How many bits each thing takes in a block, with what follows its code.
struct CodeCosts {
  std::array<uint8_t, 256> literals;
  std::array<uint8_t, kMaxMatch + 1> lengths;   // by length, from 3 on
  std::array<uint8_t, kDistances> distances;    // by symbol
};
// What they may be in a block of this sample, before there is one.
CodeCosts LikelyCosts(const uint8_t* sample, size_t size);

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

// Writes deflate blocks.
class BlockWriter {
 public:
  BlockWriter();
  void Begin() { rest_ = {}; }
  // One block, or several where stored bytes are shorter. `data` is what the tokens are about.
  void Write(Sink& sink, const uint8_t* data, size_t size, const std::vector<Token>& tokens, bool last);
  // Of the block just written.
  CodeCosts Costs() const;

 private:
  void WriteStored(Sink& sink, const uint8_t* data, size_t size, bool last);

  const PutTokensFn putTokens_;
  BitBuffer rest_;                                           // of the block before
  std::array<uint8_t, kLiterals + kDistances> lengths_ = {};  // of its codes, in bits
};

}  // namespace polycodec::png
