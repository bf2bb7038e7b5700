#include "png_codes.hpp"

#include "png_huffman.hpp"

namespace polycodec::png {
namespace {

[[gnu::always_inline]] inline uint8_t* PutTokens(const BlockCodes& codes, const uint8_t* data, const std::vector<Token>& tokens,
                                                 BitBuffer& rest, uint8_t* to) {
  const auto oneByOne = [&codes](const uint8_t* from, const uint8_t* end, BitBuffer& buffer, uint8_t* at)
                            __attribute__((always_inline)) { return PutLiterals(codes, from, end, buffer, at); };
  return PutTokensWith(oneByOne, codes, data, tokens, rest, to);
}

#if defined(__x86_64__)
// Shifts that take their count from any register and leave the flags alone.
__attribute__((target("bmi2"))) uint8_t* PutTokensBmi2(const BlockCodes& codes, const uint8_t* data,
                                                       const std::vector<Token>& tokens, BitBuffer& rest, uint8_t* to) {
  return PutTokens(codes, data, tokens, rest, to);
}
#endif

}  // namespace

BlockCodes::BlockCodes(std::span<const uint8_t> literalLengths, std::span<const uint8_t> distanceLengths) {
  std::array<uint16_t, kLiterals> codes;
  Codes(literalLengths, codes.data());
  for (uint32_t i = 0; i < kLiterals; ++i) literals[i] = {codes[i], uint32_t{literalLengths[i]}};
  for (uint32_t length = 3; length <= kMaxMatch; ++length) {
    const auto [symbol, extra, bits] = kLengths[length];
    const uint32_t codeBits = literalLengths[symbol];
    lengths[length] = {codes[symbol] | uint32_t{extra} << codeBits, codeBits + bits};
  }
  Codes(distanceLengths, codes.data());
  for (uint32_t i = 0; i < kDistances; ++i) distances[i] = {codes[i], distanceLengths[i]};
}

uint8_t* PutTokensScalar(const BlockCodes& codes, const uint8_t* data, const std::vector<Token>& tokens, BitBuffer& rest,
                         uint8_t* to) {
  return PutTokens(codes, data, tokens, rest, to);
}

PutTokensFn ChoosePutTokens([[maybe_unused]] uint32_t simd) {
#if defined(__x86_64__)
  if (simd == 1 && HasFastCodes()) return PutTokensAvx512;
  if (simd != 0 && __builtin_cpu_supports("bmi2")) return PutTokensBmi2;
#endif
  return PutTokensScalar;
}

}  // namespace polycodec::png
