// The loops over blocks of a progressive scan. Included by the files of the levels, which define, in a namespace of
// their own and under their target, what is done with a whole block:
//
//   uint64_t Nonzero(const int16_t* block)                    the places of coefficients other than zero
//   uint64_t Deposit(uint64_t bits, uint64_t places)          the lowest bits, each to one of the places, lowest first
//   void Adjust(int16_t* block, uint64_t grow, uint64_t up, uint64_t down, int step)
//                                                             `grow`: away from zero by a step; `up`, `down`: to +- step

// `count` bits of the window's top; count may be 0, and not 64.
inline uint64_t TopBits(uint64_t window, unsigned count) { return window >> 1 >> (63 - count); }

// First scans, plainly: a symbol is a run of zeros and a coefficient behind it, or the end of the band in this block
// and so many that follow. As in jpeg_fast_entropy.cpp one look takes two symbols or a symbol and the end, and nothing
// is asked of it: the end moves on by the number of blocks in the entry, most often 0. A coefficient at
// the band's end ends the block as well.
inline bool DecodeFirst(BitState& bits, const BandScan& scan, int16_t* block, uint32_t count, uint32_t& run) {
  if (run >= count) {
    run -= count;
    return true;
  }
  // In coefficients from `block`; a run may go far over the end.
  uint64_t at = uint64_t{run} * kBlockCoefficients;
  const uint64_t end = uint64_t{count} * kBlockCoefficients;
  const BandEntry* const table = scan.table->entries.get();
  const unsigned index = 64 - scan.table->bits, shift = scan.shift;
  const uint64_t limit = scan.last - scan.first + 1;
  const ptrdiff_t before = PlaceOf(scan.first - 1);
  uint64_t window = bits.window, valid = bits.count, k = 0;  // k: of the coefficient before, counted in the band from 1
  const uint8_t* from = bits.from;
  while (at < end) {
    Refill(window, valid, from);
    for (int look = 0; look < 2 && at < end; ++look) {
      const BandEntry entry = table[window >> index];
      const uint64_t last = k + (entry >> 16 & 255);
      // Behind a band's last coefficient no end is coded: what looks like one is the next block's, or padding.
      if (__builtin_expect(last + (entry >> 7 & 1) > limit, 0)) {
        Refill(window, valid, from);
        const auto [value, length] = scan.code->Decode(window);
        const unsigned extra = value & 15, zeros = value >> 4;
        if (length == 0 || extra > kMostAcBits) return false;
        window <<= length;
        valid -= length;
        if (extra == 0 && zeros < 15) {
          at += ((uint64_t{1} << zeros) + TopBits(window, zeros)) * kBlockCoefficients;
          window <<= zeros;
          valid -= zeros;
          k = 0;
          break;
        }
        k += zeros + 1;
        if (k > limit) return false;
        if (extra != 0) (block + at + before)[-static_cast<ptrdiff_t>(k)] = static_cast<int16_t>(ExtendWindow(window, extra) * (1 << shift));
        window <<= extra;
        valid -= extra;
        if (k == limit) at += kBlockCoefficients, k = 0;
        break;
      }
      int16_t* const to = block + at + before - k;
      const int value = ExtendWindow(window << (entry >> 24 & 63), entry >> 48 & 15);
      to[-static_cast<ptrdiff_t>(entry >> 8 & 255)] = static_cast<int16_t>(entry >> 32);
      to[-static_cast<ptrdiff_t>(entry >> 16 & 255)] = static_cast<int16_t>(value * (1 << shift));
      window <<= entry & 63;
      valid -= entry & 63;
      const uint64_t ended = (entry >> 54) + (uint64_t{last == limit} & entry >> 6);
      k = ended != 0 ? 0 : last;
      at += ended * kBlockCoefficients;
    }
  }
  run = static_cast<uint32_t>((at - end) / kBlockCoefficients);
  bits = {window, valid, from};
  return true;
}

