// From tokens to bits: the fast ways write the bytes of the definition.
#include <algorithm>
#include <array>
#include <cstdint>
#include <cstdio>
#include <cstring>
#include <random>
#include <vector>

#include "../png_codes.hpp"
#include "../png_huffman.hpp"

using namespace polycodec::png;

namespace {

std::mt19937 randomNumbers(1);
uint32_t Below(uint32_t end) { return uint32_t(randomNumbers() % end); }

// What a block may hold: bytes near 0 as filters make them, or all of them, with short codes or the longest.
struct Block {
  std::vector<uint8_t> data;
  std::vector<Token> tokens;
  std::array<uint8_t, kLiterals> literalLengths;
  std::array<uint8_t, kDistances> distanceLengths;
};

Block MakeBlock() {
  Block block;
  const uint32_t spread = 1u << Below(9), mostLiterals = 1u << Below(11), tokens = 1 + Below(60);
  std::array<uint32_t, kLiterals> literals{};
  std::array<uint32_t, kDistances> distances{};
  for (uint32_t i = 0; i < tokens; ++i) {
    Token token{.literals = Below(mostLiterals), .length = 0, .distance = 0};
    if (i + 1 < tokens) token.length = uint16_t(3 + Below(256)), token.distance = uint16_t(1 + Below(kMaxDistance - 1));
    for (uint32_t k = 0; k < token.literals; ++k) {
      const uint8_t byte = uint8_t(Below(spread) - Below(spread));
      block.data.push_back(byte);
      ++literals[byte];
    }
    block.data.resize(block.data.size() + token.length);
    if (token.length > 0) ++literals[kLengths[token.length].symbol], ++distances[SymbolOfDistance(token.distance).symbol];
    block.tokens.push_back(token);
  }
  literals[kEndOfBlock] = 1;
  // Rare ones now and then count as common, so that what is common has the longest codes.
  if (Below(3) == 0) std::reverse(literals.begin(), literals.begin() + 256);
  for (uint32_t& count : literals) count += Below(4) == 0;
  for (const uint8_t byte : block.data) literals[byte] = std::max(literals[byte], 1u);
  CodeLengths(literals, kLiteralBits, block.literalLengths.data());
  CodeLengths(distances, 12, block.distanceLengths.data());
  return block;
}

bool Same(const Block& block, PutTokensFn fast) {
  const BlockCodes codes(block.literalLengths, block.distanceLengths);
  const size_t room = block.data.size() * 2 + block.tokens.size() * 8 + 64;
  std::vector<uint8_t> slowBytes(room), fastBytes(room);
  const BitBuffer before{.bits = Below(128), .count = 7};
  BitBuffer slowRest = before, fastRest = before;
  // Of a size of its own, so that a sanitizer sees what is read behind it.
  const std::vector<uint8_t> data(block.data);
  const size_t slowSize = size_t(PutTokensScalar(codes, data.data(), block.tokens, slowRest, slowBytes.data()) - slowBytes.data());
  const size_t fastSize = size_t(fast(codes, data.data(), block.tokens, fastRest, fastBytes.data()) - fastBytes.data());
  return slowSize == fastSize && std::memcmp(slowBytes.data(), fastBytes.data(), slowSize) == 0 &&
         slowRest.count == fastRest.count && slowRest.bits == fastRest.bits;
}

}  // namespace

int main() {
  constexpr int kBlocks = 3000;
  int failures = 0;
  for (int i = 0; i < kBlocks; ++i) {
    const Block block = MakeBlock();
    for (const uint32_t simd : {0u, 1u, 2u}) failures += !Same(block, ChoosePutTokens(simd));
  }
  std::printf("codes: %s, %d blocks%s\n", failures == 0 ? "ok" : "WRONG", kBlocks, HasFastCodes() ? ", with AVX-512" : "");
  return failures == 0 ? 0 : 1;
}
