/* What CUDA's pools hold, and handing it back. */
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
/* Frees what is kept for reuse: memory, streams, events. Returns the bytes. */
uint64_t TrimAll();

}  // namespace polycodec::cuda

#endif
