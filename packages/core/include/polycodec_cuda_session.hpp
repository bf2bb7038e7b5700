/*
 * polycodec_cuda_session.hpp - what an instance of a backend stands on: a device, with an account on its memory, and a codec
 * library. C++20, header only.
 */
#ifndef POLYCODEC_CUDA_SESSION_HPP
#define POLYCODEC_CUDA_SESSION_HPP

#include <mutex>
#include <string>
#include <utility>

#include "polycodec_cuda_backend.hpp"
#include "polycodec_cuda_library.hpp"

namespace polycodec::cuda {

/* Options of all backends on codec libraries; validated as they are read. */
struct SessionOptions {
  explicit SessionOptions(const Params& params)
      : device(static_cast<int>(IntegerOption(params, "deviceId", 0, 0, 1023))),
        max_device_memory(IntegerOption(params, "maxDeviceMemory", 0, 0, kMaxBytes)),
        max_pinned_memory(IntegerOption(params, "maxPinnedMemory", 0, 0, kMaxBytes)),
        device_padding(IntegerOption(params, "deviceMemoryPadding", 0, 0, kMaxPadding)),
        pinned_padding(IntegerOption(params, "hostMemoryPadding", 0, 0, kMaxPadding)) {}

  int device;
  uint64_t max_device_memory, max_pinned_memory;  // bytes; 0: no limit
  size_t device_padding, pinned_padding;          // allocations are multiples of it; 0: the library's own

 private:
  static constexpr uint64_t kMaxBytes = uint64_t{1} << 50, kMaxPadding = 1 << 30;
};

/* What the pictures in flight of a backend may take of the device, roughly: its limit, or 1 GiB. */
inline uint64_t DeviceBytesInFlight(const Params& params) {
  const uint64_t limit = SessionOptions(params).max_device_memory;
  return limit > 0 ? limit : uint64_t{1} << 30;
}

/* The device's pools in the form that a library takes them in, a struct of a function to take, one to give, and a context. */
inline Allocator AllocatorOf(const Device& device, Place place) {
  const bool pinned = place == Place::kPinned;
  const auto allocate = pinned ? device.api->pinned_malloc : device.api->device_malloc;
  const auto free = pinned ? device.api->pinned_free : device.api->device_free;
  // A stream is a void pointer there, and a pointer to a driver's struct in the library's declarations.
  return {reinterpret_cast<Allocate>(allocate), reinterpret_cast<Free>(free), device.memory};
}

template <class Functions>
class Session {
 public:
  /*
   * Finds the device, and makes nothing on it: that takes a context, of hundreds of megabytes, which who only asks what there
   * is shall not pay for. Throws Failure(BACKEND_UNSUPPORTED) that tells why the backend is off.
   */
  Session(polycodec_call* call, const SessionOptions& options, CodecLibrary<Functions> opened)
      : library(std::move(opened)),
        device(OpenDevice(call, options)),
        options(options),
        text(library.text + ", " + Describe(device)) {}
  Session(const Session&) = delete;
  Session& operator=(const Session&) = delete;

  const Functions& api() const { return library.api; }

  const CodecLibrary<Functions> library;
  const Device device;
  const SessionOptions options;
  const std::string text;  // library, versions and device, for `doctor`

 protected:
  std::mutex mutex_;  // for what is made on first use, on whatever thread

 private:
  Device OpenDevice(polycodec_call* call, const SessionOptions& options) const {
    // The host says what is missing; the library that is there is worth a word, too.
    if (POLYCODEC_CUDA_OF(host, call) == nullptr) host->warn(call, "found %s", library.text.c_str());
    return Device(call, options.device, options.max_device_memory, options.max_pinned_memory);
  }
};

}  // namespace polycodec::cuda

#endif
