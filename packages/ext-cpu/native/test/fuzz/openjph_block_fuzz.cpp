// Fuzz target of OpenJPH's block decoder by itself: whatever bytes there are as a high-throughput code block, within the
// bounds that openjph_input.cpp and openjph_structures.cpp keep. The buffers are exactly as large as OpenJPH makes them.
//
//   build OpenJPH 0.9.0 with clang -fsanitize=address,undefined,fuzzer-no-link, then
//   (cd packages/ext-cpu && clang++ -std=c++20 -g -O1 -fsanitize=address,undefined,fuzzer
//    native/test/fuzz/openjph_block_fuzz.cpp LIBOPENJPH -o /tmp/openjph_block_fuzz)
#include <cstddef>
#include <cstdint>
#include <cstdlib>
#include <cstring>
#include <memory>

namespace ojph::local {
// Not in its headers, but exported.
bool ojph_decode_codeblock_ssse3(uint8_t* coded, uint32_t* decoded, uint32_t missingBitPlanes, uint32_t passes,
                                 uint32_t cleanupBytes, uint32_t refinementBytes, uint32_t width, uint32_t height,
                                 uint32_t stride, bool isCausal);
}  // namespace ojph::local

namespace {

constexpr size_t kChoiceBytes = 8, kPrefixBytes = 8, kSuffixBytes = 16, kMaxBytes = 8000;

struct Free {
  void operator()(void* memory) const { std::free(memory); }
};

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  if (size < kChoiceBytes || size > kMaxBytes) return 0;
  const uint8_t* choices = data;
  const auto bytes = static_cast<uint32_t>(size - kChoiceBytes);
  data += kChoiceBytes;
  for (size_t i = 0; i + 1 < bytes; ++i) {
    if (data[i] == 0xff && data[i + 1] > 0x8f) return 0;
  }
  // Exponents: width 0 to 10, height 2 to 10, 12 together.
  const uint32_t widthBits = choices[0] % 11u;
  const uint32_t heightBits = 2 + choices[1] % ((widthBits > 2 ? 12 - widthBits : 10) - 1);
  const uint32_t stride = ((1u << widthBits) + 7) & ~7u;
  const uint32_t width = 1 + (choices[2] | choices[3] << 8) % (1u << widthBits);
  const uint32_t height = 1 + (choices[4] | choices[5] << 8) % (1u << heightBits);
  const uint32_t missing = (choices[6] & 31) % 29, refinement = bytes * choices[7] / 255;
  const uint32_t passes = refinement == 0 ? 1 : 2 + (choices[6] >> 7);
  const bool isCausal = (choices[3] & 128) != 0;
  if (bytes < refinement + 2) return 0;
  const size_t samples = size_t{stride} << heightBits;
  const std::unique_ptr<uint8_t, Free> coded(static_cast<uint8_t*>(std::malloc(kPrefixBytes + bytes + kSuffixBytes)));
  const std::unique_ptr<uint32_t, Free> decoded(
      static_cast<uint32_t*>(std::aligned_alloc(32, samples * sizeof(uint32_t))));
  std::memset(coded.get(), 0xa5, kPrefixBytes + bytes + kSuffixBytes);
  std::memcpy(coded.get() + kPrefixBytes, data, bytes);
  ojph::local::ojph_decode_codeblock_ssse3(coded.get() + kPrefixBytes, decoded.get(), missing, passes, bytes - refinement,
                                           refinement, width, height, stride, isCausal);
  return 0;
}
