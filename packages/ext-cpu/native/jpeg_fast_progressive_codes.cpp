// The tables, and the definitions of what is done with a whole block.
#include "jpeg_fast_progressive_codes.hpp"

#include <algorithm>

namespace polycodec::jpeg::fast {
namespace {

uint64_t Nonzero(const int16_t* block) {
  uint64_t places = 0;
  for (unsigned place = 0; place < kBlockCoefficients; ++place) places |= uint64_t{block[place] != 0} << place;
  return places;
}

uint64_t Deposit(uint64_t bits, uint64_t places) {
  uint64_t result = 0;
  for (; places != 0; places &= places - 1, bits >>= 1) result |= (0 - (bits & 1)) & places & (0 - places);
  return result;
}

void Adjust(int16_t* block, uint64_t grow, uint64_t up, uint64_t down, int step) {
  for (uint64_t places = grow | up | down; places != 0; places &= places - 1) {
    const auto place = static_cast<unsigned>(__builtin_ctzll(places));
    const bool isDown = (down >> place & 1) != 0 || ((grow >> place & 1) != 0 && block[place] < 0);
    block[place] = static_cast<int16_t>(block[place] + (isDown ? -step : step));
  }
}

#include "jpeg_fast_progressive_loops.hpp"

using Symbol = HuffmanCode::Symbol;

constexpr BandEntry kSlow = BandEntry{kTooFar} << 16;
constexpr BandEntry kHasCoefficient = 64, kHasEndBehind = 128;
// Longer runs of ends have more blocks than an entry's ten bits.
constexpr unsigned kLongestRun = 9;

// The end of band in `left` bits at the top of `window`: bits that it takes, and blocks that it ends. 0 bits: there is
// none, or not all of it.
struct End {
  unsigned bits;
  uint64_t blocks;
};
End ReadEnd(Symbol symbol, uint32_t window, unsigned left) {
  const unsigned extra = symbol.value & 15, run = symbol.value >> 4;
  if (symbol.length == 0 || extra != 0 || run > kLongestRun || symbol.length + run > left) return {0, 0};
  return {symbol.length + run, (uint64_t{1} << run) + (uint64_t{window} << symbol.length << run >> 32 & ((1u << run) - 1))};
}

}  // namespace

void BandTable::Build(const HuffmanCode& code, unsigned newBits, unsigned newShift) {
  if (entries == nullptr) entries = std::make_unique<BandEntry[]>(size_t{1} << kWideBits);
  bits = newBits;
  shift = newShift;
  Symbol symbols[1 << kWideBits];
  code.Spread(bits, symbols);
  for (uint32_t i = 0; i < 1u << bits; ++i) {
    const uint32_t window = i << (32 - bits);
    const Symbol symbol = symbols[i];
    const unsigned extra = symbol.value & 15, advance = (symbol.value >> 4) + 1u;
    BandEntry& entry = entries[i] = kSlow;
    if (symbol.length == 0) continue;
    if (extra == 0 && advance < 16) {
      // A zero is written where one is.
      if (const End end = ReadEnd(symbol, window, bits); end.bits != 0) entry = end.bits | 1 << 8 | 1 << 16 | end.blocks << 54;
      continue;
    }
    if (extra > kMostAcBits) continue;
    const unsigned whole = symbol.length + extra;
    entry = whole | kHasCoefficient | BandEntry{advance} << 8 | BandEntry{advance} << 16 | BandEntry{symbol.length} << 24 | BandEntry{extra} << 48;
    if (extra == 0 || whole >= bits) continue;
    const unsigned left = bits - whole;
    const uint32_t rest = window << whole;
    const Symbol next = symbols[rest >> (32 - bits)];
    if (next.length == 0 || next.length > left) continue;
    const unsigned nextExtra = next.value & 15;
    if (const End end = ReadEnd(next, rest, left); end.bits != 0) {
      entry = (entry + end.bits) | kHasEndBehind | end.blocks << 54;
    } else if (nextExtra != 0 && nextExtra <= kMostAcBits) {
      const int value = ExtendWindow(uint64_t{window} << 32 << symbol.length, extra) * (1 << shift);
      const unsigned last = advance + (next.value >> 4) + 1u;
      entry = (whole + next.length + nextExtra) | kHasCoefficient | BandEntry{advance} << 8 | BandEntry{last} << 16 |
              BandEntry{whole + next.length} << 24 | BandEntry{static_cast<uint16_t>(value)} << 32 | BandEntry{nextExtra} << 48;
    }
  }
}

ProgressiveKernels ProgressivePortable() { return {.first = DecodeFirst, .refine = DecodeRefinement, .gather = GatherEach}; }

ProgressiveKernels ChooseProgressive(Level level) {
#if defined(__x86_64__)
  if (level == Level::kAvx512) return ProgressiveAvx512();
  if (level == Level::kAvx2) return ProgressiveAvx2();
#endif
  return ProgressivePortable();
}

}  // namespace polycodec::jpeg::fast
