// The loop where most of the time goes, so it has no branches to miss but one.
//
// Plainly: for each block look up DC, then AC coefficients until the block ends; three questions a symbol (does the
// block end? is this DC? are there bits?), each a branch that depends on the picture. libjpeg-turbo's loop misses 0.07
// of them a pixel, 40 % of its time. Here the answers are arithmetic:
//
//  - The entry's end, a mask of ones or zeros, says which block is next, which table the next look goes to (this block's
//    AC, or the next one's DC) and whether the coefficient's number begins anew: by AND and addition.
//  - Behind the last block stand sentinels whose tables take no bits, so whether all is done is asked every four looks.
//  - The window is filled every two looks, without asking, and no look takes more than 22 bits. It is filled while a look
//    waits for its entry: the index needs none of the new bits, and nothing waits for them.
//  - What is rare, a code longer than the index or the 64th coefficient, goes by the slow road: the one branch.
//  - What can be loaded is not computed. Shifts, conditional moves and jumps share two of the CPU's units, of which the
//    first form of this loop asked 14 times a look; three loads a cycle were idle. So fields of an entry are loaded, each
//    by itself, instead of shifted out of it, and a value's sign comes from a table instead of a choice.
//
// A compiler makes jumps of choices and shifts of fields; so what matters is written in assembly.
// Seen: from 1.6 to 1.9 times libjpeg-turbo's speed as a whole by the branches, with 0.002 missed ones a pixel; by the
// loads, masks and early filling (Intel, AVX-512) this loop 1.25 times as fast as before, two pictures at once 1.30 times.
#include "jpeg_fast_entropy.hpp"

#include <algorithm>
#include <cstddef>

namespace polycodec::jpeg::fast {
namespace {

constexpr std::array<uint16_t, 128> MakeGroupOffsets() {
  std::array<uint16_t, 128> offsets{};
  for (unsigned k = 0; k < offsets.size(); ++k) {
    const unsigned natural = kNaturalOrder[std::min(k, 63u)];
    offsets[k] = static_cast<uint16_t>(sizeof(int16_t) * (natural / 8 * kGroupRow + natural % 8));
  }
  return offsets;
}
constexpr std::array<uint16_t, 128> kGroupOffset = MakeGroupOffsets();

struct Position {
  BitState bits;
  uint64_t k;    // of the coefficient before; 0 with the DC table: none yet
  bool isEnd;    // of the block
  bool isBad;
};

// One symbol, any symbol. The caller's window has been filled before, and is again.
[[gnu::noinline]] Position TakeSymbol(BitState bits, Block* block, uint64_t k, bool isDc) {
  Refill(bits.window, bits.count, bits.from);
  const auto [value, length] = (isDc ? block->tables->dcCode : block->tables->acCode).Decode(bits.window);
  const unsigned extra = isDc ? value : value & 15, run = isDc ? 0 : value >> 4;
  if (length == 0 || extra > (isDc ? kMostDcBits : kMostAcBits)) return {bits, 0, true, true};
  bits.window <<= length;
  const int number = ExtendWindow(bits.window, extra);
  bits.window <<= extra;
  bits.count -= length + extra;
  Refill(bits.window, bits.count, bits.from);
  if (isDc) {
    block->coefficients[0] = static_cast<int16_t>(number);
    block->last = 0;
    return {bits, 0, false, false};
  }
  if (extra == 0 && run != 15) return {bits, 0, true, false};
  k += run + 1;
  if (k > 63) return {bits, 0, true, true};
  if (extra != 0) {
    *reinterpret_cast<int16_t*>(reinterpret_cast<char*>(block->coefficients) + kGroupOffset[k]) = static_cast<int16_t>(number);
    block->last = static_cast<uint32_t>(k);
  }
  return {bits, k == 63 ? 0 : k, k == 63, false};
}

// What a look needs beside its tables, in one place, so that one register finds it all.
struct Constants {
  uint16_t offset[128];   // by coefficient: kGroupOffset
  int16_t value[1 << (kMostDcBits + 1)];  // n extra bits as a number (T.81, F.2.2.1), at those bits + 2^n - 1

