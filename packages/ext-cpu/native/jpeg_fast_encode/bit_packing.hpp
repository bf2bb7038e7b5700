// Tokens to bits.
#pragma once

#include <cstddef>
#include <cstdint>

#include "code_table.hpp"
#include "level.hpp"
#include "tokens.hpp"

namespace polycodec::jpeg_encode {

inline constexpr size_t kTokenGroup = 16;  // tokens are taken in whole groups

// Symbols (kind << 4 | size of the value) of `count` tokens, a multiple of kTokenGroup.
using MakeSymbols = void (*)(const uint8_t* kinds, const int16_t* values, size_t count, uint16_t* symbols);

MakeSymbols MakeSymbolsFor(Level level);

// Bits on their way to memory. Less than a byte waits, at the left end of `pending`.
struct BitWriter {
  uint8_t* at = nullptr;
  uint64_t pending = 0;
  unsigned used = 0;

  // Fills the last byte with ones, as T.81 asks for before markers (F.1.2.3).
  void Finish() {
    if (used != 0) *at++ = static_cast<uint8_t>(pending >> 56 | 0xffu >> used);
    pending = 0;
    used = 0;
  }
};

// Appends the codes and values of `count` tokens, a multiple of kTokenGroup. Writes up to 8 bytes beyond the last.
using PackBits = void (*)(const uint16_t* symbols, const int16_t* values, size_t count, const CodeTable& codes,
                          BitWriter& to);

PackBits PackBitsFor(Level level);

// Copies coded data with the zero that T.81 wants after each FF byte (B.1.1.5); returns the end of the copy. Reads up to
// 63 bytes beyond `end`, and writes up to 64 beyond what it returns.
using StuffBytes = uint8_t* (*)(const uint8_t* from, const uint8_t* end, uint8_t* to);

StuffBytes StuffBytesFor(Level level);

}  // namespace polycodec::jpeg_encode
