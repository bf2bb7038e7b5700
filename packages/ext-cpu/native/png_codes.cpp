#include "png_codes.hpp"

#include "png_huffman.hpp"

namespace polycodec::png {
namespace {

[[gnu::always_inline]] inline uint8_t* PutTokens(const BlockCodes& codes, const uint8_t* data, const std::vector<Token>& tokens,
                                                 BitBuffer& rest, uint8_t* to) {
  BitBuffer buffer = rest;
  for (const Token& token : tokens) {
    const uint8_t* const end = data + token.literals;
    to = PutLiterals(codes, data, end, buffer, to);
    data = end + token.length;
    if (token.length > 0) to = PutMatch(codes, token, buffer, to);
  }
  buffer.Put(codes.literals[kEndOfBlock].value, codes.literals[kEndOfBlock].bits);
  to = buffer.Flush(to);
  rest = buffer;
  return to;
}

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

#if defined(__x86_64__)

// Shifts that take their count from any register and leave the flags alone.
__attribute__((target("bmi2"))) uint8_t* PutTokensBmi2(const BlockCodes& codes, const uint8_t* data,
                                                       const std::vector<Token>& tokens, BitBuffer& rest, uint8_t* to) {
  return PutTokens(codes, data, tokens, rest, to);
}

PutTokensFn ChoosePutTokens(uint32_t simd) {
  if (simd == 1 && HasFastCodes()) return PutTokensAvx512;
  return simd != 0 && __builtin_cpu_supports("bmi2") ? PutTokensBmi2 : PutTokensScalar;
}

#else

PutTokensFn ChoosePutTokens(uint32_t) { return PutTokensScalar; }

#endif

}  // namespace polycodec::png
