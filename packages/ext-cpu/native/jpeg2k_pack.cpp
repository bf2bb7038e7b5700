#include "jpeg2k_pack.hpp"

#include <algorithm>
#include <type_traits>

namespace polycodec::jpeg2k {
namespace {

// The definition. The compiler turns it into vector instructions of whatever function it is inlined into: with a constant
// number of channels it finds the shuffles of interleaving by itself.
template <typename Element, uint32_t kChannels>
[[gnu::always_inline]] inline void PackConstant(const int32_t* const* rows, uint32_t width, int32_t low, int32_t high,
                                                Element* __restrict out) {
  const int32_t* __restrict row[kChannels];
  for (uint32_t c = 0; c < kChannels; ++c) row[c] = rows[c];
  for (uint32_t x = 0; x < width; ++x) {
    for (uint32_t c = 0; c < kChannels; ++c) {
      out[size_t{x} * kChannels + c] = static_cast<Element>(std::clamp(row[c][x], low, high));
    }
  }
}

template <typename Element>
[[gnu::always_inline]] inline void Pack(const int32_t* const* rows, uint32_t channels, uint32_t width, int32_t low,
                                        int32_t high, Element* out) {
  switch (channels) {
    case 1: return PackConstant<Element, 1>(rows, width, low, high, out);
    case 2: return PackConstant<Element, 2>(rows, width, low, high, out);
    case 3: return PackConstant<Element, 3>(rows, width, low, high, out);
    case 4: return PackConstant<Element, 4>(rows, width, low, high, out);
    default:
      for (uint32_t c = 0; c < channels; ++c) {
        const int32_t* row = rows[c];
        for (uint32_t x = 0; x < width; ++x) {
          out[size_t{x} * channels + c] = static_cast<Element>(std::clamp(row[x], low, high));
        }
      }
  }
}

[[gnu::always_inline]] inline void PackAny(const int32_t* const* rows, uint32_t channels, uint32_t width, int32_t low,
                                           int32_t high, uint8_t* out, uint32_t size) {
  switch (size) {
    case 1: return Pack(rows, channels, width, low, high, out);
    case 2: return Pack(rows, channels, width, low, high, reinterpret_cast<uint16_t*>(out));
    default: return Pack(rows, channels, width, low, high, reinterpret_cast<uint32_t*>(out));
  }
}

void PackBaseline(const int32_t* const* rows, uint32_t channels, uint32_t width, int32_t low, int32_t high,
                  uint8_t* out, uint32_t size) {
  PackAny(rows, channels, width, low, high, out, size);
}

#if defined(__x86_64__)
[[gnu::target("avx2")]] void PackAvx2(const int32_t* const* rows, uint32_t channels, uint32_t width, int32_t low,
                                      int32_t high, uint8_t* out, uint32_t size) {
  PackAny(rows, channels, width, low, high, out, size);
}
#endif

}  // namespace

void PackRow(const int32_t* const* rows, uint32_t channels, uint32_t width, int32_t low, int32_t high, uint8_t* out,
             uint32_t size, bool simd) {
#if defined(__x86_64__)
  static const bool hasAvx2 = __builtin_cpu_supports("avx2");
  if (simd && hasAvx2) return PackAvx2(rows, channels, width, low, high, out, size);
#endif
  PackBaseline(rows, channels, width, low, high, out, size);
}

}  // namespace polycodec::jpeg2k
