/* Pixels in a device's memory, as JavaScript and chunks of tasks hold them; and their ways to and from the host. */
#ifndef POLYCODEC_CUDA_BUFFER_HPP
#define POLYCODEC_CUDA_BUFFER_HPP

#include <atomic>
#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <utility>

#include "cuda_runtime.hpp"

namespace polycodec::cuda {

/* Counted references: an image's, and those of chunks that read or write it. The last gives the memory back. */
class DeviceBuffer {
 public:
  /* Null: `error` says why. Nothing that is still at work uses the memory. */
  static DeviceBuffer* Take(const Runtime& runtime, int device, size_t size, cudart::Error& error);
  /* Memory of the user's, which stays the user's. */
  static DeviceBuffer* Wrap(int device, void* pointer, size_t size);

  void Retain() { references_.fetch_add(1, std::memory_order_relaxed); }
  void Release() {
    if (references_.fetch_sub(1, std::memory_order_acq_rel) == 1) delete this;
  }
  /* Work of the user's may be on this stream when the memory is given back: who takes it next waits for that. */
  void UsedOn(cudart::Stream stream) { stream_ = stream; }

  uint8_t* data() const { return data_; }
  size_t size() const { return size_; }
  int device() const { return device_; }

 private:
  DeviceBuffer(int device, uint8_t* data, size_t size, bool owned)
      : device_(device), data_(data), size_(size), owned_(owned) {}
  ~DeviceBuffer();

  std::atomic<uint32_t> references_{1};
  const int device_;
  uint8_t* const data_;
  const size_t size_;
  const bool owned_;
  std::optional<cudart::Stream> stream_;
};

/* A reference that goes by itself. */
class BufferRef {
 public:
  BufferRef() = default;
  explicit BufferRef(DeviceBuffer* taken) : buffer_(taken) {}
  static BufferRef Retained(DeviceBuffer* buffer) {
    if (buffer != nullptr) buffer->Retain();
    return BufferRef(buffer);
  }
  BufferRef(BufferRef&& other) noexcept : buffer_(std::exchange(other.buffer_, nullptr)) {}
  BufferRef& operator=(BufferRef&& other) noexcept {
    std::swap(buffer_, other.buffer_);
    return *this;
  }
  ~BufferRef() { Reset(); }
  void Reset() {
    if (buffer_ != nullptr) std::exchange(buffer_, nullptr)->Release();
  }
  DeviceBuffer* Detach() { return std::exchange(buffer_, nullptr); }
  DeviceBuffer* get() const { return buffer_; }
  DeviceBuffer* operator->() const { return buffer_; }
  explicit operator bool() const { return buffer_ != nullptr; }

 private:
  DeviceBuffer* buffer_ = nullptr;
};

/*
 * Copies between any two of host and devices, on a stream of `device`, and waits. `user`: after what is on this stream of the
 * user's. Empty: done; else why not.
 */
std::string CopyNow(const Runtime& runtime, int device, void* to, const void* from, size_t bytes,
                    std::optional<cudart::Stream> user);
/* Sets bytes of a device's memory, likewise. */
std::string FillNow(const Runtime& runtime, int device, void* to, uint8_t value, size_t bytes,
                    std::optional<cudart::Stream> user);

}  // namespace polycodec::cuda

#endif
