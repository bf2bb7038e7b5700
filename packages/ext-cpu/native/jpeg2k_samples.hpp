// Numbers of samples: full scale, depth, bytes.
#pragma once

#include <algorithm>
#include <cstdint>

#include <polycodec.h>

namespace polycodec::jpeg2k {

inline int64_t FullScale(uint32_t precision) { return (int64_t{1} << precision) - 1; }

// Full scale becomes full scale; rounded to nearest.
inline int64_t Rescale(int64_t value, int64_t from, int64_t to) {
  return (std::clamp<int64_t>(value, 0, from) * to + from / 2) / from;
}

// Bytes of a sample; 0 for what JPEG 2000 does not decode to.
inline uint32_t ElementSize(int32_t dtype) {
  switch (dtype) {
    case POLYCODEC_UINT8: case POLYCODEC_INT8: return 1;
    case POLYCODEC_UINT16: case POLYCODEC_INT16: return 2;
    case POLYCODEC_UINT32: case POLYCODEC_INT32: return 4;
    default: return 0;
  }
}

}  // namespace polycodec::jpeg2k
