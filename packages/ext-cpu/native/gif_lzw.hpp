// GIF's variant of LZW (GIF89a specification, appendix F): codes of growing length, lowest bit first, in sub-blocks.
#pragma once

#include <cstddef>
#include <cstdint>
#include <span>

namespace polycodec::gif {

enum class LzwEnd {
  kNotYet,     // as many indices as were asked for are there
  kDataEnd,    // the sub-blocks end properly, with too few indices
  kFileEnd,    // the bytes end within the sub-blocks
  kWrongCode,  // a code that cannot stand there
};

constexpr unsigned kMaxCodeSize = 8;  // bits of a literal: indices are bytes
constexpr unsigned kMaxCodeBits = 12;

// Codes out of sub-blocks.
class CodeReader {
 public:
  explicit CodeReader(std::span<const uint8_t> blocks) : at_(blocks.data()), end_(at_ + blocks.size()) {}

  bool Read(unsigned bits, uint32_t* code);
  // Has the file ended within a sub-block, or before the empty one? Only of interest when Read has failed.
  bool fileEnded() const { return fileEnded_; }

 private:
  bool Fill();
  bool NextBlock();
  void Advance(size_t bytes);

  const uint8_t* at_;
  const uint8_t* end_;
  size_t inBlock_ = 0;
  uint64_t window_ = 0;
  unsigned held_ = 0;  // bits of the window
  bool finished_ = false, fileEnded_ = false;
};

class LzwExpander {
 public:
  // `codeSize`: 1 to kMaxCodeSize. At most indices.size() are written.
  LzwExpander(std::span<const uint8_t> blocks, unsigned codeSize, std::span<uint8_t> indices);

  // Expands until at least `wanted` indices are there, or all that have room.
  LzwEnd Run(size_t wanted);
  size_t count() const { return count_; }

  // More than `bytes` of sub-blocks can expand to: two codes a byte at most, each of at most as many indices as there
  // are codes.
  static uint64_t MostIndices(size_t bytes) { return (uint64_t{bytes} * 4) << kMaxCodeBits; }

 private:
  // What a code stands for: a string of indices that has been written before, at `start` of the output.
  struct Entry {
    uint32_t start, length;
  };

  CodeReader codes_;
  std::span<uint8_t> indices_;
  uint32_t clear_;
  unsigned codeSize_, bits_;
  uint32_t next_;           // the code to be made next
  size_t count_ = 0;
  Entry previous_{0, 0};    // no length: nothing since the last clear
  Entry table_[1u << kMaxCodeBits];
};

}  // namespace polycodec::gif
