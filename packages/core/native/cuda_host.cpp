#include "cuda_host.hpp"

#include <dlfcn.h>

#include <algorithm>
#include <cstring>
#include <optional>

#include "cuda_handles.hpp"
#include "cuda_library.hpp"
#include "cuda_loss.hpp"
#include "cuda_memory.hpp"
#include "host.hpp"

namespace polycodec::cuda {

namespace {

/* There is a table only where there is a runtime. */
const Runtime& Open() { return *Runtime::Found(); }

/* Backends call these on the device that they have made current. */
int Checked(cudart::Error error) { return Open().Checked(error, CurrentDeviceOfThread()); }

void Say(polycodec_call* call, std::string message) {
  std::lock_guard lock(call->mutex);
  call->Note().message = std::move(message);
}

int Describe(int32_t index, polycodec_cuda_device* out) {
  Device device;
  const cudart::Error error = Open().DeviceOf(index, device);
  if (error != cudart::kSuccess) return error;
  polycodec_cuda_device whole{.struct_size = out->struct_size, .name = {}, .compute_major = device.compute_major,
                              .compute_minor = device.compute_minor, .total_bytes = device.total_bytes,
                              .max_pitch = device.max_pitch};
  device.name.copy(whole.name, sizeof whole.name - 1);
  std::memcpy(out, &whole, std::min(out->struct_size, sizeof whole));
  return cudart::kSuccess;
}

int SetDevice(int32_t index) {
  OwnThread();
  return Open().SetDevice(index);
}

const char* ErrorName(int error) {
  const char* name = Open().functions().cudaGetErrorName(error);
  return name != nullptr ? name : "an unknown error";
}

polycodec_status Status(polycodec_call* call, int error, const char* what) {
  if (error == cudart::kSuccess) return POLYCODEC_SUCCESS;
  std::string message = Open().Explain(error, what);
  if (IsFatal(error)) {
    if (const char* loss = WhyLost(CurrentDeviceOfThread())) message += std::string("; ") + loss;
    Say(call, std::move(message));
    return POLYCODEC_BACKEND_UNSUPPORTED;
  }
  Say(call, std::move(message));
  return error == cudart::kMemoryAllocation ? POLYCODEC_OUT_OF_MEMORY : POLYCODEC_FAIL;
}

const char* Lost(int32_t device) { return WhyLost(device); }

polycodec_cuda_memory* MemoryOpen(polycodec_call* call, int32_t device, uint64_t max_device_bytes,
                                  uint64_t max_pinned_bytes) {
  if (const char* loss = WhyLost(device)) {
    Say(call, loss);
    return nullptr;
  }
  if (device >= 0 && device < Open().device_count()) {
    return new polycodec_cuda_memory{.device = device, .limit = {max_device_bytes, max_pinned_bytes}, .in_use = {}};
  }
  Say(call, "there is no device " + std::to_string(device) + ": CUDA has " + std::to_string(Open().device_count()));
  return nullptr;
}

void MemoryClose(polycodec_cuda_memory* memory) {
  if (memory == nullptr) return;
  DeviceMemory(memory->device).GiveAllOf(Open(), *memory);
  PinnedMemory().GiveAllOf(Open(), *memory);
  delete memory;
}

MemoryPool& PoolOf(Kind kind, const polycodec_cuda_memory& memory) {
  return kind == Kind::kDevice ? DeviceMemory(memory.device) : PinnedMemory();
}

template <Kind kind>
int Malloc(void* memory, void** pointer, size_t size, polycodec_cuda_stream stream) {
  auto& account = *static_cast<polycodec_cuda_memory*>(memory);
  return PoolOf(kind, account).Take(Open(), account, size, stream, pointer);
}

template <Kind kind>
int Free(void* memory, void* pointer, size_t, polycodec_cuda_stream stream) {
  auto& account = *static_cast<polycodec_cuda_memory*>(memory);
  return PoolOf(kind, account).Give(Open(), account, pointer, stream);
}

int Pointer(const void* address, int32_t* kind, int32_t* device) {
  cudart::PointerAttributes attributes{};
  const int error = Open().Checked(Open().functions().cudaPointerGetAttributes(&attributes, address));
  if (error != cudart::kSuccess) return error;
  *kind = attributes.type;
  *device = attributes.type == cudart::kPointerHost ? -1 : attributes.device;
  return error;
}

int StreamTake(int32_t device, polycodec_cuda_stream* stream) { return Streams().Take(Open(), device, stream); }
void StreamGive(int32_t device, polycodec_cuda_stream stream) { Streams().Give(Open(), device, stream); }
void StreamDrop(int32_t device, polycodec_cuda_stream stream) { Streams().Drop(Open(), device, stream); }
int StreamSynchronize(polycodec_cuda_stream stream) {
  return Checked(Open().functions().cudaStreamSynchronize(stream));
}
int EventTake(int32_t device, polycodec_cuda_event* event) { return Events().Take(Open(), device, event); }
void EventGive(int32_t device, polycodec_cuda_event event) { Events().Give(Open(), device, event); }
int EventRecord(polycodec_cuda_event event, polycodec_cuda_stream stream) {
  return Checked(Open().functions().cudaEventRecord(event, stream));
}
int EventWait(polycodec_cuda_stream stream, polycodec_cuda_event event) {
  return Checked(Open().functions().cudaStreamWaitEvent(stream, event, 0));
}
int EventSynchronize(polycodec_cuda_event event) {
  return Checked(Open().functions().cudaEventSynchronize(event));
}
int EventQuery(polycodec_cuda_event event) { return Checked(Open().functions().cudaEventQuery(event)); }
int JoinStreams(int32_t device, polycodec_cuda_stream earlier, polycodec_cuda_stream later) {
  return Join(Open(), device, earlier, later);
}

int Copy(void* to, const void* from, size_t bytes, polycodec_cuda_stream stream) {
  if (bytes == 0) return cudart::kSuccess;
  return Checked(Open().functions().cudaMemcpyAsync(to, from, bytes, cudart::kCopyDefault, stream));
}

int Copy2d(void* to, size_t to_stride, const void* from, size_t from_stride, size_t row_bytes, size_t rows,
           polycodec_cuda_stream stream) {
  if (row_bytes == 0 || rows == 0) return cudart::kSuccess;
  if (to_stride < row_bytes || from_stride < row_bytes) return cudart::kInvalidPitchValue;
  if (rows == 1 || (to_stride == row_bytes && from_stride == row_bytes)) return Copy(to, from, row_bytes * rows, stream);
  return Checked(Open().functions().cudaMemcpy2DAsync(to, to_stride, from, from_stride, row_bytes, rows,
                                                             cudart::kCopyDefault, stream));
}

int Fill2d(void* to, size_t to_stride, int value, size_t row_bytes, size_t rows, polycodec_cuda_stream stream) {
  if (row_bytes == 0 || rows == 0) return cudart::kSuccess;
  if (to_stride < row_bytes) return cudart::kInvalidPitchValue;
  return Checked(
      Open().functions().cudaMemset2DAsync(to, to_stride, value & 0xff, row_bytes, rows, stream));
}

}  // namespace

void* OpenNamed(polycodec_call* call, const char* name, const char* const* sonames) {
  std::vector<std::string> list;
  for (; *sonames != nullptr; sonames++) list.emplace_back(*sonames);
  std::string why;
  const Library* library = list.empty() ? nullptr : OpenLibrary(name, list, why);
  if (library == nullptr) Say(call, why);
  return const_cast<Library*>(library);
}

void* Symbol(void* library, const char* name) { return dlsym(static_cast<const Library*>(library)->handle, name); }

const char* LibraryPath(void* library) { return static_cast<const Library*>(library)->path.c_str(); }

const polycodec_cuda* Table(polycodec_call* call) {
  std::string why;
  const Runtime* runtime = Runtime::Get(why);
  if (runtime == nullptr) {
    Say(call, why);
    return nullptr;
  }
  static const auto* table = new polycodec_cuda{
      .struct_size = sizeof(polycodec_cuda), .version = POLYCODEC_CUDA_VERSION, .runtime_version = runtime->version(),
      .driver_version = runtime->driver_version(), .device_count = runtime->device_count(),
      .open_library = OpenNamed, .symbol = Symbol, .library_path = LibraryPath, .device = Describe,
      .set_device = SetDevice, .error_name = ErrorName, .status = Status, .memory_open = MemoryOpen,
      .memory_close = MemoryClose, .device_malloc = Malloc<Kind::kDevice>, .device_free = Free<Kind::kDevice>,
      .pinned_malloc = Malloc<Kind::kPinned>, .pinned_free = Free<Kind::kPinned>, .pointer = Pointer,
      .stream_take = StreamTake, .stream_give = StreamGive, .stream_drop = StreamDrop,
      .stream_synchronize = StreamSynchronize, .event_take = EventTake, .event_give = EventGive,
      .event_record = EventRecord, .event_wait = EventWait, .event_synchronize = EventSynchronize,
      .event_query = EventQuery, .join = JoinStreams, .copy = Copy, .copy_2d = Copy2d, .fill_2d = Fill2d,
      .lost = Lost};
  return table;
}

}  // namespace polycodec::cuda
