#include "quantization.hpp"

#include <algorithm>
#include <bit>

namespace polycodec::jpeg_encode {
namespace {

// T.81, tables K.1 and K.2.
constexpr std::array<uint8_t, 64> kLuma = {
    16, 11, 10, 16, 24,  40,  51,  61,  12, 12, 14, 19, 26,  58,  60,  55,  14, 13, 16, 24, 40,  57,
    69, 56, 14, 17, 22,  29,  51,  87,  80, 62, 18, 22, 37,  56,  68,  109, 103, 77, 24, 35, 55,  64,
    81, 104, 113, 92, 49, 64, 78, 87,  103, 121, 120, 101, 72, 92, 95, 98, 112, 100, 103, 99};
constexpr std::array<uint8_t, 64> kChroma = {
    17, 18, 24, 47, 99, 99, 99, 99, 18, 21, 26, 66, 99, 99, 99, 99, 24, 26, 56, 99, 99, 99,
    99, 99, 47, 66, 99, 99, 99, 99, 99, 99, 99, 99, 99, 99, 99, 99, 99, 99, 99, 99, 99, 99,
    99, 99, 99, 99, 99, 99, 99, 99, 99, 99, 99, 99, 99, 99, 99, 99, 99, 99, 99, 99};

// The transform's coefficients lie within this, being 8 times those of T.81.
constexpr int kMostCoefficient = 8192;

// Plainly: a coefficient x is divided by d = 8 * step to nearest, halves away from zero. For x >= 0 that is
// floor((x + d/2) / d). For x < 0 it is -floor((-x + d/2) / d), which is floor((x + d/2 - 1) / d), d being even. With
// n = x + d/2 - (x < 0) both are floor(n / d).
//
// Fast: floor(n / d) = (n * m + c) >> k for m = ceil(2^k / d) and a small c. Let e = m * d - 2^k, so 0 <= e < d; then
// (n * m + c) / 2^k = n/d + (n * e / d + c) / 2^k. The floor is right as long as the second term stays in [0, 1/d), for
// n/d is at least 1/d below the next whole number. The least n is -(8193 - d/2), for which c = ceil((8193 - d/2) * e / d)
// keeps it from being negative; the largest is 8192 + d/2, for which it is (16385 * e / d) / 2^k, less than 1/d as m has
// 15 bits: then 2^k >= 2^14 * d > 2^14 * e. A test goes through all x and all d.
//
// n * m + c = x * m - (x < 0) * m + (d/2 * m + c): one multiply-add of the pair of words (x, sign of x), which is what x
// sign-extended to 32 bits is, with the pair (m, m), and one shift. It replaces six instructions of the usual way
// (absolute value, add, multiply high, shift, sign back in two).
void MakeReciprocal(uint32_t step, int32_t& multiplier, int32_t& bias, uint32_t& shift) {
  const uint32_t d = 8 * step;
  if (d / 2 > kMostCoefficient) {
    // Everything is nearest to 0.
    multiplier = bias = 0;
    shift = 16;
    return;
  }
  uint32_t k = 14 + static_cast<uint32_t>(std::bit_width(d - 1));  // 2^k / d in [2^14, 2^15)
  const auto reciprocal = [&] { return ((uint64_t{1} << k) + d - 1) / d; };
  if (reciprocal() > 32767) --k;
  const uint64_t m = reciprocal();
  const uint64_t e = m * d - (uint64_t{1} << k);
  const uint64_t c = ((kMostCoefficient + 1 - d / 2) * e + d - 1) / d;
  multiplier = static_cast<int32_t>(m);
  bias = static_cast<int32_t>(d / 2 * m + c);
  shift = k;
}

}  // namespace

QuantTable QuantTable::Make(Component component, int quality) {
  const auto& base = component == Component::kLuma ? kLuma : kChroma;
  const int scale = quality < 50 ? 5000 / quality : 200 - 2 * quality;
  QuantTable table;
  for (unsigned i = 0; i < 64; ++i) {
    table.step[i] = static_cast<uint16_t>(std::clamp((base[i] * scale + 50) / 100, 1, 32767));
    MakeReciprocal(table.step[i], table.multiplier[i], table.bias[i], table.shift[i]);
    table.multiplierPair[i] = static_cast<uint32_t>(table.multiplier[i]) * 0x10001u;
    table.pairShift[i] = table.shift[i] - (kZigzagIndex[i] % 2 == 0 ? 0 : 16);
  }
  return table;
}

bool QuantTable::NeedsWords() const {
  return std::any_of(step.begin(), step.end(), [](uint16_t one) { return one > 255; });
}

}  // namespace polycodec::jpeg_encode
