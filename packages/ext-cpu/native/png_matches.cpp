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

void WeighedMatchFinder::Reset(const CodeCosts& likely) {
  std::fill(last_.begin(), last_.end(), 0);
  costs_ = likely;
  slid_ = 0;
  leftOut_ = 0;
}

void WeighedMatchFinder::Learn(const CodeCosts& costs) {
  // A block without matches says nothing of what they would take.
  if (found_) {
    costs_ = costs;
  } else {
    costs_.literals = costs.literals;
  }
}

inline WeighedMatchFinder::Match WeighedMatchFinder::MatchAt(const uint8_t* window, size_t at, size_t from, size_t to) {
  constexpr uint32_t kMinMatch = 5, kSeen = 7;
  const uint8_t* const here = window + at;
  const uint64_t bytes = Load64(here);
  uint32_t& last = LastOf(bytes);
  const uint32_t position = uint32_t(at + slid_), candidates = last;
  last = candidates << 16 | (position & 0xffff);
  // Whether there is a match cannot be foretold, and a jump that is foretold wrongly costs more than all of this. So both
  // are compared without one; a distance that cannot be is taken as 0, and ruled out afterwards.
  const uint32_t farthest = uint32_t(std::min<size_t>(at, kMaxDistance));
  const uint32_t near = (position - candidates) & 0xffff, far = (position - (candidates >> 16)) & 0xffff;
  const uint64_t nearDiffers = Load64(here - (near <= farthest ? near : 0)) ^ bytes;
  const uint64_t farDiffers = Load64(here - (far <= farthest ? far : 0)) ^ bytes;
  const uint32_t nearSeen = near - 1 < farthest ? uint32_t(std::countr_zero(nearDiffers | uint64_t{1} << 63)) / 8 : 0;
  const uint32_t farSeen = far - 1 < farthest ? uint32_t(std::countr_zero(farDiffers | uint64_t{1} << 63)) / 8 : 0;
  if (std::max(nearSeen, farSeen) < kMinMatch) return {};

  const uint8_t* const end = window + std::min(to, at + kMaxMatch);
  const auto whole = [&](uint32_t seen, uint32_t distance) {
    return seen < kSeen ? seen : uint32_t(kSeen + CommonLength(here + kSeen, here + kSeen - distance, end));
  };
  uint32_t length = nearSeen, distance = near;
  if (farSeen > nearSeen) {
    length = whole(farSeen, far), distance = far;
  } else {
    length = whole(nearSeen, near);
    if (farSeen == kSeen) {
      const uint32_t other = whole(farSeen, far);
      if (other > length) length = other, distance = far;
    }
  }
  const uint32_t literals = before_[at - from + length] - before_[at - from];
  const int saves = int(literals) - costs_.lengths[length] - costs_.distances[SymbolOfDistance(distance).symbol];
  return {length, distance, saves};
}

void WeighedMatchFinder::Find(const uint8_t* window, size_t from, size_t to, std::vector<Token>& tokens) {
  // A long match is taken as it is: one that saves more a byte later is not worth looking for.
  constexpr uint32_t kLong = 24;
  constexpr int kWorthWaiting = 0;  // bits
  // What the codes of lengths and distances take in the block's head. Grainy pictures save less in all.
  constexpr int64_t kDescription = 512;
  // Where less than so much is saved, the next blocks are not searched: that halves the time of grainy pictures, and
  // makes them 0.5 % larger.
  constexpr int64_t kLittle = 60;  // one part of so many
  constexpr uint32_t kBlocksLeftOut = 2;
  found_ = false;
  if (leftOut_ > 0) {
    --leftOut_;
    return FindRuns(window + from, to - from, tokens);
  }
  before_.resize(to - from + 1);
  uint32_t bits = 0;
  for (size_t i = from; i < to; ++i) {
    before_[i - from] = bits;
    bits += costs_.literals[window[i]];
  }
  before_[to - from] = bits;
  const size_t start = tokens.size();
  size_t literals = from;
  int64_t saved = 0;
  for (size_t i = from; i + 8 <= to;) {
    Match match = MatchAt(window, i, from, to);
    if (match.saves <= 0) {
      ++i;
      continue;
    }
    while (match.length < kLong && i + 9 <= to) {
      const Match next = MatchAt(window, i + 1, from, to);
      if (next.saves <= match.saves + kWorthWaiting) break;
      match = next;
      ++i;
    }
    AddMatch(tokens, i - literals, match.length, match.distance);
    saved += match.saves;
    literals = i + match.length;
    for (size_t at = i + 2; at < literals && at + 8 <= to; ++at) {
      uint32_t& last = LastOf(Load64(window + at));
      last = last << 16 | (uint32_t(at + slid_) & 0xffff);
    }
    i = literals;
  }
  tokens.push_back({uint32_t(to - literals), 0, 0});
  if (saved < bits / kLittle) leftOut_ = kBlocksLeftOut;
  found_ = saved > kDescription;
  if (found_) return;
  tokens.resize(start);
  FindRuns(window + from, to - from, tokens);
}

}  // namespace polycodec::png
