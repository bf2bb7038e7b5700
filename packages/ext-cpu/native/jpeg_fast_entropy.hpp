// The Huffman-coded coefficients of a sequential scan (T.81, F.2.2), block after block.
#pragma once

#include <cstdint>

#include "jpeg_fast_level.hpp"
#include "jpeg_fast_tables.hpp"

namespace polycodec::jpeg::fast {

// Coefficients lie four blocks together, so that the inverse transform takes a row of all four in one load: coefficient
// (row, column) of block b of a group stands at row * 32 + b * 8 + column.
inline constexpr unsigned kGroupBlocks = 4, kGroupCoefficients = kGroupBlocks * 64, kGroupRow = 32;

// A block to come. 64 bytes, so that blocks begin at cache lines.
struct alignas(64) Block {
  const Entry* dc;
  const Entry* ac;
  int16_t* coefficients;  // in its group; zeros to begin with
  const CodeTables* tables;
  uint32_t last;       // out: no coefficient behind this one, in coded order, is other than zero
  uint32_t component;
  uint32_t group;      // for the caller
  intptr_t toNext;     // bytes from `ac` to the next block's `dc`: see Link
};
static_assert(sizeof(Block) == 64 && sizeof(Block) == kBlockEnds);

// Tells the block before `block` what comes behind it. To be called whenever either changes.
inline void Link(Block* block) {
  block[-1].toNext = static_cast<intptr_t>(reinterpret_cast<uintptr_t>(block->dc) - reinterpret_cast<uintptr_t>(block[-1].ac));
}

// Where a segment's decoding stands. `window` holds `count` valid bits, the next one leftmost.
struct BitState {
  uint64_t window = 0, count = 0;
  const uint8_t* from = nullptr;

  void Begin(const uint8_t* at) { window = count = 0, from = at; }
  // Bits between here and `limit`; negative: behind it.
  int64_t Left(const uint8_t* limit) const { return (limit - from) * 8 + static_cast<int64_t>(count); }
};

// Blocks being decoded, and where that stands: it can be put aside between any two looks. end[0] and end[1] are to be
// sentinels (MakeSentinel), linked like all others.
struct BlockRun {
  Block* block = nullptr;        // the one in work
  Block* end = nullptr;
  const Entry* table = nullptr;  // for the next look
  uint64_t k = 0;                // of the coefficient before
  bool isBad = false;            // a code that does not exist, or a block of more than 64 coefficients; and it is over

  void Begin(Block* first, Block* behind) { *this = {first, behind, first->dc, 0, false}; }
  bool IsOver() const { return block >= end; }
};

// Decodes until the run is over. DC coefficients come as differences. Reads up to kLookahead bytes for
// kMostBlocksPerChunk blocks.
using EntropyFn = void (*)(BitState& bits, BlockRun& run);
// For tables of this width.
EntropyFn ChooseEntropy(Level level, unsigned bits);

// Decodes two runs side by side until either is over.
using EntropyPairFn = void (*)(BitState& bits, BlockRun& run, BitState& otherBits, BlockRun& otherRun);
EntropyPairFn ChooseEntropyPair(Level level, unsigned bits, unsigned otherBits);

// A block that takes no bits and never ends. `scratch` holds a group, and is written to.
Block MakeSentinel(int16_t* scratch);

// The window's next symbol's extra bits as a number, without a branch (T.81, F.2.2.1).
inline int ExtendWindow(uint64_t window, unsigned extra) {
  const uint64_t negative = ~static_cast<uint64_t>(static_cast<int64_t>(window) >> 63);
  const uint64_t magnitude = (window ^ negative) >> 1 >> (63 - extra);
  return static_cast<int>(static_cast<uint32_t>((magnitude ^ negative) - negative));
}

// Eight bytes, the first leftmost.
inline uint64_t NextBytes(const uint8_t* from) {
  uint64_t next;
  __builtin_memcpy(&next, from, sizeof next);
#if __BYTE_ORDER__ == __ORDER_LITTLE_ENDIAN__
  next = __builtin_bswap64(next);
#endif
  return next;
}

// Fills the window to at least 56 bits. `from` then stands before the first byte not wholly counted. Bits beyond
// `count` are true ones as well, and are put there again the next time: no harm, and no mask.
inline void Refill(uint64_t& window, uint64_t& count, const uint8_t*& from) {
  window |= NextBytes(from) >> count;
  from += (63 - count) >> 3;
  count |= 56;
}

}  // namespace polycodec::jpeg::fast
