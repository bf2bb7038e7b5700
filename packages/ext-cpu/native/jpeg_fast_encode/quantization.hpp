// Quantisation tables by quality (ITU-T T.81, annex K.1), and how to divide by their steps without dividing.
#pragma once

#include <array>
#include <cstdint>

namespace polycodec::jpeg_encode {

// Zigzag index to natural index (row * 8 + column), T.81 figure 5.
inline constexpr std::array<uint8_t, 64> kNaturalOrder = {
    0,  1,  8,  16, 9,  2,  3,  10, 17, 24, 32, 25, 18, 11, 4,  5,  12, 19, 26, 33, 40, 48,
    41, 34, 27, 20, 13, 6,  7,  14, 21, 28, 35, 42, 49, 56, 57, 50, 43, 36, 29, 22, 15, 23,
    30, 37, 44, 51, 58, 59, 52, 45, 38, 31, 39, 46, 53, 60, 61, 54, 47, 55, 62, 63};

// Natural index to zigzag index.
inline constexpr std::array<uint8_t, 64> kZigzagIndex = [] {
  std::array<uint8_t, 64> index{};
  for (unsigned k = 0; k < 64; ++k) index[kNaturalOrder[k]] = static_cast<uint8_t>(k);
  return index;
}();

enum class Component : int { kLuma, kChroma };

// One table. Arrays are in natural order.
struct QuantTable {
  // `quality` 1 to 100, as libjpeg scales annex K's tables for it; steps of 1 to 32,767.
  static QuantTable Make(Component component, int quality);

  // More than a byte a step: the frame is then not baseline but extended sequential.
  bool NeedsWords() const;

  std::array<uint16_t, 64> step;
  // See quantization.cpp: coefficient x becomes (x * multiplier - (x < 0) * multiplier + bias) >> shift.
  alignas(64) std::array<int32_t, 64> multiplier;
  alignas(64) std::array<int32_t, 64> bias;
  alignas(64) std::array<uint32_t, 64> shift;
  // `multiplier` in both halves of a word pair.
  alignas(64) std::array<uint32_t, 64> multiplierPair;
  // How far a quotient is shifted for its place in a pair of zigzag neighbours: the first's ends at bit 0, the second's at 16.
  alignas(64) std::array<uint32_t, 64> pairShift;
};

// The quotient of one coefficient by its step times 8 (the transform's own scale): to nearest, halves away from zero.
inline int Quantize(const QuantTable& table, unsigned natural, int x) {
  const int one = x < 0 ? table.multiplier[natural] : 0;
  return (x * table.multiplier[natural] - one + table.bias[natural]) >> table.shift[natural];
}

}  // namespace polycodec::jpeg_encode
