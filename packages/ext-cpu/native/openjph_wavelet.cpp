#include "openjph_wavelet.hpp"

#include <algorithm>
#include <bit>

#include "jpeg2k_codestream.hpp"

namespace polycodec::jpeg2k {
namespace {

// By level: is some tile one sample long before it is decomposed once more, and is that sample's place odd?
struct Singles {
  uint64_t any = 0, odd = 0;
};

Singles FindSingles(const TileAxis& axis, uint32_t levels) {
  Singles singles;
  for (uint64_t edge = axis.origin; edge < axis.to; edge += axis.step) {
    const auto begin = CeilDiv(static_cast<uint32_t>(std::max<uint64_t>(edge, axis.from)), axis.subsampling);
    const auto end = CeilDiv(static_cast<uint32_t>(std::min<uint64_t>(edge + axis.step, axis.to)), axis.subsampling);
    for (uint32_t level = 0; level < levels; ++level) {
      const uint32_t first = CeilShift(begin, level);
      if (CeilShift(end, level) - first != 1) continue;
      singles.any |= uint64_t{1} << level;
      if (first % 2 == 1) singles.odd |= uint64_t{1} << level;
    }
  }
  return singles;
}

}  // namespace

uint32_t SoundLevels(const TileAxis& across, const TileAxis& down, uint32_t levels) {
  const Singles x = FindSingles(across, levels), y = FindSingles(down, levels);
  const uint64_t faulty = x.odd | y.odd | (x.any & y.any);
  return std::min(levels, static_cast<uint32_t>(std::countr_zero(faulty)));
}

}  // namespace polycodec::jpeg2k
