/*
 * polycodec_cuda_declarations.hpp - what nvJPEG and nvJPEG2000 declare alike, declared by ourselves: values, layouts and
 * signatures are those of NVIDIA's headers, which building does not need. C++20, header only.
 */
#ifndef POLYCODEC_CUDA_DECLARATIONS_HPP
#define POLYCODEC_CUDA_DECLARATIONS_HPP

#include <cstddef>

struct CUstream_st;  // the driver's own name for what a cudaStream_t points to

namespace polycodec::cuda {

using CudaStream = CUstream_st*;

enum class Status : int {
  kSuccess = 0,
  kNotInitialized = 1,
  kInvalidParameter = 2,
  kBadJpeg = 3,
  kJpegNotSupported = 4,
  kAllocatorFailure = 5,
  kExecutionFailed = 6,
  kArchMismatch = 7,
  kInternalError = 8,
  kImplementationNotSupported = 9,
  kIncompleteBitstream = 10,  // nvJPEG's alone
};

enum class Property : int { kMajor = 0, kMinor = 1, kPatch = 2 };

/* 0 is success. `stream` is the one that the memory will be used on. */
using Allocate = int (*)(void* context, void** memory, size_t bytes, CudaStream stream);
using Free = int (*)(void* context, void* memory, size_t bytes, CudaStream stream);
struct Allocator {
  Allocate allocate;
  Free free;
  void* context;
};
/* The headers have one struct for device and one for pinned memory, with the same fields. */
struct DeviceAllocator : Allocator {};
struct PinnedAllocator : Allocator {};

}  // namespace polycodec::cuda

/*
 * Defines `Functions`, the functions of one opened library: pointers of which `list` calls function(presence, name, arguments).
 * REQUIRED: in all versions that are supported. OPTIONAL: may be a null pointer, ask before the call. ForEach calls
 * visit(name, is_required, pointer).
 */
#define POLYCODEC_CUDA_FUNCTIONS(list) \
  struct Functions {                   \
    list(POLYCODEC_CUDA_MEMBER)        \
    template <class Visit>             \
    void ForEach(Visit&& visit) {      \
      list(POLYCODEC_CUDA_VISIT)       \
    }                                  \
  }
#define POLYCODEC_CUDA_MEMBER(presence, name, arguments) ::polycodec::cuda::Status(*name) arguments = nullptr;
#define POLYCODEC_CUDA_VISIT(presence, name, arguments) visit(#name, #presence[0] == 'R', name);

#endif
