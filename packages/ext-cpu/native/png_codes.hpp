// From a block's tokens to its bits (RFC 1951, 3.2.5 to 3.2.7).
#pragma once

#include <array>
#include <cstdint>
#include <cstring>
#include <span>
#include <vector>

#include "png_tokens.hpp"

namespace polycodec::png {

// Of literals and lengths: four literals fit between two writes of the bit buffer; costs 0.1 %.
inline constexpr uint32_t kLiteralBits = 12;
inline constexpr uint32_t kEndOfBlock = 256;

// Bits that are not yet bytes, the first in the lowest place. A value, so that it lives in registers.
struct BitBuffer {
  uint64_t bits = 0;
  uint32_t count = 0;

  void Put(uint64_t value, uint32_t size) {
    bits |= value << count;
    count += size;
  }
  // Writes whole bytes (8 bytes are touched); 7 bits at most remain.
  uint8_t* Flush(uint8_t* to) {
    std::memcpy(to, &bits, 8);  // little endian, as deflate
    to += count / 8;
    bits >>= count & ~7u;
    count &= 7;
    return to;
  }
  uint8_t* FlushAll(uint8_t* to) {
    count = (count + 7) / 8 * 8;
    return Flush(to);
  }
};

// What is written for each symbol: the code, and for lengths what follows it, with the bits of both together.
struct BlockCodes {
  struct Entry {
    uint32_t value, bits;
  };
  std::array<Entry, kLiterals> literals;
  std::array<Entry, kMaxMatch + 1> lengths;
  std::array<Entry, kDistances> distances;

  // From the lengths of the codes.
  BlockCodes(std::span<const uint8_t> literalLengths, std::span<const uint8_t> distanceLengths);
};

// The bits of everything that the tokens say, and the end of the block. `data` is what they are about. Touches 8 bytes behind
// what it writes; returns its end.
using PutTokensFn = uint8_t* (*)(const BlockCodes& codes, const uint8_t* data, const std::vector<Token>& tokens, BitBuffer& rest,
                                 uint8_t* to);
// The fastest that this CPU has and the host allows (`polycodec_host.simd`).
PutTokensFn ChoosePutTokens(uint32_t simd);

// The definition, and with AVX-512 where HasFastCodes says so. Both write the same.
uint8_t* PutTokensScalar(const BlockCodes&, const uint8_t* data, const std::vector<Token>&, BitBuffer&, uint8_t* to);
uint8_t* PutTokensAvx512(const BlockCodes&, const uint8_t* data, const std::vector<Token>&, BitBuffer&, uint8_t* to);
bool HasFastCodes();

// Literals one after the other; `to` is flushed.
[[gnu::always_inline]] inline uint8_t* PutLiterals(const BlockCodes& codes, const uint8_t* data, const uint8_t* end,
                                                   BitBuffer& buffer, uint8_t* to) {
  for (; data + 4 <= end; data += 4) {
    // Joined in pairs: the buffer, on which everything waits, is touched once for all four.
    const BlockCodes::Entry a = codes.literals[data[0]], b = codes.literals[data[1]], c = codes.literals[data[2]],
                            d = codes.literals[data[3]];
    const uint64_t ab = a.value | uint64_t{b.value} << a.bits, cd = c.value | uint64_t{d.value} << c.bits;
    buffer.Put(ab | cd << (a.bits + b.bits), a.bits + b.bits + c.bits + d.bits);
    to = buffer.Flush(to);
  }
  for (; data < end; ++data) buffer.Put(codes.literals[*data].value, codes.literals[*data].bits);
  return buffer.Flush(to);
}

[[gnu::always_inline]] inline uint8_t* PutMatch(const BlockCodes& codes, const Token& token, BitBuffer& buffer, uint8_t* to) {
  const DistanceSymbol distance = SymbolOfDistance(token.distance);
  const BlockCodes::Entry code = codes.distances[distance.symbol];
  buffer.Put(codes.lengths[token.length].value, codes.lengths[token.length].bits);
  buffer.Put(code.value | distance.extra << code.bits, code.bits + distance.bits);
  return buffer.Flush(to);
}

// All of a block's tokens, with `putLiterals(data, end, buffer, to)` for the literals of each.
template <typename PutLiteralsOf>
[[gnu::always_inline]] inline uint8_t* PutTokensWith(const PutLiteralsOf& putLiterals, const BlockCodes& codes, const uint8_t* data,
                                                     const std::vector<Token>& tokens, BitBuffer& rest, uint8_t* to) {
  BitBuffer buffer = rest;
  for (const Token& token : tokens) {
    const uint8_t* const end = data + token.literals;
    to = putLiterals(data, end, buffer, to);
    data = end + token.length;
    if (token.length > 0) to = PutMatch(codes, token, buffer, to);
  }
  buffer.Put(codes.literals[kEndOfBlock].value, codes.literals[kEndOfBlock].bits);
  to = buffer.Flush(to);
  rest = buffer;
  return to;
}

}  // namespace polycodec::png
