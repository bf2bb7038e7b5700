#include "cuda_handles.hpp"

#include <utility>

namespace polycodec::cuda {

cudart::Error HandlePool::Take(const Runtime& runtime, int device, void** handle) {
  if (device < 0 || device >= runtime.device_count()) return cudart::kInvalidDevice;
  {
    std::lock_guard lock(mutex_);
    if (auto& idle = idle_[device]; !idle.empty()) {
      *handle = idle.back();
      idle.pop_back();
      return cudart::kSuccess;
    }
  }
  const CurrentDevice current(runtime, device);
  if (current.error() != cudart::kSuccess) return current.error();
  const cudart::Error error = runtime.Checked(create_(runtime.functions(), handle), device);
  if (error == cudart::kSuccess) {
    std::lock_guard lock(mutex_);
    live_++;
  }
  return error;
}

void HandlePool::Give(const Runtime& runtime, int device, void* handle) {
  if (handle == nullptr || device < 0 || device >= runtime.device_count()) return;
  std::lock_guard lock(mutex_);
  idle_[device].push_back(handle);
}

void HandlePool::Drop(const Runtime& runtime, int device, void* handle) {
  if (handle == nullptr) return;
  {
    std::lock_guard lock(mutex_);
    live_--;
  }
  const CurrentDevice current(runtime, device);
  runtime.Checked(destroy_(runtime.functions(), handle), device);
}

void HandlePool::Trim(const Runtime& runtime) {
  for (int device = 0; device < runtime.device_count(); device++) {
    std::vector<void*> idle;
    {
      std::lock_guard lock(mutex_);
      idle.swap(idle_[device]);
    }
    for (void* handle : idle) Drop(runtime, device, handle);
  }
}

HandleStats HandlePool::Stats() {
  std::lock_guard lock(mutex_);
  size_t idle = 0;
  for (const auto& list : idle_) idle += list.size();
  return {.live = live_, .idle = idle};
}

HandlePool& Streams() {
  static auto* pool = new HandlePool(
      [](const cudart::Functions& cuda, void** handle) {
        return cuda.cudaStreamCreateWithFlags(handle, cudart::kStreamNonBlocking);
      },
      [](const cudart::Functions& cuda, void* handle) { return cuda.cudaStreamDestroy(handle); });
  return *pool;
}

HandlePool& Events() {
  static auto* pool = new HandlePool(
      [](const cudart::Functions& cuda, void** handle) {
        return cuda.cudaEventCreateWithFlags(handle, cudart::kEventDisableTiming);
      },
      [](const cudart::Functions& cuda, void* handle) { return cuda.cudaEventDestroy(handle); });
  return *pool;
}

cudart::Error Join(const Runtime& runtime, int device, cudart::Stream earlier, cudart::Stream later) {
  if (earlier == later) return cudart::kSuccess;
  cudart::Event event = nullptr;
  cudart::Error error = Events().Take(runtime, device, &event);
  if (error != cudart::kSuccess) return error;
  {
    const CurrentDevice current(runtime, device);
    error = current.error();
    if (error == cudart::kSuccess) error = runtime.Checked(runtime.functions().cudaEventRecord(event, earlier), device);
  }
  if (error == cudart::kSuccess) error = runtime.Checked(runtime.functions().cudaStreamWaitEvent(later, event, 0));
  Events().Give(runtime, device, event);  // a wait is for the record that was there when it was asked for
  return error;
}

}  // namespace polycodec::cuda
