// Coefficients to tokens: what the entropy coder writes a code for.
#pragma once

#include <cstddef>
#include <cstdint>

#include "chunk.hpp"
#include "level.hpp"

namespace polycodec::jpeg_encode {

// A token's kind: the zeros before a coefficient (0 to 15), with kDc and kChromaTables added where they hold. With the
// size of its value (bits of its magnitude) it makes a symbol, kind << 4 | size: T.81's own byte for AC, 256 more for DC,
// 512 more with chroma's tables. So a run of 16 zeros (ZRL) is kind 15 with value 0, the end of a block (EOB) kind 0
// with value 0.
inline constexpr uint8_t kDc = 16, kChromaTables = 32, kKinds = 64;
inline constexpr unsigned kSymbols = kKinds * 16;
// No code at all; fills groups of tokens.
inline constexpr uint8_t kNoToken = 18;

// Tokens in the order of the scan, kinds and values apart.
struct TokenBuffer {
  // All coefficients of a chunk's blocks and their ends, what the last chunk left over, and room to write in whole vectors.
  static constexpr size_t kCapacity = kMostChunkBlocks * (kBlockSize + 1) + 256;

  alignas(64) uint8_t kinds[kCapacity];
  alignas(64) int16_t values[kCapacity];
  size_t count = 0;
};

// Where a block of the scan lies among the coefficients, and what it is coded with.
struct ScanBlock {
  uint16_t offset;    // in blocks
  uint8_t component;  // whose DC predictor it has
  uint8_t tables;     // 0 or kChromaTables
};

// Appends the tokens of the blocks (64 coefficients each, in zigzag order), in this order.
using AppendTokens = void (*)(const int16_t* coefficients, const ScanBlock* blocks, size_t count, int (&predictors)[3],
                              TokenBuffer& to);

AppendTokens AppendTokensFor(Level level);

}  // namespace polycodec::jpeg_encode
