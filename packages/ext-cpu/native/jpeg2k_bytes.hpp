// Big-endian numbers in a span of bytes. The caller has checked that they are there.
#pragma once

#include <cstddef>
#include <cstdint>
#include <span>

namespace polycodec::jpeg2k {

inline uint32_t U16(std::span<const uint8_t> bytes, size_t at) { return uint32_t{bytes[at]} << 8 | bytes[at + 1]; }
inline uint32_t U32(std::span<const uint8_t> bytes, size_t at) { return U16(bytes, at) << 16 | U16(bytes, at + 2); }

}  // namespace polycodec::jpeg2k
