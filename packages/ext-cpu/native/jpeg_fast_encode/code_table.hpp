// Huffman tables: T.81's typical ones (annex K.3), ones made for a picture (annex K.2), and codes by symbol.
#pragma once

#include <array>
#include <cstdint>
#include <span>

#include "tokens.hpp"

namespace polycodec::jpeg_encode {

// As a DHT segment holds it: how many codes of each length from 1 to 16, and their symbols, the shortest codes' first.
struct HuffmanTable {
  std::array<uint8_t, 16> counts{};
  std::array<uint8_t, 256> symbols{};

  unsigned SymbolCount() const;

  // The table with the shortest codes for symbols that occur so often (at least one of them does), none of more than 16
  // bits and none of ones alone; among several that are equally good, libjpeg's.
  static HuffmanTable MakeOptimal(const std::array<uint64_t, 256>& frequencies);
};

// The four tables of a picture; gray ones need the first two.
struct HuffmanTables {
  HuffmanTable lumaDc, lumaAc, chromaDc, chromaAc;

  static const HuffmanTables& Standard();
  static HuffmanTables MakeOptimal(const std::array<uint64_t, kSymbols>& frequencies, bool hasChroma);
};

// What is written for a symbol (kind << 4 | size, see tokens.hpp): its code, with room behind it for the value's bits,
// << 5 | the bits of both. At most 16 and 11.
using CodeTable = std::array<uint32_t, kSymbols>;

void MakeCodeTable(const HuffmanTables& tables, CodeTable& codes);

}  // namespace polycodec::jpeg_encode
