/*
 * Devices that are lost to this process. After a fault of a kernel's, and some others, every further call on the device fails
 * with the same error; NVIDIA's word is that "the process must be terminated and relaunched". cudaDeviceReset would make a new
 * context, but take memory and handles from under everybody in the process, the codec libraries included, who have no way
 * to be told. So a lost device is left alone: calls on it are refused here, with the reason.
 */
#ifndef POLYCODEC_CUDA_LOSS_HPP
#define POLYCODEC_CUDA_LOSS_HPP

#include <string>

#include "cuda_functions.hpp"

namespace polycodec::cuda {

/* Is it one of those after which a device is lost? */
bool IsFatal(cudart::Error error);

/* The first loss of a device is the one that is told of. `explained`: CUDA's name and words for the error. */
void Lose(int device, cudart::Error error, const std::string& explained);

/* The error that a device was lost by; 0: it was not. */
cudart::Error LossOf(int device);

/* "device 0 is lost to this process: ..."; null: it is not. Lives for ever. */
const char* WhyLost(int device);

}  // namespace polycodec::cuda

#endif
