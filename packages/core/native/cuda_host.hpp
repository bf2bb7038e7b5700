/* The table of polycodec_cuda.h. */
#ifndef POLYCODEC_CUDA_HOST_HPP
#define POLYCODEC_CUDA_HOST_HPP

#include "polycodec_cuda.h"

namespace polycodec::cuda {

/* Null, with a message: no CUDA here. Behind polycodec_host.cuda. */
const polycodec_cuda* Table(polycodec_call* call);

/* polycodec_host.open_library and its companions; they need no driver. */
void* OpenNamed(polycodec_call* call, const char* name, const char* const* sonames);
void* Symbol(void* library, const char* name);
const char* LibraryPath(void* library);

}  // namespace polycodec::cuda

#endif
