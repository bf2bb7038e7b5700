#include "code_table.hpp"

#include <algorithm>
#include <numeric>
#include <vector>

namespace polycodec::jpeg_encode {
namespace {

// T.81, tables K.3 to K.6.
constexpr HuffmanTables kStandard = {
    {{0, 1, 5, 1, 1, 1, 1, 1, 1}, {0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11}},
    {{0, 2, 1, 3, 3, 2, 4, 3, 5, 5, 4, 4, 0, 0, 1, 125},
    {
     0x01, 0x02, 0x03, 0x00, 0x04, 0x11, 0x05, 0x12, 0x21, 0x31, 0x41, 0x06, 0x13, 0x51, 0x61, 0x07, 0x22, 0x71,
     0x14, 0x32, 0x81, 0x91, 0xa1, 0x08, 0x23, 0x42, 0xb1, 0xc1, 0x15, 0x52, 0xd1, 0xf0, 0x24, 0x33, 0x62, 0x72,
     0x82, 0x09, 0x0a, 0x16, 0x17, 0x18, 0x19, 0x1a, 0x25, 0x26, 0x27, 0x28, 0x29, 0x2a, 0x34, 0x35, 0x36, 0x37,
     0x38, 0x39, 0x3a, 0x43, 0x44, 0x45, 0x46, 0x47, 0x48, 0x49, 0x4a, 0x53, 0x54, 0x55, 0x56, 0x57, 0x58, 0x59,
     0x5a, 0x63, 0x64, 0x65, 0x66, 0x67, 0x68, 0x69, 0x6a, 0x73, 0x74, 0x75, 0x76, 0x77, 0x78, 0x79, 0x7a, 0x83,
     0x84, 0x85, 0x86, 0x87, 0x88, 0x89, 0x8a, 0x92, 0x93, 0x94, 0x95, 0x96, 0x97, 0x98, 0x99, 0x9a, 0xa2, 0xa3,
     0xa4, 0xa5, 0xa6, 0xa7, 0xa8, 0xa9, 0xaa, 0xb2, 0xb3, 0xb4, 0xb5, 0xb6, 0xb7, 0xb8, 0xb9, 0xba, 0xc2, 0xc3,
     0xc4, 0xc5, 0xc6, 0xc7, 0xc8, 0xc9, 0xca, 0xd2, 0xd3, 0xd4, 0xd5, 0xd6, 0xd7, 0xd8, 0xd9, 0xda, 0xe1, 0xe2,
     0xe3, 0xe4, 0xe5, 0xe6, 0xe7, 0xe8, 0xe9, 0xea, 0xf1, 0xf2, 0xf3, 0xf4, 0xf5, 0xf6, 0xf7, 0xf8, 0xf9, 0xfa,
    }},
    {{0, 3, 1, 1, 1, 1, 1, 1, 1, 1, 1}, {0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11}},
    {{0, 2, 1, 2, 4, 4, 3, 4, 7, 5, 4, 4, 0, 1, 2, 119},
    {
     0x00, 0x01, 0x02, 0x03, 0x11, 0x04, 0x05, 0x21, 0x31, 0x06, 0x12, 0x41, 0x51, 0x07, 0x61, 0x71, 0x13, 0x22,
     0x32, 0x81, 0x08, 0x14, 0x42, 0x91, 0xa1, 0xb1, 0xc1, 0x09, 0x23, 0x33, 0x52, 0xf0, 0x15, 0x62, 0x72, 0xd1,
     0x0a, 0x16, 0x24, 0x34, 0xe1, 0x25, 0xf1, 0x17, 0x18, 0x19, 0x1a, 0x26, 0x27, 0x28, 0x29, 0x2a, 0x35, 0x36,
     0x37, 0x38, 0x39, 0x3a, 0x43, 0x44, 0x45, 0x46, 0x47, 0x48, 0x49, 0x4a, 0x53, 0x54, 0x55, 0x56, 0x57, 0x58,
     0x59, 0x5a, 0x63, 0x64, 0x65, 0x66, 0x67, 0x68, 0x69, 0x6a, 0x73, 0x74, 0x75, 0x76, 0x77, 0x78, 0x79, 0x7a,
     0x82, 0x83, 0x84, 0x85, 0x86, 0x87, 0x88, 0x89, 0x8a, 0x92, 0x93, 0x94, 0x95, 0x96, 0x97, 0x98, 0x99, 0x9a,
     0xa2, 0xa3, 0xa4, 0xa5, 0xa6, 0xa7, 0xa8, 0xa9, 0xaa, 0xb2, 0xb3, 0xb4, 0xb5, 0xb6, 0xb7, 0xb8, 0xb9, 0xba,
     0xc2, 0xc3, 0xc4, 0xc5, 0xc6, 0xc7, 0xc8, 0xc9, 0xca, 0xd2, 0xd3, 0xd4, 0xd5, 0xd6, 0xd7, 0xd8, 0xd9, 0xda,
     0xe2, 0xe3, 0xe4, 0xe5, 0xe6, 0xe7, 0xe8, 0xe9, 0xea, 0xf2, 0xf3, 0xf4, 0xf5, 0xf6, 0xf7, 0xf8, 0xf9, 0xfa,
    }},
};

// Puts the codes of one table where its symbols' kinds begin.
void AddCodes(const HuffmanTable& table, uint8_t firstKind, CodeTable& codes) {
  uint32_t code = 0;
  unsigned at = 0;
  for (unsigned length = 1; length <= 16; ++length, code <<= 1) {
    for (unsigned i = 0; i < table.counts[length - 1]; ++i, ++code, ++at) {
      const unsigned symbol = table.symbols[at], size = symbol & 15;
      codes[firstKind * 16u + symbol] = code << size << 5 | (length + size);
    }
  }
}

// Lengths of Huffman's codes for 256 symbols and one that is reserved, so that no code consists of ones alone. Two trees
// of the least frequency are joined until one is left; of equal ones the last is taken first.
std::array<unsigned, 257> CodeLengths(const std::array<uint64_t, 256>& frequencies) {
  std::array<uint64_t, 257> weights{};
  std::copy(frequencies.begin(), frequencies.end(), weights.begin());
  weights[256] = 1;
  std::array<std::vector<unsigned>, 257> trees;  // symbols of each tree
  for (unsigned i = 0; i < 257; ++i) trees[i] = {i};
  std::array<unsigned, 257> lengths{};
  constexpr unsigned kNone = 257;
  const auto least = [&weights](unsigned except) {
    unsigned found = kNone;
    for (unsigned i = 0; i < 257; ++i) {
      if (weights[i] != 0 && i != except && (found == kNone || weights[i] <= weights[found])) found = i;
    }
    return found;
  };
  for (;;) {
    const unsigned first = least(kNone), second = least(first);
    if (second == kNone) return lengths;
    weights[first] += weights[second];
    weights[second] = 0;
    trees[first].insert(trees[first].end(), trees[second].begin(), trees[second].end());
    for (const unsigned symbol : trees[first]) ++lengths[symbol];
  }
}

}  // namespace

unsigned HuffmanTable::SymbolCount() const { return std::accumulate(counts.begin(), counts.end(), 0u); }

HuffmanTable HuffmanTable::MakeOptimal(const std::array<uint64_t, 256>& frequencies) {
  const std::array<unsigned, 257> lengths = CodeLengths(frequencies);
  std::array<unsigned, 258> counts{};
  for (const unsigned length : lengths) ++counts[length];
  counts[0] = 0;
  // T.81, figure K.3: two codes that are too long, which are siblings, make way for one a bit shorter; the other becomes
  // the sibling of a shorter code, which gets a bit more.
  for (unsigned i = 257; i > 16; --i) {
    while (counts[i] > 0) {
      unsigned j = i - 2;
      while (counts[j] == 0) --j;
      counts[i] -= 2;
      ++counts[i - 1];
      counts[j + 1] += 2;
      --counts[j];
    }
  }
  // The reserved symbol has the longest code.
  unsigned longest = 16;
  while (counts[longest] == 0) --longest;
  --counts[longest];

  HuffmanTable table;
  for (unsigned i = 0; i < 16; ++i) table.counts[i] = static_cast<uint8_t>(counts[i + 1]);
  unsigned at = 0;
  for (unsigned length = 1; length < counts.size(); ++length) {
    for (unsigned symbol = 0; symbol < 256; ++symbol) {
      if (lengths[symbol] == length) table.symbols[at++] = static_cast<uint8_t>(symbol);
    }
  }
  return table;
}

const HuffmanTables& HuffmanTables::Standard() { return kStandard; }

HuffmanTables HuffmanTables::MakeOptimal(const std::array<uint64_t, kSymbols>& frequencies, bool hasChroma) {
  const auto make = [&frequencies](unsigned firstKind, unsigned symbols) {
    std::array<uint64_t, 256> own{};
    std::copy_n(frequencies.begin() + firstKind * 16, symbols, own.begin());
    return HuffmanTable::MakeOptimal(own);
  };
  HuffmanTables tables{make(kDc, 16), make(0, 256), {}, {}};
  if (hasChroma) {
    tables.chromaDc = make(kChromaTables + kDc, 16);
    tables.chromaAc = make(kChromaTables, 256);
  }
  return tables;
}

void MakeCodeTable(const HuffmanTables& tables, CodeTable& codes) {
  codes.fill(0);
  AddCodes(tables.lumaDc, kDc, codes);
  AddCodes(tables.lumaAc, 0, codes);
  AddCodes(tables.chromaDc, kChromaTables + kDc, codes);
  AddCodes(tables.chromaAc, kChromaTables, codes);
}

}  // namespace polycodec::jpeg_encode
