// From tokens to the coded data in the output; or to the side, where Huffman tables are to be made for them first.
#pragma once

#include <array>
#include <cstdint>
#include <memory>
#include <vector>

#include "bit_packing.hpp"
#include "code_table.hpp"
#include "output.hpp"
#include "tokens.hpp"

namespace polycodec::jpeg_encode {

// Fills the last group of tokens with nothing.
void PadTokens(TokenBuffer& tokens);

// Takes the buffer's whole groups away: what is left, less than a group, moves to its start.
void DropWholeGroups(TokenBuffer& tokens);

// Writes coded data: bits into a buffer that stays in cache, from there with stuffed bytes into the output.
class ScanWriter {
 public:
  explicit ScanWriter(Level level);

  void Begin(const CodeTable& codes, Output& output);
  // Whole groups.
  void Write(const uint16_t* symbols, const int16_t* values, size_t count);
  // Ends a restart interval: the marker RST0 to RST7 by turns.
  void Restart();
  void End();

 private:
  void Flush();

  static constexpr size_t kSlice = 4096;                  // tokens between two looks at the buffer
  static constexpr size_t kFlushAt = 2048;                // bytes
  static constexpr size_t kMostBytes = kFlushAt + kSlice * 27 / 8 + 64;

  const PackBits pack_;
  const StuffBytes stuff_;
  const CodeTable* codes_ = nullptr;
  Output* output_ = nullptr;
  BitWriter bits_;
  unsigned restarts_ = 0;
  std::array<uint8_t, kMostBytes> bytes_;
};

// All tokens of a picture, four bytes each, and how often each symbol is among them.
class TokenStore {
 public:
  // Takes at most `maxBytes` of memory (0: no limit).
  void Begin(uint64_t maxBytes);
  // Whole groups. False: they would take too much; nothing is kept of them.
  bool Add(const uint16_t* symbols, const int16_t* values, size_t count);
  void Restart() { restarts_.push_back(count_); }

  const std::array<uint64_t, kSymbols>& Frequencies();
  void WriteTo(ScanWriter& writer) const;
  uint64_t Bytes() const { return capacity_ * kTokenBytes; }

 private:
  static constexpr uint64_t kTokenBytes = sizeof(uint16_t) + sizeof(int16_t);
  struct Free {
    void operator()(void* memory) const;
  };
  bool Grow(size_t count);

  std::unique_ptr<uint16_t, Free> symbols_;
  std::unique_ptr<int16_t, Free> values_;
  size_t count_ = 0, capacity_ = 0;
  uint64_t maxBytes_ = 0;
  std::vector<size_t> restarts_;  // how many tokens come before each
  // Equal symbols often follow each other; four tallies by turns do not wait for one another.
  std::array<std::array<uint32_t, kSymbols>, 4> tallies_;
  std::array<uint64_t, kSymbols> frequencies_;
};

}  // namespace polycodec::jpeg_encode
