/* Streams and events of each device, recycled. */
#ifndef POLYCODEC_CUDA_HANDLES_HPP
#define POLYCODEC_CUDA_HANDLES_HPP

#include <cstddef>
#include <mutex>
#include <vector>

#include "cuda_runtime.hpp"

namespace polycodec::cuda {

struct HandleStats {
  size_t live = 0, idle = 0;  /* in all, and of these how many nobody has taken */
};

/* Pools of one kind of handle, one a device. A handle that is given back may still have work before it. */
class HandlePool {
 public:
  using Create = cudart::Error (*)(const cudart::Functions& functions, void** handle);
  using Destroy = cudart::Error (*)(const cudart::Functions& functions, void* handle);
  HandlePool(Create create, Destroy destroy) : create_(create), destroy_(destroy) {}
  HandlePool(const HandlePool&) = delete;

  cudart::Error Take(const Runtime& runtime, int device, void** handle);
  void Give(const Runtime& runtime, int device, void* handle);
  /* Instead of giving it back. */
  void Drop(const Runtime& runtime, int device, void* handle);
  void Trim(const Runtime& runtime);
  HandleStats Stats();

 private:
  const Create create_;
  const Destroy destroy_;
  std::mutex mutex_;
  std::vector<void*> idle_[Runtime::kMaxDevices];
  size_t live_ = 0;
};

/* Non-blocking streams, and events that measure no time. */
HandlePool& Streams();
HandlePool& Events();

/* What is put on `later` from now on waits for what has been put on `earlier`, a stream of `device`. */
cudart::Error Join(const Runtime& runtime, int device, cudart::Stream earlier, cudart::Stream later);

}  // namespace polycodec::cuda

#endif
