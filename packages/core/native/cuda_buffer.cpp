#include "cuda_buffer.hpp"

#include "cuda_handles.hpp"
#include "cuda_memory.hpp"

namespace polycodec::cuda {

namespace {

/* Images' account, without a limit of its own. */
Account& Images(int device) {
  static auto* accounts = [] {
    auto* list = new std::vector<Account>;
    for (int i = 0; i < Runtime::kMaxDevices; i++) list->push_back({.device = i, .limit = {}, .in_use = {}});
    return list;
  }();
  return (*accounts)[static_cast<size_t>(device)];
}

/* Does work on a stream of the device's, after the user's, and waits for it. */
template <class Work>
std::string Now(const Runtime& runtime, int device, std::optional<cudart::Stream> user, const char* what, Work work) {
  const CurrentDevice current(runtime, device);
  if (current.error() != cudart::kSuccess) return runtime.Explain(current.error(), "cudaSetDevice");
  cudart::Stream stream = nullptr;
  cudart::Error error = Streams().Take(runtime, device, &stream);
  if (error != cudart::kSuccess) return runtime.Explain(error, "cudaStreamCreateWithFlags");
  std::string why;
  if (user.has_value()) error = Join(runtime, device, *user, stream);
  if (error != cudart::kSuccess) why = runtime.Explain(error, "cudaStreamWaitEvent");
  if (error == cudart::kSuccess && (error = runtime.Checked(work(runtime.functions(), stream), device)) != cudart::kSuccess) {
    why = runtime.Explain(error, what);
  }
  // Also after an error: what did get onto the stream may still read or write.
  const cudart::Error end = runtime.Checked(runtime.functions().cudaStreamSynchronize(stream), device);
  if (end == cudart::kSuccess) {
    Streams().Give(runtime, device, stream);
    return why;
  }
  Streams().Drop(runtime, device, stream);
  return why.empty() ? runtime.Explain(end, "cudaStreamSynchronize") : why;
}

}  // namespace

DeviceBuffer* DeviceBuffer::Take(const Runtime& runtime, int device, size_t size, cudart::Error& error) {
  if (device < 0 || device >= runtime.device_count()) {
    error = cudart::kInvalidDevice;
    return nullptr;
  }
  void* pointer = nullptr;
  error = DeviceMemory(device).Take(runtime, Images(device), size, std::nullopt, &pointer);
  if (error != cudart::kSuccess) return nullptr;
  return new DeviceBuffer(device, static_cast<uint8_t*>(pointer), size, true);
}

DeviceBuffer* DeviceBuffer::Wrap(int device, void* pointer, size_t size) {
  return new DeviceBuffer(device, static_cast<uint8_t*>(pointer), size, false);
}

DeviceBuffer::~DeviceBuffer() {
  if (owned_) DeviceMemory(device_).Give(*Runtime::Found(), Images(device_), data_, stream_);
}

std::string CopyNow(const Runtime& runtime, int device, void* to, const void* from, size_t bytes,
                    std::optional<cudart::Stream> user) {
  if (bytes == 0) return {};
  return Now(runtime, device, user, "cudaMemcpyAsync", [&](const cudart::Functions& cuda, cudart::Stream stream) {
    return cuda.cudaMemcpyAsync(to, from, bytes, cudart::kCopyDefault, stream);
  });
}

std::string FillNow(const Runtime& runtime, int device, void* to, uint8_t value, size_t bytes,
                    std::optional<cudart::Stream> user) {
  // As rows of 1 MiB: a width of 2 GiB and more is beyond what memset takes as a pitch.
  constexpr size_t kRow = size_t{1} << 20;
  return Now(runtime, device, user, "cudaMemset2DAsync", [&](const cudart::Functions& cuda, cudart::Stream stream) {
    const size_t rows = bytes / kRow, rest = bytes % kRow;
    cudart::Error error = cudart::kSuccess;
    if (rows > 0) error = cuda.cudaMemset2DAsync(to, kRow, value, kRow, rows, stream);
    auto* end = static_cast<uint8_t*>(to) + rows * kRow;
    if (error == cudart::kSuccess && rest > 0) error = cuda.cudaMemset2DAsync(end, rest, value, rest, 1, stream);
    return error;
  });
}

}  // namespace polycodec::cuda
