/*
 * What stands behind the fake's handles. Each object knows whether it is alive, whether a thread is in a call with it, and
 * how much of it is still used by work on a stream; whoever breaks the library's rules about these gets a fault counted.
 */
#pragma once

#include <fake_cuda.h>

#include <atomic>
#include <functional>
#include <memory>
#include <string>
#include <type_traits>
#include <vector>

#include "picture.hpp"

namespace fake {

/* Alive from creation to destruction; a pointer that is not in the list is stale or was never given out. */
struct Object {
  explicit Object(const char* kind);
  ~Object();
  static bool IsAlive(const void* object, const char* kind);

  const char* const kind;
  std::atomic<bool> entered = false;  // by a thread
  std::atomic<int> pending = 0;       // pieces of work on streams
};

}  // namespace fake

namespace polycodec::nvjpeg {

struct Handle_ : fake::Object {
  Handle_() : Object("handle") {}
  Implementation implementation = Implementation::kDefault;
  DeviceAllocator device_allocator{};
  PinnedAllocator pinned_allocator{};
  unsigned flags = 0;
  int device = 0;
  size_t device_padding = 1, pinned_padding = 1;
  std::atomic<int> children = 0;

  bool interpolates() const { return (flags & kFlagUpsamplingWithInterpolation) != 0; }
};

}  // namespace polycodec::nvjpeg

namespace fake {

/* What fakeCudaKind says. */
enum Kind { kPinned = 1, kDevice = 2 };

/* Memory from the handle's allocator; grows, never shrinks. */
struct Memory {
  void* address = nullptr;
  size_t size = 0;
  CudaStream stream = nullptr;

  bool Reserve(const Allocator& allocator, size_t bytes, size_t padding, CudaStream on, Kind kind);
  void Release(const Allocator& allocator);
};

/* Made from a handle, and gone before it. */
struct Child : Object {
  Child(const char* kind, Handle handle) : Object(kind), handle(handle) { handle->children++; }
  ~Child() { handle->children--; }
  const Handle handle;
};

}  // namespace fake

namespace polycodec::nvjpeg {

struct Stream_ : fake::Child {
  explicit Stream_(Handle handle) : Child("stream", handle) {}
  const unsigned char* data = nullptr;
  size_t size = 0;
  bool whole = false;  // parsed, not only its header
  fake::Headers headers;
};

struct DecodeParams_ : fake::Child {
  explicit DecodeParams_(Handle handle) : Child("params", handle) {}
  fake::DecodeRequest request;
};

struct Decoder_ : fake::Child {
  explicit Decoder_(Handle handle) : Child("decoder", handle) {}
  Implementation implementation = Implementation::kDefault;
};

struct PinnedBuffer_ : fake::Child {
  explicit PinnedBuffer_(Handle handle) : Child("pinned buffer", handle) {}
  fake::Memory memory;
};

struct DeviceBuffer_ : fake::Child {
  explicit DeviceBuffer_(Handle handle) : Child("device buffer", handle) {}
  fake::Memory memory;
  CudaStream last = nullptr;  // where its pending work is
};

struct State_ : fake::Child {
  explicit State_(Handle handle) : Child("state", handle) {}
  Decoder decoder = nullptr;  // null: for batches
  PinnedBuffer pinned = nullptr;
  DeviceBuffer device = nullptr;
  enum class Stage { kIdle, kHostDone, kTransferred } stage = Stage::kIdle;
  std::shared_ptr<fake::Picture> picture;
  fake::DecodeRequest request;
  CudaStream stream = nullptr;
  int batch = 0;
  OutputFormat format = OutputFormat::kRgbI;
  fake::Memory memory;
};

struct EncoderState_ : fake::Child {
  EncoderState_(Handle handle, CudaStream stream) : Child("encoder state", handle), stream(stream) {}
  const CudaStream stream;
  std::shared_ptr<std::vector<uint8_t>> bytes;
  fake::Memory memory;
};

struct EncoderParams_ : fake::Child {
  explicit EncoderParams_(Handle handle) : Child("encoder params", handle) {}
  fake::EncodeRequest request;
};

}  // namespace polycodec::nvjpeg

namespace fake {

/* A call's hold on its objects: checks that they are alive and that no other thread is in a call with them. */
template <class... T>
class Use {
 public:
  Use(const char* function, T*... objects) : objects_{static_cast<Object*>(objects)...} {
    constexpr const char* kKinds[] = {KindOf<T>()...};
    for (size_t i = 0; i < sizeof...(T); i++) {
      if (!Object::IsAlive(objects_[i], kKinds[i])) {
        fakeCudaViolation("%s: %s that is not alive", function, kKinds[i]);
        valid_ = false;
      }
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
  template <class Type>
  static constexpr const char* KindOf() {
    if constexpr (std::is_same_v<Type, Stream_>) return "stream";
    else if constexpr (std::is_same_v<Type, DecodeParams_>) return "params";
    else if constexpr (std::is_same_v<Type, Decoder_>) return "decoder";
    else if constexpr (std::is_same_v<Type, PinnedBuffer_>) return "pinned buffer";
    else if constexpr (std::is_same_v<Type, DeviceBuffer_>) return "device buffer";
    else if constexpr (std::is_same_v<Type, State_>) return "state";
    else if constexpr (std::is_same_v<Type, EncoderState_>) return "encoder state";
    else return "encoder params";
  }
  Object* objects_[sizeof...(T)];
  bool valid_ = true;
};

/* The handle, which threads share: alive, and used on the device that it was made on. */
bool CheckHandle(const char* function, Handle handle);
bool CheckStream(const char* function, CudaStream stream);
/* Is it device memory, with room for a row in each pitch? */
bool CheckImage(const char* function, const ImageBuffers& image, unsigned planes, size_t row_bytes);
/* Runs `work` on the stream, after its earlier work; `objects` are in use until then. */
Status Enqueue(const char* function, CudaStream stream, std::vector<Object*> objects, std::function<void()> work);
/* On a stream: writes a picture to where the caller wants it. */
void Deliver(const char* function, const Picture& picture, OutputFormat format, const ImageBuffers& image);
/* FNV-1a: have the bytes changed since? */
uint64_t Digest(const unsigned char* data, size_t size);

#define FAKE_API(name, arguments) \
  extern "C" __attribute__((visibility("default"))) polycodec::nvjpeg::Status nvjpeg##name arguments
#define FAKE_ENTER(name)                           \
  constexpr const char* kFunction = "nvjpeg" #name; \
  if (const int injected = fakeCudaEnter(kFunction)) return static_cast<Status>(injected)

}  // namespace fake
