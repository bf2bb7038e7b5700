/*
 * polycodec_cuda.hpp - C++20 convenience over polycodec_cuda.h: streams, events and memory that give themselves back, and
 * failures as exceptions, which must end before the C interface (`Guarded` of polycodec.hpp does it). Header only.
 */
#ifndef POLYCODEC_CUDA_HPP
#define POLYCODEC_CUDA_HPP

#include <cstddef>
#include <stdexcept>
#include <string>
#include <utility>

#include "polycodec.hpp"
#include "polycodec_cuda.h"

namespace polycodec::cuda {

/* cudaErrorMemoryAllocation. */
constexpr int kMemoryAllocation = 2;

/* What came of a sample that did not succeed. */
class Failure : public std::runtime_error {
 public:
  /* `broken`: what the work was done with must not be used again, for it may be in any state. */
  Failure(polycodec_status status, const std::string& fact, bool broken = false)
      : std::runtime_error(fact), status(status), broken(broken) {}
  const polycodec_status status;
  const bool broken;
};

[[noreturn]] inline void Refuse(polycodec_status status, const char* fact) { throw Failure(status, fact); }

/* One device, with an account on its pools. */
class Device {
 public:
  /* Throws Failure(BACKEND_UNSUPPORTED) with a message: no runtime, no driver, no such device. */
  Device(polycodec_call* call, int index, uint64_t max_device_bytes, uint64_t max_pinned_bytes)
      : api(POLYCODEC_CUDA_OF(host, call)), index(index) {
    // The host has set the message; an empty one leaves it.
    if (api == nullptr) throw Failure(POLYCODEC_BACKEND_UNSUPPORTED, "");
    if (index < 0 || index >= api->device_count) {
      throw Failure(POLYCODEC_BACKEND_UNSUPPORTED, "there is no device " + std::to_string(index) + ", but " +
                                                       std::to_string(api->device_count) + " from 0");
    }
    memory = api->memory_open(call, index, max_device_bytes, max_pinned_bytes);
    if (memory == nullptr) throw Failure(POLYCODEC_BACKEND_UNSUPPORTED, "");
  }
  ~Device() { api->memory_close(memory); }
  Device(const Device&) = delete;
  Device& operator=(const Device&) = delete;

  /* For each thread, each time. */
  void MakeCurrent() const { Check(api->set_device(index), "cudaSetDevice"); }

  /* Throws what a CUDA error means to the sample. */
  void Check(int error, const char* call) const {
    if (error == 0) return;
    const std::string fact = std::string(call) + ": " + api->error_name(error) + " (" + std::to_string(error) + ")";
    if (error == kMemoryAllocation) throw Failure(POLYCODEC_OUT_OF_MEMORY, fact);
    const char* loss = api->struct_size > offsetof(polycodec_cuda, lost) ? api->lost(index) : nullptr;
    if (loss != nullptr) throw Failure(POLYCODEC_BACKEND_UNSUPPORTED, fact + "; " + loss, true);
    throw Failure(POLYCODEC_FAIL, fact, true);
  }

  const polycodec_cuda* const api;
  const int index;
  polycodec_cuda_memory* memory = nullptr;
};

/* A stream or an event of the pools, for as long as this lives. */
class Stream {
 public:
  explicit Stream(const Device& device) : device_(device) {
    device.Check(device.api->stream_take(device.index, &stream_), "cudaStreamCreateWithFlags");
  }
  ~Stream() {
    if (dropped_) device_.api->stream_drop(device_.index, stream_);
    else device_.api->stream_give(device_.index, stream_);
  }
  Stream(const Stream&) = delete;
  Stream& operator=(const Stream&) = delete;
  polycodec_cuda_stream get() const { return stream_; }
  /* After an error on it: nobody else shall get it. */
  void Drop() { dropped_ = true; }

 private:
  const Device& device_;
  polycodec_cuda_stream stream_ = nullptr;
  bool dropped_ = false;
};

class Event {
 public:
  explicit Event(const Device& device) : device_(device) {
    device.Check(device.api->event_take(device.index, &event_), "cudaEventCreateWithFlags");
  }
  ~Event() { device_.api->event_give(device_.index, event_); }
  Event(const Event&) = delete;
  Event& operator=(const Event&) = delete;

  void Record(const Stream& stream) {
    device_.Check(device_.api->event_record(event_, stream.get()), "cudaEventRecord");
    recorded_ = true;
  }
  /* The calling thread waits for what was recorded last; at once if nothing was. */
  void Wait() {
    if (!std::exchange(recorded_, false)) return;
    device_.Check(device_.api->event_synchronize(event_), "cudaEventSynchronize");
  }

 private:
  const Device& device_;
  polycodec_cuda_event event_ = nullptr;
  bool recorded_ = false;
};

enum class Place { kDevice, kPinned };

/* Bytes of a device or of pinned host memory, given back on the stream that they were taken for. */
class Memory {
 public:
  Memory() = default;
  Memory(const Device& device, Place place, size_t size, const Stream& stream)
      : device_(&device), place_(place), size_(size), stream_(stream.get()) {
    const auto take = place == Place::kDevice ? device.api->device_malloc : device.api->pinned_malloc;
    void* taken = nullptr;
    device.Check(take(device.memory, &taken, size, stream_), place == Place::kDevice ? "cudaMalloc" : "cudaMallocHost");
    address_ = static_cast<uint8_t*>(taken);
  }
  ~Memory() { Reset(); }
  Memory(Memory&& other) noexcept { *this = std::move(other); }
  Memory& operator=(Memory&& other) noexcept {
    if (this == &other) return *this;
    Reset();
    device_ = other.device_, place_ = other.place_, size_ = other.size_, stream_ = other.stream_;
    address_ = std::exchange(other.address_, nullptr);
    return *this;
  }

  void Reset() {
    if (address_ == nullptr) return;
    const auto give = place_ == Place::kDevice ? device_->api->device_free : device_->api->pinned_free;
    give(device_->memory, std::exchange(address_, nullptr), size_, stream_);
  }
  uint8_t* data() const { return address_; }
  size_t size() const { return size_; }
  explicit operator bool() const { return address_ != nullptr; }

 private:
  const Device* device_ = nullptr;
  Place place_ = Place::kDevice;
  size_t size_ = 0;
  polycodec_cuda_stream stream_ = nullptr;
  uint8_t* address_ = nullptr;
};

}  // namespace polycodec::cuda

#endif
