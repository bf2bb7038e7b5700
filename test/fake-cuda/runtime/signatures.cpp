/* Our declarations of the CUDA runtime against the real header. Compiled by cuda-signatures.test.ts; nothing to run. */
#include <cuda_runtime_api.h>

#include "cuda_functions.hpp"
#include "signatures.hpp"

namespace ours = polycodec::cudart;

/* The real header has cudaGetDeviceProperties as a macro for the newer function in CUDA 12. */
#define CHECK(name, parameters) SAME_FUNCTION(ours::Functions::name, ::name);
POLYCODEC_CUDART_FUNCTIONS(CHECK)
SAME_FUNCTION(ours::Functions::cudaGetErrorName, ::cudaGetErrorName);
SAME_FUNCTION(ours::Functions::cudaGetErrorString, ::cudaGetErrorString);
#if CUDART_VERSION >= 13000
SAME_FUNCTION(ours::Functions::cudaGetDeviceProperties, ::cudaGetDeviceProperties);
#else
SAME_FUNCTION(ours::Functions::cudaGetDeviceProperties, ::cudaGetDeviceProperties_v2);
#endif

SAME_VALUE(ours::kSuccess, cudaSuccess);
SAME_VALUE(ours::kInvalidValue, cudaErrorInvalidValue);
SAME_VALUE(ours::kMemoryAllocation, cudaErrorMemoryAllocation);
SAME_VALUE(ours::kInvalidPitchValue, cudaErrorInvalidPitchValue);
SAME_VALUE(ours::kInsufficientDriver, cudaErrorInsufficientDriver);
SAME_VALUE(ours::kNoDevice, cudaErrorNoDevice);
SAME_VALUE(ours::kInvalidDevice, cudaErrorInvalidDevice);
SAME_VALUE(ours::kNotReady, cudaErrorNotReady);
#define CHECK_FATAL(name, number) SAME_VALUE(number, name);
POLYCODEC_CUDART_FATAL_ERRORS(CHECK_FATAL)
SAME_VALUE(ours::kStreamNonBlocking, cudaStreamNonBlocking);
SAME_VALUE(ours::kEventDisableTiming, cudaEventDisableTiming);
SAME_VALUE(ours::kHostAllocPortable, cudaHostAllocPortable);
SAME_VALUE(ours::kCopyDefault, cudaMemcpyDefault);
SAME_VALUE(ours::kMaxPitch, cudaDevAttrMaxPitch);
SAME_VALUE(ours::kComputeMajor, cudaDevAttrComputeCapabilityMajor);
SAME_VALUE(ours::kComputeMinor, cudaDevAttrComputeCapabilityMinor);
SAME_VALUE(ours::kPointerHost, cudaMemoryTypeUnregistered);
SAME_VALUE(ours::kPointerPinned, cudaMemoryTypeHost);
SAME_VALUE(ours::kPointerDevice, cudaMemoryTypeDevice);
SAME_VALUE(ours::kPointerManaged, cudaMemoryTypeManaged);

SAME_OFFSET(ours::PointerAttributes, type, cudaPointerAttributes, type);
SAME_OFFSET(ours::PointerAttributes, device, cudaPointerAttributes, device);
SAME_OFFSET(ours::PointerAttributes, device_pointer, cudaPointerAttributes, devicePointer);
SAME_OFFSET(ours::PointerAttributes, host_pointer, cudaPointerAttributes, hostPointer);
static_assert(sizeof(ours::PointerAttributes) >= sizeof(cudaPointerAttributes));
SAME_OFFSET(ours::DeviceProperties, name, cudaDeviceProp, name);
SAME_OFFSET(ours::DeviceProperties, total_bytes, cudaDeviceProp, totalGlobalMem);
static_assert(sizeof(ours::DeviceProperties) >= sizeof(cudaDeviceProp));
