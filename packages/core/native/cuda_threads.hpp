/* Threads that wait for devices on behalf of others: the JavaScript thread, and the executor's, must not. */
#ifndef POLYCODEC_CUDA_THREADS_HPP
#define POLYCODEC_CUDA_THREADS_HPP

#include "cuda_runtime.hpp"
#include "dispatcher.hpp"

namespace polycodec::cuda {

/* In the place of a device: for what concerns all of them, as pinned memory does. */
inline constexpr int kAllDevices = Runtime::kMaxDevices;

/* The thread of a device. */
Dispatcher& ThreadOf(int device);

}  // namespace polycodec::cuda

#endif