  constexpr Constants() : offset{}, value{} {
    for (unsigned k = 0; k < 128; ++k) offset[k] = kGroupOffset[k];
    for (unsigned n = 1; n <= kMostDcBits; ++n) {
      const int count = 1 << n;
      for (int bits = 0; bits < count; ++bits) value[count - 1 + bits] = static_cast<int16_t>(bits < count / 2 ? bits - count + 1 : bits);
    }
  }
};
constexpr Constants kConstants;

// Shifts by a number of which six bits count.
struct Plain {
  static uint64_t Left(uint64_t value, uint64_t by) { return value << (by & 63); }
  static uint64_t Right(uint64_t value, uint64_t by) { return value >> (by & 63); }
  static uint64_t AndNot(uint64_t mask, uint64_t value) { return ~mask & value; }
  static uint64_t BitsOf(const Entry* table, uint64_t index) { return table[index].bits; }
  static intptr_t EndOf(const Entry* table, uint64_t index) { return table[index].end; }
};

#if defined(__x86_64__)
// The same in assembly. Shifts take their number from any register and leave the flags alone; and the two loads add table
// and index themselves, where a compiler makes an address of them first, for all of the entry's fields: an instruction
// more in the chain of looks. Seen: 1.15 times the loop's speed.
struct Bmi2 {
  static_assert(sizeof(Entry) == 8 && offsetof(Entry, bits) == 0 && offsetof(Entry, end) == 3);
  [[gnu::always_inline]] static uint64_t BitsOf(const Entry* table, uint64_t index) {
    uint64_t bits;
    __asm__("movzbl (%1,%2,8), %k0" : "=r"(bits) : "r"(table), "r"(index));
    return bits;
  }
  [[gnu::always_inline]] static intptr_t EndOf(const Entry* table, uint64_t index) {
    intptr_t end;
    __asm__("movsbq 3(%1,%2,8), %0" : "=r"(end) : "r"(table), "r"(index));
    return end;
  }
#define POLYCODEC_INSTRUCTION(name, instruction)                              \
  [[gnu::always_inline]] static uint64_t name(uint64_t a, uint64_t b) {       \
    uint64_t result;                                                          \
    __asm__(instruction : "=r"(result) : "r"(a), "r"(b));                     \
    return result;                                                            \
  }
  POLYCODEC_INSTRUCTION(Left, "shlx %2, %1, %0")
  POLYCODEC_INSTRUCTION(Right, "shrx %2, %1, %0")
  POLYCODEC_INSTRUCTION(AndNot, "andn %2, %1, %0")
#undef POLYCODEC_INSTRUCTION
};
#endif

// A run on its way, in registers.
template <class Machine, unsigned kBits>
struct Reader {
  BitState& state;
  BlockRun& run;
  // Of `count` six bits are true here: an entry's bits are taken off as they are.
  uint64_t window, count;
  const uint8_t* from;
  Block* block;
  const Entry* table;
  uint64_t k;

  [[gnu::always_inline]] Reader(BitState& bits, BlockRun& blocks)
      : state(bits), run(blocks), window(bits.window), count(bits.count), from(bits.from), block(blocks.block), table(blocks.table), k(blocks.k) {}

  [[gnu::always_inline]] void Keep() {
    state = {window, count & 63, from};
    run.block = block, run.table = table, run.k = k;
  }
  [[gnu::always_inline]] bool IsOver() const { return block >= run.end; }

  [[gnu::always_inline]] void Fill() {
    window |= Machine::Right(NextBytes(from), count);
    from += ~count >> 3 & 7;
    count |= 56;
  }

  // With kFills the window is filled while the look waits for its entry: between two looks it would be waited for.
  template <bool kFills>
  [[gnu::always_inline]] void Look(const Constants* constants) {
    const uint64_t index = Machine::Right(window, 64 - kBits);
    // What the next look waits for.
    const uint64_t bits = Machine::BitsOf(table, index);
    const intptr_t end = Machine::EndOf(table, index);
    const Entry* const entry = table + index;
    const uint64_t last = k + entry->last;
    if constexpr (kFills) Fill();
    if (__builtin_expect(last >= 63, 0)) {
      LookLong();
      return;
    }
    const uint64_t mask = entry->mask;
    const uint64_t extra = Machine::Right(window, entry->drop) & mask;
    char* const to = reinterpret_cast<char*>(block->coefficients);
    *reinterpret_cast<int16_t*>(to + constants->offset[last]) = constants->value[extra + mask];
    *reinterpret_cast<int16_t*>(to + constants->offset[k + entry->first]) = entry->value;
    block->last = static_cast<uint32_t>(last);
    window = Machine::Left(window, bits);
    count -= bits;
    // If the block ends: on to the next one's DC table.
    k = Machine::AndNot(static_cast<uint64_t>(end), last);
    table = reinterpret_cast<const Entry*>(reinterpret_cast<uintptr_t>(block->ac) + (static_cast<uintptr_t>(end & block->toNext)));
    block = reinterpret_cast<Block*>(reinterpret_cast<char*>(block) + (bits & kBlockEnds));
  }

