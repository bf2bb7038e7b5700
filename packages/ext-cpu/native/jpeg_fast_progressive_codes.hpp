// The codes of a progressive scan's AC coefficients (T.81, G.1.2.2 and G.1.2.3), block after block.
//
// A block's coefficients lie together here, and backwards: that of number k in coded order at place 63 - k. So a mask of
// places has the first coefficient at its top, as the bit window has the first bit.
#pragma once

#include <cstdint>
#include <memory>

#include "jpeg_fast_entropy.hpp"
#include "jpeg_fast_level.hpp"
#include "jpeg_fast_tables.hpp"

namespace polycodec::jpeg::fast {

inline constexpr unsigned kBlockCoefficients = 64;
constexpr unsigned PlaceOf(unsigned k) { return 63 - k; }

// For first scans of coefficients, what one look takes, 64 bits; compare jpeg_fast_tables.hpp:
//
//    0..5   bits that this entry takes in all, extra bits included
//    6      1 if there is a coefficient, or a run of zeros: only then can the band be full
//    7      1 if an end of band stands behind a coefficient, which then is not the band's last
//    8..15  from the coefficient before to where the first value goes
//   16..23  from the coefficient before to the last one; kTooFar: the loop shall take a symbol by the slow road
//   24..29  bits before the last coefficient's extra bits
//   32..47  the first value, of two; else 0. Written before the last one
//   48..51  the number of the last coefficient's extra bits
//   54..63  blocks that end with it: the run of an end of band
using BandEntry = uint64_t;

struct BandTable {
  unsigned bits = 0, shift = 0;  // the index's width; what values are shifted by
  std::unique_ptr<BandEntry[]> entries;

  void Build(const HuffmanCode& code, unsigned newBits, unsigned newShift);
};

// What the loops below know of a scan.
struct BandScan {
  unsigned first, last;  // coefficients
  unsigned shift;        // of the bits that are sent
  const HuffmanCode* code;
  const BandTable* table;  // of first scans
};

// Decodes `count` blocks that lie one after the other. `run`: the blocks from here on that the last end of band still
// holds for. False: a code that does not exist, or that says what no encoder would. Reads up to kLookahead bytes for
// kMostBlocksPerChunk blocks.
using BandFn = bool (*)(BitState& bits, const BandScan& scan, int16_t* block, uint32_t count, uint32_t& run);

struct ProgressiveKernels {
  BandFn first;   // sends coefficients' upper bits
  BandFn refine;  // sends one more bit of each
  // From four blocks that lie one after the other to a group (see kGroupRow) that has been all zeros; clears the blocks.
  // The last coefficient in coded order that is other than zero in any of them.
  uint32_t (*gather)(int16_t* blocks, int16_t* group);
};
ProgressiveKernels ChooseProgressive(Level level);

// What the files of the levels define.
ProgressiveKernels ProgressivePortable();
ProgressiveKernels ProgressiveAvx2();
ProgressiveKernels ProgressiveAvx512();

}  // namespace polycodec::jpeg::fast
