/*
 * The functions of the CUDA runtime that are used, in our own declarations: building needs no header of NVIDIA's. A test
 * compiles these against the real headers (test/fake-cuda/signatures). The fake runtime of the tests exports them.
 *
 * An enum of CUDA's is an int here, a stream or an event a pointer.
 */
#ifndef POLYCODEC_CUDA_FUNCTIONS_HPP
#define POLYCODEC_CUDA_FUNCTIONS_HPP

#include <cstddef>

namespace polycodec::cudart {

using Error = int;
using Stream = void*;
using Event = void*;

inline constexpr Error kSuccess = 0, kInvalidValue = 1, kMemoryAllocation = 2, kInvalidPitchValue = 12,
                       kInsufficientDriver = 35, kNoDevice = 100, kInvalidDevice = 101, kNotReady = 600;

/*
 * F(name, number) of each error after which "the process must be terminated and relaunched" to use CUDA again, as driver_types.h
 * says of them: all further work of the device's context fails with the same error.
 */
#define POLYCODEC_CUDART_FATAL_ERRORS(F)                                                                        \
  F(cudaErrorContained, 226) F(cudaErrorIllegalAddress, 700) F(cudaErrorLaunchTimeout, 702)                     \
  F(cudaErrorAssert, 710) F(cudaErrorHardwareStackError, 714) F(cudaErrorIllegalInstruction, 715)               \
  F(cudaErrorMisalignedAddress, 716) F(cudaErrorInvalidAddressSpace, 717) F(cudaErrorInvalidPc, 718)            \
  F(cudaErrorLaunchFailure, 719) F(cudaErrorTensorMemoryLeak, 721) F(cudaErrorMpsClientTerminated, 810)         \
  F(cudaErrorExternalDevice, 911)

inline constexpr unsigned kStreamNonBlocking = 1, kEventDisableTiming = 2, kHostAllocPortable = 1;
inline constexpr int kCopyDefault = 4;                                          /* cudaMemcpyKind */
inline constexpr int kMaxPitch = 11, kComputeMajor = 75, kComputeMinor = 76;    /* cudaDeviceAttr */
inline constexpr int kPointerHost = 0, kPointerPinned = 1, kPointerDevice = 2, kPointerManaged = 3;  /* cudaMemoryType */

/* cudaPointerAttributes: CUDA 13 has the last field, 12 ends before it. */
struct PointerAttributes {
  int type;
  int device;
  void* device_pointer;
  void* host_pointer;
  long reserved[8];
};

/* The beginning of cudaDeviceProp, which is the same in 12 and 13; the whole of it is no larger than this. */
struct DeviceProperties {
  char name[256];
  unsigned char uuid[16];
  char luid[8];
  unsigned luid_device_node_mask;
  size_t total_bytes;
  unsigned char rest[4096 - 296];
};

/* F(name, parameters) for each; all return an Error. Without a driver the first three work. */
#define POLYCODEC_CUDART_FUNCTIONS(F)                                                                              \
  F(cudaRuntimeGetVersion, (int* version))                                                                         \
  F(cudaDriverGetVersion, (int* version))                                                                          \
  F(cudaGetLastError, ())                                                                                          \
  F(cudaGetDeviceCount, (int* count))                                                                              \
  F(cudaDeviceGetAttribute, (int* value, int attribute, int device))                                               \
  F(cudaGetDevice, (int* device))                                                                                  \
  F(cudaSetDevice, (int device))                                                                                   \
  F(cudaMalloc, (void** pointer, size_t size))                                                                     \
  F(cudaFree, (void* pointer))                                                                                     \
  F(cudaHostAlloc, (void** pointer, size_t size, unsigned flags))                                                  \
  F(cudaFreeHost, (void* pointer))                                                                                 \
  F(cudaPointerGetAttributes, (PointerAttributes * attributes, const void* pointer))                               \
  F(cudaStreamCreateWithFlags, (Stream * stream, unsigned flags))                                                  \
  F(cudaStreamDestroy, (Stream stream))                                                                            \
  F(cudaStreamSynchronize, (Stream stream))                                                                        \
  F(cudaStreamWaitEvent, (Stream stream, Event event, unsigned flags))                                             \
  F(cudaEventCreateWithFlags, (Event * event, unsigned flags))                                                     \
  F(cudaEventDestroy, (Event event))                                                                               \
  F(cudaEventRecord, (Event event, Stream stream))                                                                 \
  F(cudaEventSynchronize, (Event event))                                                                           \
  F(cudaEventQuery, (Event event))                                                                                 \
  F(cudaMemcpyAsync, (void* to, const void* from, size_t size, int kind, Stream stream))                           \
  F(cudaMemcpy2DAsync, (void* to, size_t to_pitch, const void* from, size_t from_pitch, size_t width,              \
                        size_t height, int kind, Stream stream))                                                   \
  F(cudaMemset2DAsync, (void* to, size_t pitch, int value, size_t width, size_t height, Stream stream))

/* Not in the list for their results, or their names: cudaGetDeviceProperties_v2 is what 12 calls the function of 13. */
using GetErrorText = const char* (*)(Error error); /* cudaGetErrorName, cudaGetErrorString */
using GetDeviceProperties = Error (*)(DeviceProperties* properties, int device);

/* The functions of an opened runtime. */
struct Functions {
#define POLYCODEC_MEMBER(name, parameters) Error(*name) parameters;
  POLYCODEC_CUDART_FUNCTIONS(POLYCODEC_MEMBER)
#undef POLYCODEC_MEMBER
  GetErrorText cudaGetErrorName, cudaGetErrorString;
  GetDeviceProperties cudaGetDeviceProperties;
};

}  // namespace polycodec::cudart

#endif