  [[gnu::always_inline]] void LookLong() {
    const Position now = TakeSymbol({window, count & 63, from}, block, k, k == 0 && table == block->dc);
    window = now.bits.window, count = now.bits.count, from = now.bits.from;
    // Each in a register of its own: GCC would else carry two of them in one vector register all the way round.
    __asm__("" : "+r"(window), "+r"(count), "+r"(from));
    k = now.k;
    block += now.isEnd;
    if (now.isBad) {
      run.isBad = true;
      block = run.end;
    }
    table = now.isEnd ? block->dc : block->ac;
  }
};

// Not a constant that the compiler sees through: it would build its address anew for each use.
[[gnu::always_inline]] inline const Constants* TheConstants() {
  const Constants* constants = &kConstants;
  __asm__("" : "+r"(constants));
  return constants;
}

template <class Machine, unsigned kBits>
void DecodeBlocks(BitState& bits, BlockRun& run) {
  const Constants* const constants = TheConstants();
  Reader<Machine, kBits> reader(bits, run);
  reader.Fill();
  while (!reader.IsOver()) {
    reader.template Look<false>(constants);
    reader.template Look<true>(constants);
    reader.template Look<false>(constants);
    reader.template Look<true>(constants);
  }
  reader.Keep();
}

// One picture's looks are a chain: each waits for the bits that the one before has left, and the CPU's units wait with
// it. A second picture's chain, which depends on nothing of the first, runs in these gaps.
template <class Machine, unsigned kBits, unsigned kOtherBits>
void DecodePair(BitState& bits, BlockRun& run, BitState& otherBits, BlockRun& otherRun) {
  const Constants* const constants = TheConstants();
  Reader<Machine, kBits> one(bits, run);
  Reader<Machine, kOtherBits> other(otherBits, otherRun);
  one.Fill();
  other.Fill();
  while (!one.IsOver() && !other.IsOver()) {
    one.template Look<false>(constants);
    other.template Look<false>(constants);
    one.template Look<true>(constants);
    other.template Look<true>(constants);
    one.template Look<false>(constants);
    other.template Look<false>(constants);
    one.template Look<true>(constants);
    other.template Look<true>(constants);
  }
  one.Keep();
  other.Keep();
}

template <class Machine>
EntropyPairFn PairOf(bool wide, bool otherWide) {
  if (wide) return otherWide ? DecodePair<Machine, kWideBits, kWideBits> : DecodePair<Machine, kWideBits, kNarrowBits>;
  return otherWide ? DecodePair<Machine, kNarrowBits, kWideBits> : DecodePair<Machine, kNarrowBits, kNarrowBits>;
}

constexpr Entry kNothing[1 << kWideBits] = {};

}  // namespace

Block MakeSentinel(int16_t* scratch) { return {kNothing, kNothing, scratch, nullptr, 0, 0, 0}; }

EntropyFn ChooseEntropy(Level level, unsigned bits) {
  const bool wide = bits == kWideBits;
#if defined(__x86_64__)
  if (level >= Level::kAvx2) return wide ? DecodeBlocks<Bmi2, kWideBits> : DecodeBlocks<Bmi2, kNarrowBits>;
#endif
  return wide ? DecodeBlocks<Plain, kWideBits> : DecodeBlocks<Plain, kNarrowBits>;
}

EntropyPairFn ChooseEntropyPair(Level level, unsigned bits, unsigned otherBits) {
#if defined(__x86_64__)
  if (level >= Level::kAvx2) return PairOf<Bmi2>(bits == kWideBits, otherBits == kWideBits);
#endif
  return PairOf<Plain>(bits == kWideBits, otherBits == kWideBits);
}

}  // namespace polycodec::jpeg::fast
