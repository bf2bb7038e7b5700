/* The table of polycodec_cuda.h. */
#ifndef POLYCODEC_CUDA_HOST_HPP
#define POLYCODEC_CUDA_HOST_HPP

#include "polycodec_cuda.h"

namespace polycodec::cuda {

/* Null, with a message: no CUDA here. Behind polycodec_host.cuda. */
const polycodec_cuda* Table(polycodec_call* call);

}  // namespace polycodec::cuda

#endif