// A bit for each of the places, first bit to the top one: those whose bit is 1. At least 56 bits are valid, and there
// may be 63 places.
inline uint64_t TakeBits(uint64_t& window, uint64_t& valid, const uint8_t*& from, uint64_t places) {
  auto count = static_cast<unsigned>(__builtin_popcountll(places));
  uint64_t taken = 0;
  if (__builtin_expect(count > 56, 0)) {
    for (; count > 32; --count) {
      const uint64_t top = uint64_t{1} << (63 - __builtin_clzll(places));
      if (window >> 63 != 0) taken |= top;
      window <<= 1, --valid;
      places ^= top;
    }
    Refill(window, valid, from);
  }
  taken |= Deposit(TopBits(window, count), places);
  window <<= count;
  valid -= count;
  return taken;
}

// Refinement, plainly: coefficient by coefficient, those that are zero counted as runs of a symbol, those that are not
// getting a bit each on the way. Here with a block's nonzero coefficients as a mask: a run's end is the mask's n-th zero
// from the top, the bits on the way are as many as the mask has ones above, and all of a block's changes are made at
// once at its end. No branch but those on symbols depends on the picture.
inline bool DecodeRefinement(BitState& bits, const BandScan& scan, int16_t* block, uint32_t count, uint32_t& run) {
  const uint64_t band = (~uint64_t{0} >> (63 - scan.last + scan.first)) << PlaceOf(scan.last);
  uint64_t window = bits.window, valid = bits.count;
  const uint8_t* from = bits.from;
  for (int16_t* const end = block + size_t{count} * kBlockCoefficients; block < end; block += kBlockCoefficients) {
    const uint64_t nonzero = Nonzero(block) & band;
    uint64_t rest = band, grow = 0, up = 0, down = 0;
    while (run == 0 && rest != 0) {
      Refill(window, valid, from);
      const auto [value, length] = scan.code->Decode(window);
      const unsigned extra = value & 15, zeros = value >> 4;
      if (length == 0 || extra > 1) return false;
      window <<= length;
      valid -= length;
      if (extra == 0 && zeros < 15) {
        run = (1u << zeros) + static_cast<uint32_t>(TopBits(window, zeros));
        window <<= zeros;
        valid -= zeros;
        break;
      }
      const uint64_t isPositive = window >> 63;
      window <<= extra;
      valid -= extra;
      const uint64_t places = rest & ~nonzero;
      const auto available = static_cast<unsigned>(__builtin_popcountll(places));
      if (zeros >= available) return false;
      const uint64_t target = Deposit(uint64_t{1} << (available - 1 - zeros), places);
      const uint64_t passed = nonzero & rest & ~(2 * target - 1);
      rest &= target - 1;
      const uint64_t fresh = extra != 0 ? target : 0;
      up |= fresh & (0 - isPositive);
      down |= fresh & (isPositive - 1);
      Refill(window, valid, from);
      grow |= TakeBits(window, valid, from, passed);
    }
    if (run > 0) {
      --run;
      Refill(window, valid, from);
      grow |= TakeBits(window, valid, from, nonzero & rest);
    }
    if ((grow | up | down) != 0) Adjust(block, grow, up, down, 1 << scan.shift);
  }
  bits = {window, valid, from};
  return true;
}

// To a group, coefficient by coefficient: most are zero. (AVX-512 has a permutation for it, and its own way.)
[[maybe_unused]] inline uint32_t GatherEach(int16_t* blocks, int16_t* group) {
  uint64_t all = uint64_t{1} << PlaceOf(0);
  for (unsigned b = 0; b < kGroupBlocks; ++b, blocks += kBlockCoefficients) {
    const uint64_t nonzero = Nonzero(blocks);
    all |= nonzero;
    for (uint64_t places = nonzero; places != 0; places &= places - 1) {
      const auto place = static_cast<unsigned>(__builtin_ctzll(places));
      const unsigned natural = kNaturalOrder[PlaceOf(place)];
      group[natural / 8 * kGroupRow + b * 8 + natural % 8] = blocks[place];
    }
    __builtin_memset(blocks, 0, kBlockCoefficients * sizeof *blocks);
  }
  return PlaceOf(static_cast<unsigned>(__builtin_ctzll(all)));
}
