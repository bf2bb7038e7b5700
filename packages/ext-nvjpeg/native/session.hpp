/* What a live backend stands on: a device, the library, and a handle of it made for one implementation. */
#pragma once

#include <mutex>
#include <string>

#include <polycodec_cuda_backend.hpp>

#include "nvjpeg_library.hpp"

namespace polycodec::nvjpeg {

/* Options of all backends of this package; validated as they are read. */
struct SessionOptions {
  explicit SessionOptions(const Params& params);

  int device;
  uint64_t max_device_memory, max_pinned_memory;  // bytes; 0: no limit
  bool fancy_upsampling;
  unsigned extra_flags;
  size_t device_padding, pinned_padding;          // allocations are multiples of it; 0: the library's own
};

class Session {
 public:
  /*
   * Finds the library and the device, and makes nothing on it: that takes a context, of hundreds of megabytes, which who
   * only asks what there is shall not pay for. Throws Failure(BACKEND_UNSUPPORTED) that tells why the backend is off.
   */
  Session(polycodec_call* call, const SessionOptions& options, Implementation implementation);
  ~Session();
  Session(const Session&) = delete;
  Session& operator=(const Session&) = delete;

  const Functions& api() const { return library.api; }
  bool interpolates() const { return (flags & kFlagUpsamplingWithInterpolation) != 0; }
  /*
   * To be called before anything else of the device's or the handle's, on every thread: makes the device current, and the
   * handle when it is missing. Throws Failure(BACKEND_UNSUPPORTED) if that fails, or `Disable` was called.
   */
  void Enter();
  /* After ARCH_MISMATCH: nothing will ever succeed. */
  void Disable(const std::string& fact);

  const Library library;
  cuda::Device device;
  const unsigned flags;
  Handle handle = nullptr;  // after Enter
  DeviceAllocator device_allocator;
  PinnedAllocator pinned_allocator;
  std::string text;  // library, versions and device, for `doctor`

 private:
  void MakeHandle();

  const SessionOptions options_;
  const Implementation implementation_;
  std::mutex mutex_;
  std::string disabled_;
};

template <class T>
using Owned = cuda::Owned<T, Status>;

}  // namespace polycodec::nvjpeg
