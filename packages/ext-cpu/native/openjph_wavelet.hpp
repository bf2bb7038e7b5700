// Faults of OpenJPH 0.9's wavelet transform with tiles that are very small at some resolution: wrong samples where a tile
// is one sample wide or high and that sample's place is odd (T.800, F.3.6 and F.4.6 have a rule of their own for it),
// where it is one sample in all, and, with the 9/7 filter, where it is two samples high.
#pragma once

#include <cstdint>

namespace polycodec::jpeg2k {

// A picture's tiles along one axis: they begin at `origin` and are `step` long, the picture is [from, to), and a component
// has a sample every `subsampling` points.
struct TileAxis {
  uint32_t from, to, origin, step, subsampling;
};

// The levels of decomposition, at most `levels`, up to which no tile meets the faults.
uint32_t SoundLevels(const TileAxis& across, const TileAxis& down, uint32_t levels, bool isReversible);

}  // namespace polycodec::jpeg2k
