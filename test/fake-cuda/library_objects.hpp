/*
 * What stands behind the handles of a fake codec library. Each object knows whether it is alive, whether a thread is in a call
 * with it, and how much of it is still used by work on a stream; whoever breaks the library's rules about these gets a
 * violation counted. FAKES: see fake_cuda.h.
 */
#pragma once

#include <fake_cuda.h>
#include <polycodec_cuda_declarations.hpp>

#include <atomic>
#include <cstdint>
#include <cstring>
#include <functional>
#include <memory>
#include <mutex>
#include <unordered_set>
#include <vector>

namespace fake {

using polycodec::cuda::Allocator, polycodec::cuda::CudaStream, polycodec::cuda::Status;

/* What fakeCudaKind says. */
enum Kind { kPinned = 1, kDevice = 2 };

/* Alive from creation to destruction; a pointer that is not in the list is stale or was never given out. */
struct Object {
  explicit Object(const char* kind) : kind(kind) {
    fakeCudaCount(kind, 1);
    std::lock_guard lock(Mutex());
    Alive().insert(this);
  }
  ~Object() {
    if (pending > 0) fakeCudaViolation("a %s destroyed while a stream uses it", kind);
    fakeCudaCount(kind, -1);
    std::lock_guard lock(Mutex());
    Alive().erase(this);
  }
  static bool IsAlive(const void* object, const char* kind) {
    std::lock_guard lock(Mutex());
    return object != nullptr && Alive().count(object) > 0 &&
           std::strcmp(static_cast<const Object*>(object)->kind, kind) == 0;
  }

  const char* const kind;
  std::atomic<bool> entered = false;  // by a thread
  std::atomic<int> pending = 0;       // pieces of work on streams

 private:
  static std::mutex& Mutex() {
    static auto* mutex = new std::mutex;
    return *mutex;
  }
  static std::unordered_set<const void*>& Alive() {
    static auto* alive = new std::unordered_set<const void*>;
    return *alive;
  }
};

/* What threads share, a handle: used on the device that it was made on. */
struct Shared : Object {
  using Object::Object;
  const int device = fakeCudaCurrentDevice();
  std::atomic<int> children = 0;
};

/* Made from a handle, and gone before it. */
template <class Handle>
struct Child : Object {
  Child(const char* kind, Handle* handle) : Object(kind), handle(handle) { handle->children++; }
  ~Child() { handle->children--; }
  Handle* const handle;
};

/* A call's hold on its objects, which have a kKind: checks that they are alive, and that no other thread is in a call with them. */
template <class... T>
class Use {
 public:
  Use(const char* function, T*... objects) : objects_{static_cast<Object*>(objects)...} {
    constexpr const char* kKinds[] = {T::kKind...};
    for (size_t i = 0; i < sizeof...(T); i++) {
      if (Object::IsAlive(objects_[i], kKinds[i])) continue;
      fakeCudaViolation("%s: %s that is not alive", function, kKinds[i]);
      valid_ = false;
    }
    if (!valid_) return;
    for (Object* object : objects_) {
      if (object->entered.exchange(true)) fakeCudaViolation("%s: two threads at once on a %s", function, object->kind);
    }
  }
  ~Use() {
    if (!valid_) return;
    for (Object* object : objects_) object->entered = false;
  }
  explicit operator bool() const { return valid_; }

 private:
  Object* objects_[sizeof...(T)];
  bool valid_ = true;
};

/* Is it alive, and used on its device? */
template <class T>
bool CheckShared(const char* function, T* shared) {
  if (!Object::IsAlive(shared, T::kKind)) {
    fakeCudaViolation("%s: a %s that is not alive", function, T::kKind);
    return false;
  }
  if (const int device = fakeCudaCurrentDevice(); device != shared->device) {
    fakeCudaViolation("%s: a %s of device %d on device %d", function, T::kKind, shared->device, device);
  }
  return true;
}

/* Memory from an allocator that is the library's user's; grows, never shrinks. */
struct Memory {
  void* address = nullptr;
  size_t size = 0;
  CudaStream stream = nullptr;

  bool Reserve(const Allocator& allocator, size_t bytes, size_t padding, CudaStream on, Kind kind) {
    bytes = (bytes + padding - 1) / padding * padding;
    if (bytes <= size) return true;
    Release(allocator);
    if (allocator.allocate == nullptr) return true;  // the library's own memory is nobody's business
    void* taken = nullptr;
    if (allocator.allocate(allocator.context, &taken, bytes, on) != 0) return false;
    if (fakeCudaKind(taken) != kind || fakeCudaBytes(taken, bytes, "the library's allocator") == nullptr) {
      fakeCudaViolation("an allocator gave memory of the wrong kind, or less than %zu bytes", bytes);
    }
    address = taken, size = bytes, stream = on;
    return true;
  }
  void Release(const Allocator& allocator) {
    if (address != nullptr && allocator.free(allocator.context, address, size, stream) != 0) {
      fakeCudaViolation("an allocator did not take its memory back");
    }
    address = nullptr, size = 0;
  }
};

inline bool CheckStream(const char* function, void* stream) {
  if (stream == nullptr) fakeCudaViolation("%s: the default stream", function);
  return stream != nullptr && fakeCudaStreamDevice(stream) >= 0;
}

/* Runs `work` on the stream, after its earlier work; `objects` are in use until then. kExecutionFailed: there is no such stream. */
inline Status Enqueue(const char* function, void* stream, std::vector<Object*> objects, std::function<void()> work) {
  struct Job {
    std::vector<Object*> objects;
    std::function<void()> work;
  };
  if (!CheckStream(function, stream)) return Status::kExecutionFailed;
  for (Object* object : objects) object->pending++;
  auto* job = new Job{std::move(objects), std::move(work)};
  const auto run = [](void* context) {
    const std::unique_ptr<Job> own(static_cast<Job*>(context));
    own->work();
    for (Object* object : own->objects) object->pending--;
  };
  if (fakeCudaEnqueue(stream, run, job) == 0) return Status::kSuccess;
  for (Object* object : job->objects) object->pending--;
  delete job;
  return Status::kExecutionFailed;
}

/* FNV-1a: have the bytes changed since? */
inline uint64_t Digest(const unsigned char* data, size_t size) {
  uint64_t digest = 14695981039346656037ull;
  for (size_t i = 0; i < size; i++) digest = (digest ^ data[i]) * 1099511628211ull;
  return digest;
}

}  // namespace fake
