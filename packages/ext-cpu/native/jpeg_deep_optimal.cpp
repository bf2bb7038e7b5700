#include "jpeg_deep_optimal.hpp"

#include <algorithm>

namespace polycodec::jpegdeep {
namespace {

// One more than the categories: a symbol that never occurs takes the code of all ones.
constexpr uint32_t kSymbols = kCategories + 1;
constexpr uint32_t kReserved = kCategories;

// The depth of each symbol in Huffman's tree, by joining the two rarest again and again; 0: does not occur. With so few
// symbols a search for the two is as good as a heap. Of equally rare ones the last goes first, so that the reserved
// symbol ends up deepest.
std::array<uint32_t, kSymbols> Depths(std::array<uint64_t, kSymbols> weights) {
  std::array<uint32_t, kSymbols> depth{}, tree;
  for (uint32_t i = 0; i < kSymbols; ++i) tree[i] = i;
  const auto rarest = [&](uint32_t except) {
    uint32_t found = kSymbols;
    for (uint32_t i = 0; i < kSymbols; ++i) {
      if (weights[i] != 0 && i != except && (found == kSymbols || weights[i] <= weights[found])) found = i;
    }
    return found;
  };
  for (;;) {
    const uint32_t first = rarest(kSymbols), second = rarest(first);
    if (second == kSymbols) return depth;
    weights[second] += weights[first];
    weights[first] = 0;
    for (uint32_t i = 0; i < kSymbols; ++i) {
      if (tree[i] != first && tree[i] != second) continue;
      tree[i] = second;
      ++depth[i];
    }
  }
}

}  // namespace

HuffmanCode OptimalCode(const std::array<uint64_t, kCategories>& occurrences) {
  std::array<uint64_t, kSymbols> weights{};
  std::copy(occurrences.begin(), occurrences.end(), weights.begin());
  weights[kReserved] = 1;
  std::array<uint32_t, kSymbols> depth = Depths(weights);

  // 18 symbols can be 17 deep. Then the two deepest move: one up to their common place, the other below a symbol that
  // was less deep (figure K.3).
  std::array<uint32_t, kSymbols + 1> counts{};
  for (const uint32_t d : depth) ++counts[d];
  for (uint32_t length = kSymbols - 1; length > 16; --length) {
    while (counts[length] > 0) {
      uint32_t shorter = length - 2;
      while (counts[shorter] == 0) --shorter;
      counts[length] -= 2;
      ++counts[length - 1];
      counts[shorter + 1] += 2;
      --counts[shorter];
    }
  }
  // The reserved symbol's is the last of the longest.
  uint32_t longest = 16;
  while (counts[longest] == 0) --longest;
  --counts[longest];

  HuffmanCode result;
  for (uint32_t d = 1; d < kSymbols; ++d) {
    for (uint8_t i = 0; i < kCategories; ++i) {
      if (depth[i] == d) result.symbols[result.symbolCount++] = i;
    }
  }
  uint32_t code = 0, place = 0;
  for (uint32_t length = 1; length <= 16; ++length, code <<= 1) {
    result.counts[length - 1] = static_cast<uint8_t>(counts[length]);
    for (uint32_t i = 0; i < counts[length]; ++i, ++code, ++place) {
      result.code[result.symbols[place]] = static_cast<uint16_t>(code);
      result.length[result.symbols[place]] = static_cast<uint8_t>(length);
    }
  }
  return result;
}

}  // namespace polycodec::jpegdeep
