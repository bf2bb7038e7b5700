/* Handing back what CUDA's pools keep for reuse. */
#ifndef POLYCODEC_CUDA_TRIM_HPP
#define POLYCODEC_CUDA_TRIM_HPP

#include <chrono>
#include <cstdint>

namespace polycodec::cuda {

/*
 * Frees memory, streams and events that nobody has. cudaFree waits for all work on its device, which may hang: the devices'
 * threads do it, and nobody waits for them beyond `until`. Returns the bytes freed by then; the rest follows when its
 * device has come back.
 */
uint64_t TrimAll(std::chrono::steady_clock::time_point until);

}  // namespace polycodec::cuda

#endif
