/* What stands behind the fake's handles; the rules that they watch over stand in ../library_objects.hpp. */
#pragma once

#include <library_objects.hpp>

#include "picture.hpp"

namespace polycodec::nvjpeg {

using Scratch = fake::Memory<Allocator, CudaStream>;

struct Handle_ : fake::Object {
  static constexpr const char* kKind = "nvjpeg handle";
  Handle_() : Object(kKind) {}
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

/* Made from a handle, and gone before it. */
struct Child : Object {
  Child(const char* kind, Handle handle) : Object(kind), handle(handle) { handle->children++; }
  ~Child() { handle->children--; }
  const Handle handle;
};

}  // namespace fake

namespace polycodec::nvjpeg {

struct Stream_ : fake::Child {
  static constexpr const char* kKind = "nvjpeg stream";
  explicit Stream_(Handle handle) : Child(kKind, handle) {}
  const unsigned char* data = nullptr;
  size_t size = 0;
  bool whole = false;  // parsed, not only its header
  fake::Headers headers;
};

struct DecodeParams_ : fake::Child {
  static constexpr const char* kKind = "nvjpeg params";
  explicit DecodeParams_(Handle handle) : Child(kKind, handle) {}
  fake::DecodeRequest request;
};

struct Decoder_ : fake::Child {
  static constexpr const char* kKind = "nvjpeg decoder";
  explicit Decoder_(Handle handle) : Child(kKind, handle) {}
  Implementation implementation = Implementation::kDefault;
};

struct PinnedBuffer_ : fake::Child {
  static constexpr const char* kKind = "nvjpeg pinned buffer";
  explicit PinnedBuffer_(Handle handle) : Child(kKind, handle) {}
  Scratch memory;
};

struct DeviceBuffer_ : fake::Child {
  static constexpr const char* kKind = "nvjpeg device buffer";
  explicit DeviceBuffer_(Handle handle) : Child(kKind, handle) {}
  Scratch memory;
  CudaStream last = nullptr;  // where its pending work is
};

struct State_ : fake::Child {
  static constexpr const char* kKind = "nvjpeg state";
  explicit State_(Handle handle) : Child(kKind, handle) {}
  Decoder decoder = nullptr;  // null: for batches
  PinnedBuffer pinned = nullptr;
  DeviceBuffer device = nullptr;
  enum class Stage { kIdle, kHostDone, kTransferred } stage = Stage::kIdle;
  std::shared_ptr<fake::Picture> picture;
  fake::DecodeRequest request;
  CudaStream stream = nullptr;
  int batch = 0;
  OutputFormat format = OutputFormat::kRgbI;
  Scratch memory;
};

struct EncoderState_ : fake::Child {
  static constexpr const char* kKind = "nvjpeg encoder state";
  EncoderState_(Handle handle, CudaStream stream) : Child(kKind, handle), stream(stream) {}
  const CudaStream stream;
  std::shared_ptr<std::vector<uint8_t>> bytes;
  Scratch memory;
};

struct EncoderParams_ : fake::Child {
  static constexpr const char* kKind = "nvjpeg encoder params";
  explicit EncoderParams_(Handle handle) : Child(kKind, handle) {}
  fake::EncodeRequest request;
};

}  // namespace polycodec::nvjpeg

namespace fake {

/* Is it device memory, with room for a row in each pitch? */
bool CheckImage(const char* function, const ImageBuffers& image, unsigned planes, size_t row_bytes);
/* Enqueue, as a function of the library's answers. */
Status EnqueueWork(const char* function, CudaStream stream, std::vector<Object*> objects, std::function<void()> work);
/* On a stream: writes a picture to where the caller wants it. */
void Deliver(const char* function, const Picture& picture, OutputFormat format, const ImageBuffers& image);

#define FAKE_API(name, arguments) \
  extern "C" __attribute__((visibility("default"))) polycodec::nvjpeg::Status nvjpeg##name arguments
#define FAKE_ENTER(name)                           \
  constexpr const char* kFunction = "nvjpeg" #name; \
  if (const int injected = fakeCudaEnter(kFunction)) return static_cast<Status>(injected)

}  // namespace fake
