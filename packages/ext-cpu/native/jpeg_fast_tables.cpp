#include "jpeg_fast_tables.hpp"

#include <algorithm>

namespace polycodec::jpeg::fast {
namespace {

using Symbol = HuffmanCode::Symbol;

// An entry as a number, so that parts of one can be added up. No field overflows: of drops six bits matter.
using Sum = uint64_t;

constexpr Sum kEnd = Sum{kBlockEnds} | Sum{0xff} << 24;
constexpr Sum kSlow = Sum{kTooFar} << 16;

// `behind`: bits up to the last coefficient's extra bits and with them.
constexpr Sum MakeSum(unsigned bits, unsigned first, unsigned last, int value, unsigned behind, unsigned extra) {
  return Sum{bits} | Sum{first} << 8 | Sum{last} << 16 | Sum{static_cast<uint8_t>(value)} << 32 | Sum{(64 - behind) % 64} << 40 |
         ((Sum{1} << extra) - 1) << 48;
}

constexpr Entry ToEntry(Sum sum) {
  return {static_cast<uint8_t>(sum), static_cast<uint8_t>(sum >> 8), static_cast<uint8_t>(sum >> 16), static_cast<int8_t>(sum >> 24),
          static_cast<int8_t>(sum >> 32), static_cast<uint8_t>(sum >> 40), static_cast<uint16_t>(sum >> 48)};
}

// Values of a pair's first coefficient fit in a byte; larger ones hardly leave room for a second code.
constexpr unsigned kMostFirstBits = 7;

// T.81, F.2.2.1: the upper half of the numbers of so many bits are themselves, the lower half negative.
constexpr int Extend(int bits, unsigned extra) {
  return extra == 0 || bits >= 1 << (extra - 1) ? bits : bits - (1 << extra) + 1;
}

// What may stand behind an entry's first symbol, by the bits that are left: added to the entry's base it gives the
// entry. With kIsPair the base is that of a pair.
constexpr Sum kIsPair = Sum{1} << 63;

// tails[w][j]: for w bits left, j of them.
struct Tails {
  Sum sums[1 << (kWideBits + 1)];
  const Sum* Of(unsigned bits) const { return sums + (size_t{1} << bits); }
  Sum* Of(unsigned bits) { return sums + (size_t{1} << bits); }
};

void BuildTails(Tails& tails, unsigned bits, const Symbol* symbols) {
  for (unsigned w = 0; w < bits; ++w) {
    Sum* to = tails.Of(w);
    for (size_t j = 0; j < size_t{1} << w; ++j) {
      const auto [value, length] = symbols[j << (bits - w)];
      const unsigned extra = value & 15, run = value >> 4;
      to[j] = 0;
      if (length == 0 || length > w) continue;
      if (value == 0) {
        to[j] = length | kEnd;
      } else if (extra != 0 && extra <= kMostAcBits) {
        to[j] = kIsPair | MakeSum(length + extra, 0, run + 1, 0, length + extra, extra);
      }
    }
  }
}

// All entries that begin with one symbol: `to` holds those of its code.
void BuildEntries(Entry* to, unsigned bits, unsigned length, unsigned extra, unsigned advance, const Tails& tails) {
  const unsigned whole = length + extra;
  // The zero that is written as the first value: over what the last one leaves where it has no bits, else behind it.
  const Sum single = MakeSum(whole, extra == 0 ? advance : advance + 1, advance, 0, whole, extra);
  if (whole >= bits || extra > kMostFirstBits) {
    std::fill_n(to, size_t{1} << (bits - length), ToEntry(single));
    return;
  }
  const unsigned left = bits - whole;
  const Sum* const tail = tails.Of(left);
  for (int b = 0; b < 1 << extra; ++b) {
    // The pair's last coefficient is the tail's, and so are its extra bits.
    const Sum pair = MakeSum(whole, advance, advance, Extend(b, extra), whole, 0);
    for (size_t j = 0; j < size_t{1} << left; ++j) {
      const Sum isPair = 0 - (tail[j] >> 63);
      *to++ = ToEntry((tail[j] & ~kIsPair) + ((pair & isPair) | (single & ~isPair)));
    }
  }
}

void BuildTable(Entry* table, unsigned bits, const Symbol* symbols, bool isDc, const Tails& tails) {
  for (size_t i = 0; i < size_t{1} << bits;) {
    const auto [value, length] = symbols[i];
    if (length == 0) {
      table[i++] = ToEntry(kSlow);
      continue;
    }
    const size_t count = size_t{1} << (bits - length);
    const unsigned extra = isDc ? value : value & 15, run = isDc ? 0 : value >> 4;
    if (extra > (isDc ? kMostDcBits : kMostAcBits) || (!isDc && extra == 0 && run != 0 && run != 15)) {
      std::fill_n(table + i, count, ToEntry(kSlow));
    } else if (!isDc && extra == 0) {
      std::fill_n(table + i, count, ToEntry(run == 15 ? MakeSum(length, 16, 16, 0, length, 0) : MakeSum(length, 1, 1, 0, length, 0) | kEnd));
    } else {
      BuildEntries(table + i, bits, length, extra, isDc ? 0 : run + 1, tails);
    }
    i += count;
  }
}

bool BuildTables(CodeTables& tables, const HuffmanSpec& dc, const HuffmanSpec& ac, unsigned bits) {
  tables.bits = 0;
  if (!tables.dcCode.Build(dc, true) || !tables.acCode.Build(ac, false)) return false;
  if (tables.dc == nullptr) {
    tables.dc = std::make_unique<Entry[]>(size_t{1} << kWideBits);
    tables.ac = std::make_unique<Entry[]>(size_t{1} << kWideBits);
  }
  Symbol symbols[1 << kWideBits];
  Tails tails;
  tables.acCode.Spread(bits, symbols);
  BuildTails(tails, bits, symbols);
  BuildTable(tables.ac.get(), bits, symbols, false, tails);
  tables.dcCode.Spread(bits, symbols);
  BuildTable(tables.dc.get(), bits, symbols, true, tails);
  tables.dcSpec = dc;
  tables.acSpec = ac;
  tables.bits = bits;
  return true;
}

}  // namespace

bool HuffmanCode::Build(const HuffmanSpec& spec, bool isDc) {
  if (!spec.isThere) return false;
  counts_ = spec.counts;
  values_ = spec.symbols;
  quick_.fill({0, 0});
  uint32_t code = 0;
  unsigned next = 0;
  for (unsigned length = 1; length <= 16; ++length, code <<= 1) {
    // No code is all ones (T.81, C.2), and libjpeg refuses a table that has one.
    if (counts_[length] != 0 && code + counts_[length] >= 1u << length) return false;
    offset_[length] = static_cast<int>(next) - static_cast<int>(code);
    for (unsigned i = 0; i < counts_[length]; ++i, ++code, ++next) {
      if (isDc && values_[next] > 15) return false;
      if (length > 8) continue;
      std::fill_n(quick_.begin() + (code << (8 - length)), size_t{1} << (8 - length), Symbol{values_[next], static_cast<uint8_t>(length)});
    }
    behind_[length] = code << (16 - length);
  }
  return true;
}

// Codes grow with their length: the first length whose codes are not all below the window is the one.
HuffmanCode::Symbol HuffmanCode::DecodeLong(uint64_t window) const {
  const auto bits = static_cast<uint32_t>(window >> 48);
  for (unsigned length = 9; length <= 16; ++length) {
    if (bits >= behind_[length]) continue;
    return {values_[static_cast<size_t>(offset_[length] + static_cast<int>(bits >> (16 - length)))], static_cast<uint8_t>(length)};
  }
  return {0, 0};
}

void HuffmanCode::Spread(unsigned bits, Symbol* to) const {
  Symbol* const end = to + (size_t{1} << bits);
  const uint8_t* value = values_.data();
  for (unsigned length = 1; length <= bits; ++length) {
    const size_t each = size_t{1} << (bits - length);
    for (unsigned i = 0; i < counts_[length]; ++i, to += each) std::fill_n(to, each, Symbol{*value++, static_cast<uint8_t>(length)});
  }
  std::fill(to, end, Symbol{0, 0});
}

const CodeTables* TableCache::Find(const HuffmanSpec& dc, const HuffmanSpec& ac, unsigned bits) {
  for (unsigned i = 0; i < kSlots; ++i) {
    const CodeTables* slot = slots_[i].get();
    if (slot == nullptr || slot->bits != bits || slot->dcSpec != dc || slot->acSpec != ac) continue;
    asked_[i] = ++clock_;
    return slot;
  }
  const auto oldest = std::min_element(asked_.begin(), asked_.end()) - asked_.begin();
  asked_[oldest] = ++clock_;
  std::unique_ptr<CodeTables>& slot = slots_[oldest];
  if (slot == nullptr) slot = std::make_unique<CodeTables>();
  return BuildTables(*slot, dc, ac, bits) ? slot.get() : nullptr;
}

}  // namespace polycodec::jpeg::fast
