#include "openjph_wavelet.hpp"

#include <algorithm>
#include <bit>

#include "jpeg2k_codestream.hpp"

namespace polycodec::jpeg2k {
namespace {

// By level: is some tile one sample long before it is decomposed once more, is that sample's place odd, is one two long?
struct Short {
  uint64_t single = 0, odd = 0, pair = 0;
};

Short FindShort(const TileAxis& axis, uint32_t levels) {
  Short found;
  for (uint64_t edge = axis.origin; edge < axis.to; edge += axis.step) {
    const auto begin = CeilDiv(static_cast<uint32_t>(std::max<uint64_t>(edge, axis.from)), axis.subsampling);
    const auto end = CeilDiv(static_cast<uint32_t>(std::min<uint64_t>(edge + axis.step, axis.to)), axis.subsampling);
    for (uint32_t level = 0; level < levels; ++level) {
      const uint32_t first = CeilShift(begin, level);
      const uint32_t length = CeilShift(end, level) - first;
      const uint64_t bit = uint64_t{1} << level;
      if (length == 2) found.pair |= bit;
      if (length != 1) continue;
      found.single |= bit;
      if (first % 2 == 1) found.odd |= bit;
    }
  }
  return found;
}

}  // namespace

uint32_t SoundLevels(const TileAxis& across, const TileAxis& down, uint32_t levels, bool isReversible) {
  const Short x = FindShort(across, levels), y = FindShort(down, levels);
  const uint64_t faulty = x.odd | y.odd | (x.single & y.single) | (isReversible ? 0 : y.pair);
  return std::min(levels, static_cast<uint32_t>(std::countr_zero(faulty)));
}

}  // namespace polycodec::jpeg2k
