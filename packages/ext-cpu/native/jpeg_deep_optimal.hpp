// Optimal Huffman codes of at most 16 bits (ITU-T T.81, Annex K.2 and C).
#pragma once

#include <array>
#include <cstdint>

namespace polycodec::jpegdeep {

// The categories of differences: how many bits a difference has.
constexpr uint32_t kCategories = 17;

struct HuffmanCode {
  std::array<uint8_t, 16> counts{};            // codes of each length 1 to 16, as DHT has them
  std::array<uint8_t, kCategories> symbols{};  // by code, the shortest first
  uint32_t symbolCount = 0;
  std::array<uint16_t, kCategories> code{};   // by category; its lowest `length` bits
  std::array<uint8_t, kCategories> length{};  // 0: the category does not occur
};

// The shortest code for categories that occur so often. No code is all ones, as the standard wants.
HuffmanCode OptimalCode(const std::array<uint64_t, kCategories>& occurrences);

}  // namespace polycodec::jpegdeep
