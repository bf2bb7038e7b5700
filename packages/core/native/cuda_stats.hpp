/* What CUDA's pools hold. */
#ifndef POLYCODEC_CUDA_STATS_HPP
#define POLYCODEC_CUDA_STATS_HPP

#include "cuda_handles.hpp"
#include "cuda_memory.hpp"

namespace polycodec::cuda {

struct Stats {
  MemoryStats device, pinned; /* device: of all devices together */
  HandleStats streams, events;
};
/* All zero where CUDA was never used. */
Stats StatsNow();
}  // namespace polycodec::cuda

#endif
