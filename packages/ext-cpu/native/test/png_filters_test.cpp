// Filtering and unfiltering: the fast ways give the bytes of the definitions, at awkward widths, offsets and strides.
#include <cstdint>
#include <cstdio>
#include <cstring>
#include <random>
#include <vector>

#include "../png_filter.hpp"
#include "../png_unfilter.hpp"

using namespace polycodec::png;

namespace {

int failures = 0;
std::mt19937 randomNumbers(1);

// Smooth, so that predictions come close and ties occur, or wild.
std::vector<uint8_t> Bytes(size_t size, bool wild) {
  std::vector<uint8_t> bytes(size);
  uint8_t value = 0;
  for (uint8_t& byte : bytes) byte = wild ? uint8_t(randomNumbers()) : value = uint8_t(value + randomNumbers() % 5 - 2);
  return bytes;
}

void Expect(bool holds, const char* what, size_t bytes, uint32_t pixelBytes) {
  if (holds) return;
  std::printf("%s: %zu bytes a row, %u a pixel\n", what, bytes, pixelBytes);
  ++failures;
}

void TestUnfilter(size_t width, uint32_t pixelBytes, bool wild) {
  const size_t bytes = width * pixelBytes, step = bytes + 5;
  constexpr uint32_t kRows = 23;
  std::vector<uint8_t> filtered = Bytes((bytes + 1) * kRows, wild), zeros(bytes + 16);
  for (uint32_t y = 0; y < kRows; ++y) filtered[(bytes + 1) * y] = uint8_t(randomNumbers() % 3 == 0 ? randomNumbers() % 5 : 4);
  filtered.resize(filtered.size() + 64);
  std::vector<uint8_t> slow(step * kRows, 0xa5), fast(step * kRows, 0xa5);
  const auto run = [&](std::vector<uint8_t>& to, bool simd) {
    return Unfilter({filtered.data(), to.data(), zeros.data(), step, bytes, kRows, pixelBytes}, simd);
  };
  Expect(run(slow, false) == kRows && run(fast, true) == kRows, "rows", bytes, pixelBytes);
  Expect(slow == fast, "unfiltered rows, and what lies between them", bytes, pixelBytes);
  filtered[(bytes + 1) * 7] = 5;
  Expect(run(fast, true) == 7 && run(slow, false) == 7, "a filter that is none", bytes, pixelBytes);
}

void TestFilter(size_t width, uint32_t pixelBytes, bool wild) {
  const size_t bytes = width * pixelBytes, whole = bytes + 2 * kRowMargin;
  std::vector<uint8_t> row(whole), above(whole);
  const std::vector<uint8_t> rowBytes = Bytes(bytes, wild), aboveBytes = Bytes(bytes, wild);
  std::memcpy(row.data() + kRowMargin, rowBytes.data(), bytes);
  std::memcpy(above.data() + kRowMargin, aboveBytes.data(), bytes);
  const RowPair pair{row.data() + kRowMargin, above.data() + kRowMargin, bytes, pixelBytes};
  for (const size_t step : {kAllOfRow, kHalfOfRow}) {
    Expect(ChooseFilter(pair, step, true) == ChooseFilter(pair, step, false), "the filter chosen", bytes, pixelBytes);
  }
  for (const Filter filter : {kNone, kSub, kUp, kAverage, kPaeth}) {
    std::vector<uint8_t> slow(bytes), fast(bytes), back(bytes);
    ApplyFilter(filter, pair, slow.data(), false);
    ApplyFilter(filter, pair, fast.data(), true);
    Expect(slow == fast, "differences", bytes, pixelBytes);
    UnfilterRowScalar(filter, slow.data(), pair.above, back.data(), bytes, pixelBytes);
    Expect(back == rowBytes, "the row again", bytes, pixelBytes);
  }
}

}  // namespace

int main() {
  if (!HasFastFilter() || !HasFastUnfilter()) std::printf("this CPU lacks AVX2 or SSE4.1: nothing to compare\n");
  const bool both = HasFastFilter() && HasFastUnfilter();
  for (size_t width = 1; both && width < 70; ++width) {
    for (const uint32_t pixelBytes : {1u, 2u, 3u, 4u, 6u, 8u}) {
      for (const bool wild : {false, true}) {
        TestUnfilter(width, pixelBytes, wild);
        TestFilter(width, pixelBytes, wild);
      }
    }
  }
  std::printf("%s\n", failures == 0 ? "filters: ok" : "filters: FAILED");
  return failures == 0 ? 0 : 1;
}
