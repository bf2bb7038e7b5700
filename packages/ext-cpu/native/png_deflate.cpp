#include "png_deflate.hpp"

#include <algorithm>
#include <array>
#include <bit>
#include <cstring>
#include <new>

#include <polycodec.hpp>

#include "png_huffman.hpp"

namespace polycodec::png {
namespace {

constexpr uint32_t kDistanceBits = 12, kLengthBits = 7;
constexpr uint8_t kCodeLengthOrder[] = {16, 17, 18, 0, 8, 7, 9, 6, 10, 5, 11, 4, 12, 3, 13, 2, 14, 1, 15};

struct Counts {
  std::array<uint32_t, kLiterals> literals{};
  std::array<uint32_t, kDistances> distances{};
};

// Eight tables, for a count that was just written is slow to read again.
void CountSymbols(const uint8_t* data, const std::vector<Token>& tokens, Counts& counts) {
  std::array<std::array<uint32_t, 256>, 8> tables{};
  for (const Token& token : tokens) {
    const uint8_t* const end = data + token.literals;
    for (; data + 8 <= end; data += 8) {
      uint64_t bytes;
      std::memcpy(&bytes, data, 8);
      for (int i = 0; i < 8; ++i) ++tables[i][uint8_t(bytes >> (8 * i))];
    }
    for (; data < end; ++data) ++tables[0][*data];
    if (token.length == 0) continue;
    ++counts.literals[kLengths[token.length].symbol];
    ++counts.distances[SymbolOfDistance(token.distance).symbol];
    data += token.length;
  }
  for (uint32_t byte = 0; byte < 256; ++byte) {
    for (const auto& table : tables) counts.literals[byte] += table[byte];
  }
  counts.literals[kEndOfBlock] = 1;
}

// The code lengths of both codes as deflate writes them: repetitions by symbols 16 to 18 (RFC 1951, 3.2.7).
struct LengthCode {
  struct Item {
    uint8_t symbol, extra;
  };
  std::array<Item, kLiterals + kDistances> items;
  uint32_t count = 0;
  std::array<uint32_t, 19> counts{};

