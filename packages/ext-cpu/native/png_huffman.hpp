// Huffman codes of limited length, as deflate writes them (RFC 1951, 3.2).
#pragma once

#include <array>
#include <cstdint>
#include <span>

namespace polycodec::png {

// Code lengths for these counts, at most `limit` bits; 0 for what does not occur. Optimal but for the limit. At least
// two symbols get a code, for decoders that do not take a code of one.
void CodeLengths(std::span<const uint32_t> counts, uint32_t limit, uint8_t* lengths);

// The canonical codes of these lengths, bits in the order in which deflate writes them.
void Codes(std::span<const uint8_t> lengths, uint16_t* codes);

}  // namespace polycodec::png
