// What repeats: runs in photographs, matches in graphics.
#include <algorithm>
#include <bit>
#include <cstring>

#include "png_deflate.hpp"

namespace polycodec::png {
namespace {

inline uint64_t Load64(const uint8_t* from) {
  uint64_t value;
  std::memcpy(&value, from, 8);
  return value;
}
inline uint32_t Load32(const uint8_t* from) {
  uint32_t value;
  std::memcpy(&value, from, 4);
  return value;
}

// How many bytes from `a` and `b` on are equal, `b` being before `a`, up to `end`.
inline size_t CommonLength(const uint8_t* a, const uint8_t* b, const uint8_t* end) {
  const uint8_t* const begin = a;
  for (; a + 8 <= end; a += 8, b += 8) {
    const uint64_t difference = Load64(a) ^ Load64(b);
    if (difference != 0) {
      const int bits = std::endian::native == std::endian::little ? std::countr_zero(difference) : std::countl_zero(difference);
      return size_t(a - begin) + bits / 8;
    }
  }
  while (a < end && *a == *b) ++a, ++b;
  return size_t(a - begin);
}

}  // namespace

void FindRuns(const uint8_t* data, size_t size, std::vector<Token>& tokens) {
  // Eight bytes at a time: eight equal ones are seen wherever a run has fifteen. What is shorter than kMinRun saves
  // little, as the byte that is repeated (mostly 0) has a short code, and costs time.
  constexpr size_t kMinRun = 16;
  size_t literals = 0;  // where they begin
  for (size_t i = 1; i + 8 <= size;) {
    if (Load64(data + i) != Load64(data + i - 1)) {
      i += 8;
      continue;
    }
    size_t begin = i;
    while (begin > literals + 1 && data[begin - 1] == data[begin - 2]) --begin;
    const size_t length = i - begin + CommonLength(data + i, data + i - 1, data + size);
    i = begin + length;
    if (length < kMinRun) continue;
    AddMatch(tokens, begin - literals, length, 1);
    literals = i;
  }
  tokens.push_back({uint32_t(size - literals), 0, 0});
}

void MatchFinder::Find(const uint8_t* window, size_t from, size_t to, std::vector<Token>& tokens) {
  constexpr size_t kMinMatch = 4;
  const auto hash = [&](size_t at) { return Load32(window + at) * 2654435761u >> (32 - kHashBits); };
  size_t literals = from;
  for (size_t i = from; i + 8 <= to;) {
    uint32_t& last = last_[hash(i)];
    size_t candidate = last;
    last = uint32_t(i + 1);
    if (candidate == 0 || i + 1 - candidate > kMaxDistance || Load32(window + candidate - 1) != Load32(window + i)) {
      i += 1 + ((i - literals) >> 6);  // the longer nothing is found, the less is looked for
      continue;
    }
    --candidate;
    size_t begin = i;
    size_t length = kMinMatch + CommonLength(window + i + kMinMatch, window + candidate + kMinMatch, window + to);
    for (; begin > literals && candidate > 0 && window[begin - 1] == window[candidate - 1]; --begin, --candidate) ++length;
    AddMatch(tokens, begin - literals, length, begin - candidate);
    literals = begin + length;
    // A few places of what has been skipped, so that it can be found again.
    for (const size_t at : {i + 1, literals - 2, literals - 1}) {
      if (at + 4 <= to) last_[hash(at)] = uint32_t(at + 1);
    }
    i = literals;
  }
  tokens.push_back({uint32_t(to - literals), 0, 0});
}

void MatchFinder::Slide(size_t bytes) {
  for (uint32_t& last : last_) last = last > bytes ? uint32_t(last - bytes) : 0;
}

}  // namespace polycodec::png