  void Add(uint8_t symbol, uint8_t extra) {
    items[count++] = {symbol, extra};
    ++counts[symbol];
  }
  void AddAll(std::span<const uint8_t> lengths) {
    for (size_t i = 0; i < lengths.size();) {
      size_t run = 1;
      while (i + run < lengths.size() && lengths[i + run] == lengths[i]) ++run;
      i += run;
      const uint8_t value = lengths[i - 1];
      if (value != 0) Add(value, 0), --run;
      while (run >= 3) {
        const size_t times = std::min<size_t>(run, value != 0 ? 6 : 138);
        if (value != 0) {
          Add(16, uint8_t(times - 3));
        } else if (times <= 10) {
          Add(17, uint8_t(times - 3));
        } else {
          Add(18, uint8_t(times - 11));
        }
        run -= times;
      }
      for (; run > 0; --run) Add(value, 0);
    }
  }
};
constexpr uint32_t ExtraBits(uint8_t symbol) { return symbol == 16 ? 2 : symbol == 17 ? 3 : symbol == 18 ? 7 : 0; }

}  // namespace

uint8_t* Sink::Reserve(size_t size) {
  if (capacity_ - used_ < size) {
    start_ = host->sink_reserve(call_, used_ + size, &capacity_);
    if (start_ == nullptr || capacity_ - used_ < size) throw std::bad_alloc();
  }
  return start_ + used_;
}

void Sink::Finish() { host->sink_finish(call_, used_); }

BlockWriter::BlockWriter() : putTokens_(ChoosePutTokens(host->simd)) {}

void BlockWriter::Write(Sink& sink, const uint8_t* data, size_t size, const std::vector<Token>& tokens, bool last) {
  Counts counts;
  CountSymbols(data, tokens, counts);
  const std::span<uint8_t> literalLengths(lengths_.data(), kLiterals);
  const std::span<uint8_t> distanceLengths(lengths_.data() + kLiterals, kDistances);
  CodeLengths(counts.literals, kLiteralBits, literalLengths.data());
  CodeLengths(counts.distances, kDistanceBits, distanceLengths.data());
  uint32_t literalCount = kLiterals, distanceCount = kDistances;
  while (literalCount > 257 && literalLengths[literalCount - 1] == 0) --literalCount;
  while (distanceCount > 1 && distanceLengths[distanceCount - 1] == 0) --distanceCount;
  LengthCode lengthCode;
  lengthCode.AddAll(literalLengths.first(literalCount));
  lengthCode.AddAll(distanceLengths.first(distanceCount));
  std::array<uint8_t, 19> lengthLengths;
  CodeLengths(lengthCode.counts, kLengthBits, lengthLengths.data());
  uint32_t lengthCount = 19;
  while (lengthCount > 4 && lengthLengths[kCodeLengthOrder[lengthCount - 1]] == 0) --lengthCount;

  // As many bits as all that will be written; stored, they might be fewer.
  uint64_t total = 17 + 3 * lengthCount;
  for (uint32_t i = 0; i < 19; ++i) total += uint64_t{lengthCode.counts[i]} * (lengthLengths[i] + ExtraBits(uint8_t(i)));
  for (uint32_t i = 0; i < kLiterals; ++i) {
    const uint32_t extra = i < 265 || i == 285 ? 0 : (i - 261) / 4;
    total += uint64_t{counts.literals[i]} * (literalLengths[i] + extra);
  }
  for (uint32_t i = 0; i < kDistances; ++i) {
    total += uint64_t{counts.distances[i]} * (distanceLengths[i] + (i < 4 ? 0 : i / 2 - 1));
  }
  if (total / 8 > size + 5 * (size / 65535 + 1)) return WriteStored(sink, data, size, last);

  uint8_t* to = sink.Reserve(total / 8 + 64);
  uint8_t* const start = to;
  rest_.Put(last ? 1 : 0, 1);
  rest_.Put(2, 2);
  rest_.Put(literalCount - 257, 5);
  rest_.Put(distanceCount - 1, 5);
  rest_.Put(lengthCount - 4, 4);
  to = rest_.Flush(to);
  for (uint32_t i = 0; i < lengthCount; ++i) {
    rest_.Put(lengthLengths[kCodeLengthOrder[i]], 3);
    to = rest_.Flush(to);
  }
  std::array<uint16_t, 19> lengthCodes;
  Codes(lengthLengths, lengthCodes.data());
  for (uint32_t i = 0; i < lengthCode.count; ++i) {
    const auto [symbol, extra] = lengthCode.items[i];
    const uint32_t bits = lengthLengths[symbol];
    rest_.Put(lengthCodes[symbol] | uint32_t{extra} << bits, bits + ExtraBits(symbol));
    to = rest_.Flush(to);
  }
  to = putTokens_(BlockCodes(literalLengths, distanceLengths), data, tokens, rest_, to);
  if (last) to = rest_.FlushAll(to);
  sink.Advance(size_t(to - start));
}

CodeCosts BlockWriter::Costs() const {
  // What does not occur has no code; where it does occur after all, its code will be a long one.
  const auto bits = [&](size_t symbol, uint8_t rare) { return lengths_[symbol] != 0 ? lengths_[symbol] : rare; };
  CodeCosts costs{};
  for (uint32_t i = 0; i < 256; ++i) costs.literals[i] = bits(i, kLiteralBits + 1);
  for (uint32_t length = 3; length <= kMaxMatch; ++length) {
    costs.lengths[length] = uint8_t(bits(kLengths[length].symbol, kLiteralBits) + kLengths[length].bits);
  }
  for (uint32_t i = 0; i < kDistances; ++i) {
    costs.distances[i] = uint8_t(bits(kLiterals + i, 9) + (i < 4 ? 0 : i / 2 - 1));
  }
  return costs;
}

CodeCosts LikelyCosts(const uint8_t* sample, size_t size) {
  std::array<uint32_t, 256> counts{};
  for (size_t i = 0; i < size; ++i) ++counts[sample[i]];
  CodeCosts costs{};
  CodeLengths(counts, kLiteralBits, costs.literals.data());
  for (uint8_t& bits : costs.literals) bits = bits != 0 ? bits : kLiteralBits;
  for (uint32_t length = 3; length <= kMaxMatch; ++length) {
    costs.lengths[length] = uint8_t((length < 11 ? 7 : length < 19 ? 8 : 10) + kLengths[length].bits);
  }
  for (uint32_t i = 0; i < kDistances; ++i) costs.distances[i] = uint8_t(5 + (i < 4 ? 0 : i / 2 - 1));
  return costs;
}

void BlockWriter::WriteStored(Sink& sink, const uint8_t* data, size_t size, bool last) {
  uint8_t* to = sink.Reserve(size + 8 * (size / 65535 + 2));
  uint8_t* const start = to;
  do {
    const size_t part = std::min<size_t>(size, 65535);
    size -= part;
    rest_.Put(last && size == 0 ? 1 : 0, 3);
    to = rest_.FlushAll(to);
    rest_.Put(part | uint64_t(part ^ 0xffff) << 16, 32);
    to = rest_.Flush(to);
    std::memcpy(to, data, part);
    to += part;
    data += part;
  } while (size > 0);
  sink.Advance(size_t(to - start));
}

}  // namespace polycodec::png
