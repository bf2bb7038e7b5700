/* The exported functions: those of CUDA's runtime that core uses, and no more. A FAKE: see ../fake_cuda.h. */
#include <algorithm>
#include <cstdio>
#include <cstring>

#include "fake_state.hpp"

using namespace fake;
using polycodec::cudart::DeviceProperties;
using polycodec::cudart::Event;
using polycodec::cudart::PointerAttributes;
using polycodec::cudart::Stream;

/* Ours have the declarations that core uses. */
#define FAKE_DECLARE(name, parameters) FAKE_EXPORT Error name parameters;
POLYCODEC_CUDART_FUNCTIONS(FAKE_DECLARE)

#define ENTER(function) \
  if (const Error wanted = Enter(#function)) return wanted
/* What tells of devices, or chooses one, also when one of them has had a fault. */
#define ENTER_ANYWHERE(function) \
  if (const Error wanted = EnterAnywhere(#function)) return wanted

Error cudaRuntimeGetVersion(int* version) {
  Count("cudaRuntimeGetVersion");
  *version = FAKE_CUDA_MAJOR == 13 ? 13050 : 12040;
  return 0;
}

Error cudaDriverGetVersion(int* version) {
  Count("cudaDriverGetVersion");
  *version = CurrentSettings().driver;
  return 0;
}

Error cudaGetLastError() { return TakeLast(); }

Error cudaGetDeviceCount(int* count) {
  ENTER_ANYWHERE(cudaGetDeviceCount);
  *count = CurrentSettings().devices;
  return 0;
}

static bool IsDevice(int device) { return device >= 0 && device < CurrentSettings().devices; }

Error cudaDeviceGetAttribute(int* value, int attribute, int device) {
  ENTER_ANYWHERE(cudaDeviceGetAttribute);
  if (!IsDevice(device)) return Last(polycodec::cudart::kInvalidDevice);
  switch (attribute) {
    case polycodec::cudart::kComputeMajor: *value = 9; return 0;
    case polycodec::cudart::kComputeMinor: *value = 0; return 0;
    case polycodec::cudart::kMaxPitch: *value = 0x7fffffff; return 0;
    default: return Last(polycodec::cudart::kInvalidValue);
  }
}

static Error PropertiesOf(DeviceProperties* properties, int device) {
  ENTER_ANYWHERE(cudaGetDeviceProperties);
  if (!IsDevice(device)) return Last(polycodec::cudart::kInvalidDevice);
  // Not the whole of our struct: the real one is smaller than the room we leave for it.
  std::memset(properties, 0, 1032);
  std::snprintf(properties->name, sizeof properties->name, "FAKE CUDA device %d (for tests)", device);
  properties->total_bytes = CurrentSettings().memory;
  return 0;
}
#if FAKE_CUDA_MAJOR == 13
FAKE_EXPORT Error cudaGetDeviceProperties(DeviceProperties* properties, int device) {
  return PropertiesOf(properties, device);
}
#else
FAKE_EXPORT Error cudaGetDeviceProperties_v2(DeviceProperties* properties, int device) {
  return PropertiesOf(properties, device);
}
#endif

FAKE_EXPORT const char* cudaGetErrorName(Error error) {
  switch (error) {
    case 0: return "cudaSuccess";
    case 1: return "cudaErrorInvalidValue";
    case 2: return "cudaErrorMemoryAllocation";
    case 12: return "cudaErrorInvalidPitchValue";
    case 35: return "cudaErrorInsufficientDriver";
    case 100: return "cudaErrorNoDevice";
    case 101: return "cudaErrorInvalidDevice";
    case 400: return "cudaErrorInvalidResourceHandle";
    case 600: return "cudaErrorNotReady";
    case 700: return "cudaErrorIllegalAddress";
    case 719: return "cudaErrorLaunchFailure";
    case 999: return "cudaErrorUnknown";
    default: return "unrecognized error code";
  }
}
FAKE_EXPORT const char* cudaGetErrorString(Error error) { return error == 2 ? "out of memory" : "as a FAKE says"; }

Error cudaGetDevice(int* device) {
  ENTER_ANYWHERE(cudaGetDevice);
  *device = CurrentDevice();
  return 0;
}

Error cudaSetDevice(int device) {
  ENTER_ANYWHERE(cudaSetDevice);
  if (!IsDevice(device)) return Last(polycodec::cudart::kInvalidDevice);
  CurrentDevice() = device;
  Touch();  // since CUDA 12 it makes the context
  return 0;
}

/* After a fault too, so that what is counted is what the caller has forgotten. */
template <class Work>
static Error ToFree(const char* function, Work work) {
  bool frees;
  const Error error = EnterToFree(function, frees);
  const Error own = frees ? work() : 0;
  return Last(error != 0 ? error : own);
}

Error cudaMalloc(void** pointer, size_t size) {
  ENTER(cudaMalloc);
  Touch();
  return Last(AllocateDevice(size, CurrentDevice(), pointer));
}
Error cudaFree(void* pointer) {
  return ToFree("cudaFree", [=] { return Free(pointer, polycodec::cudart::kPointerDevice); });
}
Error cudaHostAlloc(void** pointer, size_t size, unsigned) {
  ENTER(cudaHostAlloc);
  Touch();
  return Last(AllocatePinned(size, pointer));
}
Error cudaFreeHost(void* pointer) {
  return ToFree("cudaFreeHost", [=] { return Free(pointer, polycodec::cudart::kPointerPinned); });
}

Error cudaPointerGetAttributes(PointerAttributes* attributes, const void* pointer) {
  ENTER(cudaPointerGetAttributes);
  int device = -1;
  attributes->type = KindOf(pointer, &device);
  attributes->device = attributes->type == 0 ? -2 : device;
  attributes->device_pointer = attributes->host_pointer = const_cast<void*>(pointer);
  return 0;
}

Error cudaStreamCreateWithFlags(Stream* stream, unsigned flags) {
  ENTER(cudaStreamCreateWithFlags);
  Touch();
  if (flags != polycodec::cudart::kStreamNonBlocking) fakeCudaViolation("a stream that blocks the default stream");
  return Last(CreateStream(stream));
}
Error cudaStreamDestroy(Stream stream) {
  return ToFree("cudaStreamDestroy", [=] { return DestroyStream(stream); });
}
Error cudaStreamSynchronize(Stream stream) {
  ENTER(cudaStreamSynchronize);
  const Error error = Last(Synchronize(stream));
  return error != 0 ? error : Enter("cudaStreamSynchronize: end");  // a fault meanwhile
}
Error cudaStreamWaitEvent(Stream stream, Event event, unsigned) {
  ENTER(cudaStreamWaitEvent);
  return Last(Wait(stream, event));
}
Error cudaEventCreateWithFlags(Event* event, unsigned) {
  ENTER(cudaEventCreateWithFlags);
  Touch();
  return Last(CreateEvent(event));
}
Error cudaEventDestroy(Event event) {
  return ToFree("cudaEventDestroy", [=] { return DestroyEvent(event); });
}
Error cudaEventRecord(Event event, Stream stream) {
  ENTER(cudaEventRecord);
  return Last(Record(event, stream));
}
Error cudaEventSynchronize(Event event) {
  ENTER(cudaEventSynchronize);
  const Error error = Last(SynchronizeEvent(event));
  return error != 0 ? error : Enter("cudaEventSynchronize: end");
}
Error cudaEventQuery(Event event) {
  ENTER(cudaEventQuery);
  return Last(QueryEvent(event));
}

/* Memory of the host that CUDA does not know is copied before the call returns: all of the call is then synchronous. */
static bool Blocks(const void* to, const void* from) { return fakeCudaKind(to) == 0 || fakeCudaKind(from) == 0; }

static void CopyRows(void* to, size_t to_pitch, const void* from, size_t from_pitch, size_t width, size_t height) {
  auto* target = static_cast<uint8_t*>(fakeCudaBytes(to, (height - 1) * to_pitch + width, "a copy's target"));
  const auto* source =
      static_cast<const uint8_t*>(fakeCudaBytes(from, (height - 1) * from_pitch + width, "a copy's source"));
  if (target == nullptr || source == nullptr) return;
  for (size_t y = 0; y < height; y++) std::memcpy(target + y * to_pitch, source + y * from_pitch, width);
}

Error cudaMemcpyAsync(void* to, const void* from, size_t size, int, Stream stream) {
  ENTER(cudaMemcpyAsync);
  if (size == 0) return 0;
  return Last(Enqueue(stream, [=] { CopyRows(to, size, from, size, size, 1); }, Blocks(to, from)));
}

Error cudaMemcpy2DAsync(void* to, size_t to_pitch, const void* from, size_t from_pitch, size_t width, size_t height,
                        int, Stream stream) {
  ENTER(cudaMemcpy2DAsync);
  if (width > to_pitch || width > from_pitch || std::max(to_pitch, from_pitch) > 0x7fffffff) {
    return Last(polycodec::cudart::kInvalidPitchValue);
  }
  if (width == 0 || height == 0) return 0;
  return Last(
      Enqueue(stream, [=] { CopyRows(to, to_pitch, from, from_pitch, width, height); }, Blocks(to, from)));
}

Error cudaMemset2DAsync(void* to, size_t pitch, int value, size_t width, size_t height, Stream stream) {
  ENTER(cudaMemset2DAsync);
  if (width > pitch) return Last(polycodec::cudart::kInvalidPitchValue);
  if (width == 0 || height == 0) return 0;
  const auto fill = [=] {
    auto* target = static_cast<uint8_t*>(fakeCudaBytes(to, (height - 1) * pitch + width, "a fill's target"));
    for (size_t y = 0; target != nullptr && y < height; y++) std::memset(target + y * pitch, value, width);
  };
  return Last(Enqueue(stream, fill, false));
}
