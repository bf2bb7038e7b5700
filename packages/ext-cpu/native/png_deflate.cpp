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

// 12 bits for literals and lengths, so that four literals fit between two writes of the bit buffer; costs 0.1 %.
constexpr uint32_t kLiteralBits = 12, kDistanceBits = 12, kLengthBits = 7;
constexpr uint32_t kLiterals = 286, kDistances = 30, kEndOfBlock = 256;
constexpr uint8_t kCodeLengthOrder[] = {16, 17, 18, 0, 8, 7, 9, 6, 10, 5, 11, 4, 12, 3, 13, 2, 14, 1, 15};

// RFC 1951, 3.2.5: the symbol of a match's length, and how much follows in how many bits.
struct LengthSymbol {
  uint16_t symbol;
  uint8_t extra, bits;
};
constexpr std::array<LengthSymbol, kMaxMatch + 1> MakeLengths() {
  std::array<LengthSymbol, kMaxMatch + 1> lengths{};
  uint32_t length = 3;
  for (uint16_t symbol = 257; symbol < 285; ++symbol) {
    const uint8_t bits = symbol < 265 ? 0 : uint8_t((symbol - 261) / 4);
    for (uint32_t extra = 0; extra < 1u << bits; ++extra, ++length) lengths[length] = {symbol, uint8_t(extra), bits};
  }
  lengths[kMaxMatch] = {285, 0, 0};
  return lengths;
}
constexpr std::array<LengthSymbol, kMaxMatch + 1> kLengths = MakeLengths();

struct DistanceSymbol {
  uint32_t symbol, extra, bits;
};
inline DistanceSymbol SymbolOfDistance(uint32_t distance) {
  const uint32_t value = distance - 1;
  if (value < 4) return {value, 0, 0};
  const uint32_t bits = uint32_t(std::bit_width(value)) - 2;
  return {2 * bits + (value >> bits), value & ((1u << bits) - 1), bits};
}

struct Counts {
  std::array<uint32_t, kLiterals> literals{};
  std::array<uint32_t, kDistances> distances{};
};

// Four tables, for a count that was just written is slow to read again.
void CountBytes(const uint8_t* data, const std::vector<Token>& tokens, Counts& counts) {
  std::array<std::array<uint32_t, 256>, 4> tables{};
  for (const Token& token : tokens) {
    const uint8_t* const end = data + token.literals;
    for (; data + 4 <= end; data += 4) {
      ++tables[0][data[0]];
      ++tables[1][data[1]];
      ++tables[2][data[2]];
      ++tables[3][data[3]];
    }
    for (; data < end; ++data) ++tables[0][*data];
    if (token.length == 0) continue;
    ++counts.literals[kLengths[token.length].symbol];
    ++counts.distances[SymbolOfDistance(token.distance).symbol];
    data += token.length;
  }
  for (uint32_t byte = 0; byte < 256; ++byte) {
    counts.literals[byte] = tables[0][byte] + tables[1][byte] + tables[2][byte] + tables[3][byte];
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

// What is written for each symbol: the code, and for lengths what follows it, with the bits of both together.
struct BlockWriter::Codes {
  struct Entry {
    uint32_t value, bits;
  };
  std::array<Entry, kLiterals> literals;
  std::array<Entry, kMaxMatch + 1> lengths;
  std::array<Entry, kDistances> distances;
};

inline uint8_t* BlockWriter::Flush(uint8_t* to) {
  std::memcpy(to, &bits_, 8);  // little endian, as deflate
  to += count_ / 8;
  bits_ >>= count_ & ~7u;
  count_ &= 7;
  return to;
}

void BlockWriter::Write(Sink& sink, const uint8_t* data, size_t size, const std::vector<Token>& tokens, bool last) {
  Counts counts;
  CountBytes(data, tokens, counts);
  std::array<uint8_t, kLiterals + kDistances> lengths;
  const std::span<uint8_t> literalLengths(lengths.data(), kLiterals), distanceLengths(lengths.data() + kLiterals, kDistances);
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
  Put(last ? 1 : 0, 1);
  Put(2, 2);
  Put(literalCount - 257, 5);
  Put(distanceCount - 1, 5);
  Put(lengthCount - 4, 4);
  to = Flush(to);
  for (uint32_t i = 0; i < lengthCount; ++i) {
    Put(lengthLengths[kCodeLengthOrder[i]], 3);
    to = Flush(to);
  }
  std::array<uint16_t, kLiterals> codes;
  png::Codes(lengthLengths, codes.data());
  for (uint32_t i = 0; i < lengthCode.count; ++i) {
    const auto [symbol, extra] = lengthCode.items[i];
    Put(codes[symbol] | uint32_t{extra} << lengthLengths[symbol], lengthLengths[symbol] + ExtraBits(symbol));
    to = Flush(to);
  }

  Codes table;
  png::Codes(literalLengths, codes.data());
  for (uint32_t i = 0; i < kLiterals; ++i) table.literals[i] = {codes[i], literalLengths[i]};
  for (uint32_t length = 3; length <= kMaxMatch; ++length) {
    const auto [symbol, extra, bits] = kLengths[length];
    table.lengths[length] = {codes[symbol] | uint32_t{extra} << literalLengths[symbol], uint32_t{literalLengths[symbol]} + bits};
  }
  png::Codes(distanceLengths, codes.data());
  for (uint32_t i = 0; i < kDistances; ++i) table.distances[i] = {codes[i], distanceLengths[i]};

  for (const Token& token : tokens) {
    const uint8_t* const end = data + token.literals;
    for (; data + 4 <= end; data += 4) {
      for (int i = 0; i < 4; ++i) Put(table.literals[data[i]].value, table.literals[data[i]].bits);
      to = Flush(to);
    }
    for (; data < end; ++data) Put(table.literals[*data].value, table.literals[*data].bits);
    to = Flush(to);
    if (token.length == 0) continue;
    const DistanceSymbol distance = SymbolOfDistance(token.distance);
    const Codes::Entry code = table.distances[distance.symbol];
    Put(table.lengths[token.length].value, table.lengths[token.length].bits);
    Put(code.value | distance.extra << code.bits, code.bits + distance.bits);
    to = Flush(to);
    data += token.length;
  }
  Put(table.literals[kEndOfBlock].value, table.literals[kEndOfBlock].bits);
  to = Flush(to);
  if (last) {
    count_ = (count_ + 7) / 8 * 8;
    to = Flush(to);
  }
  sink.Advance(size_t(to - start));
}

void BlockWriter::WriteStored(Sink& sink, const uint8_t* data, size_t size, bool last) {
  uint8_t* to = sink.Reserve(size + 8 * (size / 65535 + 2));
  uint8_t* const start = to;
  do {
    const size_t part = std::min<size_t>(size, 65535);
    size -= part;
    Put(last && size == 0 ? 1 : 0, 3);
    count_ = (count_ + 7) / 8 * 8;
    Put(part | uint64_t(part ^ 0xffff) << 16, 32);
    to = Flush(to);
    std::memcpy(to, data, part);
    to += part;
    data += part;
  } while (size > 0);
  sink.Advance(size_t(to - start));
}

}  // namespace polycodec::png
