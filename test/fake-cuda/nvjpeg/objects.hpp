/* What stands behind the fake's handles; the rules that they watch over stand in ../library_objects.hpp. */
#pragma once

#include <library_calls.hpp>

#include "picture.hpp"

namespace polycodec::nvjpeg {

struct Handle_ : fake::Shared {
  static constexpr const char* kKind = "nvjpeg handle";
  Handle_() : Shared(kKind) {}
  Implementation implementation = Implementation::kDefault;
  DeviceAllocator device_allocator{};
  PinnedAllocator pinned_allocator{};
  unsigned flags = 0;
  size_t device_padding = 1, pinned_padding = 1;

  bool interpolates() const { return (flags & kFlagUpsamplingWithInterpolation) != 0; }
};

using Child = fake::Child<Handle_>;

struct Stream_ : Child {
  static constexpr const char* kKind = "nvjpeg stream";
  explicit Stream_(Handle handle) : Child(kKind, handle) {}
  const unsigned char* data = nullptr;
  size_t size = 0;
  bool whole = false;  // parsed, not only its header
  fake::Headers headers;
};

struct DecodeParams_ : Child {
  static constexpr const char* kKind = "nvjpeg params";
  explicit DecodeParams_(Handle handle) : Child(kKind, handle) {}
  fake::DecodeRequest request;
};

struct Decoder_ : Child {
  static constexpr const char* kKind = "nvjpeg decoder";
  explicit Decoder_(Handle handle) : Child(kKind, handle) {}
  Implementation implementation = Implementation::kDefault;
};

struct PinnedBuffer_ : Child {
  static constexpr const char* kKind = "nvjpeg pinned buffer";
  explicit PinnedBuffer_(Handle handle) : Child(kKind, handle) {}
  fake::Memory memory;
};

struct DeviceBuffer_ : Child {
  static constexpr const char* kKind = "nvjpeg device buffer";
  explicit DeviceBuffer_(Handle handle) : Child(kKind, handle) {}
  fake::Memory memory;
  CudaStream last = nullptr;  // where its pending work is
};

struct State_ : Child {
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
  fake::Memory memory;
};

struct EncoderState_ : Child {
  static constexpr const char* kKind = "nvjpeg encoder state";
  EncoderState_(Handle handle, CudaStream stream) : Child(kKind, handle), stream(stream) {}
  const CudaStream stream;
  std::shared_ptr<std::vector<uint8_t>> bytes;
  fake::Memory memory;
};

struct EncoderParams_ : Child {
  static constexpr const char* kKind = "nvjpeg encoder params";
  explicit EncoderParams_(Handle handle) : Child(kKind, handle) {}
  fake::EncodeRequest request;
};

}  // namespace polycodec::nvjpeg

namespace fake {

/* Is it device memory, with room for a row in each pitch? */
bool CheckImage(const char* function, const ImageBuffers& image, unsigned planes, size_t row_bytes);
/* On a stream: writes a picture to where the caller wants it. */
void Deliver(const char* function, const Picture& picture, OutputFormat format, const ImageBuffers& image);

#define FAKE_API(name, arguments) \
  extern "C" __attribute__((visibility("default"))) polycodec::nvjpeg::Status nvjpeg##name arguments
#define FAKE_ENTER(name)                           \
  constexpr const char* kFunction = "nvjpeg" #name; \
  if (const int injected = fakeCudaEnter(kFunction)) return static_cast<Status>(injected)

}  // namespace fake
