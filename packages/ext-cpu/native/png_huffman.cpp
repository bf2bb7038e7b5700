#include "png_huffman.hpp"

#include <algorithm>

namespace polycodec::png {
namespace {

constexpr uint32_t kMaxSymbols = 288, kMaxBits = 15;

struct Leaf {
  uint32_t count;
  uint16_t symbol;
};

// How many leaves stand at each depth of Huffman's tree over sorted leaves, least count first. Nodes are made in order
// of their counts, so that two queues, of leaves and of nodes, take the place of a heap.
void CountDepths(std::span<const Leaf> leaves, std::array<uint32_t, kMaxSymbols>& perDepth) {
  const uint32_t n = uint32_t(leaves.size());
  std::array<uint64_t, kMaxSymbols> weight;
  std::array<uint32_t, 2 * kMaxSymbols> parent;  // leaves 0 to n - 1, then nodes
  for (uint32_t node = 0, leaf = 0, inner = 0; node + 1 < n; ++node) {
    const auto takeLeast = [&]() -> uint64_t {
      if (leaf < n && (inner >= node || leaves[leaf].count <= weight[inner])) {
        parent[leaf] = node;
        return leaves[leaf++].count;
      }
      parent[n + inner] = node;
      return weight[inner++];
    };
    const uint64_t first = takeLeast();
    weight[node] = first + takeLeast();
  }
  std::array<uint32_t, kMaxSymbols> depth{};
  perDepth.fill(0);
  for (uint32_t node = n - 1; node-- > 0;) depth[node] = node == n - 2 ? 0 : depth[parent[n + node]] + 1;
  for (uint32_t leaf = 0; leaf < n; ++leaf) ++perDepth[depth[parent[leaf]] + 1];
}

}  // namespace

void CodeLengths(std::span<const uint32_t> counts, uint32_t limit, uint8_t* lengths) {
  std::array<Leaf, kMaxSymbols> storage;
  uint32_t used = 0;
  for (uint32_t symbol = 0; symbol < counts.size(); ++symbol) {
    lengths[symbol] = 0;
    if (counts[symbol] > 0) storage[used++] = {counts[symbol], uint16_t(symbol)};
  }
  for (uint32_t symbol = 0; used < 2; ++symbol) {
    if (counts[symbol] == 0) storage[used++] = {0, uint16_t(symbol)};
  }
  const std::span<Leaf> leaves(storage.data(), used);
  std::sort(leaves.begin(), leaves.end(),
            [](const Leaf& a, const Leaf& b) { return a.count != b.count ? a.count < b.count : a.symbol < b.symbol; });
  std::array<uint32_t, kMaxSymbols> perDepth;
  CountDepths(leaves, perDepth);

  // Too deep leaves rise to the limit. They then take more than all of the code space (Kraft's sum, in units of the
  // longest code); it is won back by pushing down the deepest leaf above the limit, again and again.
  for (uint32_t depth = limit + 1; depth < kMaxSymbols; ++depth) perDepth[limit] += perDepth[depth];
  uint64_t taken = 0;
  for (uint32_t bits = 1; bits <= limit; ++bits) taken += uint64_t{perDepth[bits]} << (limit - bits);
  for (; taken > uint64_t{1} << limit; --taken) {
    uint32_t bits = limit - 1;
    while (perDepth[bits] == 0) --bits;
    // The leaf goes down one level and takes one of the longest ones along as its sibling there.
    --perDepth[bits];
    perDepth[bits + 1] += 2;
    --perDepth[limit];
  }

  uint32_t leaf = 0;
  for (uint32_t bits = limit; bits > 0; --bits) {
    for (uint32_t i = 0; i < perDepth[bits]; ++i) lengths[leaves[leaf++].symbol] = uint8_t(bits);
  }
}

void Codes(std::span<const uint8_t> lengths, uint16_t* codes) {
  std::array<uint32_t, kMaxBits + 1> perLength{}, next{};
  for (const uint8_t bits : lengths) ++perLength[bits];
  perLength[0] = 0;
  for (uint32_t bits = 1, code = 0; bits <= kMaxBits; ++bits) {
    code = (code + perLength[bits - 1]) << 1;
    next[bits] = code;
  }
  for (size_t symbol = 0; symbol < lengths.size(); ++symbol) {
    uint32_t value = next[lengths[symbol]]++, reversed = 0;
    for (uint32_t b = 0; b < lengths[symbol]; ++b, value >>= 1) reversed = reversed << 1 | (value & 1);
    codes[symbol] = uint16_t(reversed);
  }
}

}  // namespace polycodec::png
