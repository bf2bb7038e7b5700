// What deflate has of a picture's bytes before they become bits: literals, and matches with their symbols.
#pragma once

#include <array>
#include <bit>
#include <cstddef>
#include <cstdint>
#include <vector>

namespace polycodec::png {

// `literals` bytes as they are, then `length` bytes that stand `distance` bytes before. Length 0: nothing but literals.
struct Token {
  uint32_t literals;
  uint16_t length, distance;
};

inline constexpr uint32_t kMaxMatch = 258, kMaxDistance = 32768;
inline constexpr uint32_t kLiterals = 286, kDistances = 30;  // symbols of both codes

// RFC 1951, 3.2.5: the symbol of a distance, and what follows it in how many bits.
struct DistanceSymbol {
  uint32_t symbol, extra, bits;
};
inline DistanceSymbol SymbolOfDistance(uint32_t distance) {
  const uint32_t value = distance - 1;
  if (value < 4) return {value, 0, 0};
  const uint32_t bits = uint32_t(std::bit_width(value)) - 2;
  return {2 * bits + (value >> bits), value & ((1u << bits) - 1), bits};
}

// RFC 1951, 3.2.5: the symbol of a match's length, and how much follows in how many bits.
struct LengthSymbol {
  uint16_t symbol;
  uint8_t extra, bits;
};
constexpr std::array<LengthSymbol, kMaxMatch + 1> MakeLengths() {
  std::array<LengthSymbol, kMaxMatch + 1> lengths{};
  uint32_t length = 3;
  for (uint16_t symbol = 257; symbol < 285; ++symbol) {
    const uint8_t bits = symbol < 265 ? 0 : uint8_t((symbol - 261) / 4);
    for (uint32_t extra = 0; extra < 1u << bits; ++extra, ++length) lengths[length] = {symbol, uint8_t(extra), bits};
  }
  lengths[kMaxMatch] = {285, 0, 0};
  return lengths;
}
inline constexpr std::array<LengthSymbol, kMaxMatch + 1> kLengths = MakeLengths();

// Adds `length` matched bytes as one or more tokens of at most kMaxMatch, behind `literals` literals. Length is 3 or more.
inline void AddMatch(std::vector<Token>& tokens, size_t literals, size_t length, size_t distance) {
  while (length > 0) {
    size_t part = length < kMaxMatch ? length : kMaxMatch;
    if (length - part > 0 && length - part < 3) part -= 3;  // what remains must be a match, too
    tokens.push_back({uint32_t(literals), uint16_t(part), uint16_t(distance)});
    literals = 0;
    length -= part;
  }
}

}  // namespace polycodec::png
