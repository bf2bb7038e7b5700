/* Handles, parsed streams, parameters: all that does not touch pixels. */
#include <cstdlib>

#include "objects.hpp"

using namespace polycodec::nvjpeg2k;
using fake::CheckShared;
using fake::Use;

/* Of the fake runtime, which this library is linked to. */
extern "C" int cudaSetDevice(int device);

namespace {

/* Of the environment: 900 is 0.9.0. */
long Version() {
  const char* text = std::getenv("FAKE_NVJPEG2K_VERSION");
  return text != nullptr && *text != 0 ? std::atol(text) : 1100;
}
constexpr int kLastStatus = static_cast<int>(Status::kImplementationNotSupported);

template <class T>
Status Unmake(const char* function, T* object) {
  if (const Use use(function, object); !use) return Status::kInvalidParameter;
  delete object;
  return Status::kSuccess;
}

}  // namespace

FAKE_API(GetProperty, (Property property, int* value)) {
  // Works without a driver, too, of which fakeCudaEnter tells by an error of CUDA's.
  if (const int injected = fakeCudaEnter("nvjpeg2kGetProperty"); injected > 0 && injected <= kLastStatus) {
    return static_cast<Status>(injected);
  }
  const long version = Version();
  *value = static_cast<int>(property == Property::kMajor   ? version / 10000
                            : property == Property::kMinor ? version / 100 % 100
                                                           : version % 100);
  return Status::kSuccess;
}

FAKE_API(CreateV2, (Implementation implementation, DeviceAllocator* device, PinnedAllocator* pinned, Handle* handle)) {
  FAKE_ENTER(CreateV2);
  *handle = nullptr;
  if (device == nullptr || pinned == nullptr || implementation != Implementation::kDefault) return Status::kInvalidParameter;
  cudaSetDevice(fakeCudaCurrentDevice());  // makes a context, as the real one does
  *handle = new Handle_;
  (*handle)->device_allocator = *device;
  (*handle)->pinned_allocator = *pinned;
  (*handle)->device = fakeCudaCurrentDevice();
  return Status::kSuccess;
}
FAKE_API(Destroy, (Handle handle)) {
  FAKE_ENTER(Destroy);
  if (!CheckShared(kFunction, handle)) return Status::kInvalidParameter;
  if (handle->children != 0) fakeCudaViolation("%s: %d states of the handle are alive", kFunction, handle->children.load());
  delete handle;
  return Status::kSuccess;
}
FAKE_API(SetDeviceMemoryPadding, (size_t padding, Handle handle)) {
  FAKE_ENTER(SetDeviceMemoryPadding);
  if (!CheckShared(kFunction, handle) || padding == 0) return Status::kInvalidParameter;
  handle->device_padding = padding;
  return Status::kSuccess;
}
FAKE_API(SetPinnedMemoryPadding, (size_t padding, Handle handle)) {
  FAKE_ENTER(SetPinnedMemoryPadding);
  if (!CheckShared(kFunction, handle) || padding == 0) return Status::kInvalidParameter;
  handle->pinned_padding = padding;
  return Status::kSuccess;
}

FAKE_API(StreamCreate, (Stream * stream)) {
  FAKE_ENTER(StreamCreate);
  *stream = new Stream_;
  return Status::kSuccess;
}
FAKE_API(StreamDestroy, (Stream stream)) {
  FAKE_ENTER(StreamDestroy);
  return Unmake(kFunction, stream);
}
FAKE_API(StreamParse, (Handle handle, const unsigned char* data, size_t size, int metadata, int save, Stream stream)) {
  FAKE_ENTER(StreamParse);
  const Use use(kFunction, stream);
  if (!CheckShared(kFunction, handle) || !use || data == nullptr || size == 0) return Status::kInvalidParameter;
  if (metadata != 0 || save != 0) return Status::kInvalidParameter;
  if (stream->pending > 0) fakeCudaViolation("%s: the stream's last picture is not done", kFunction);
  stream->data = nullptr;
  stream->pictures.clear();
  const Status status = fake::ReadHeaders(data, size, stream->headers);
  if (status == Status::kSuccess) stream->data = data, stream->size = size;
  return status;
}
FAKE_API(StreamGetImageInfo, (Stream stream, ImageInfo* info)) {
  FAKE_ENTER(StreamGetImageInfo);
  if (const Use use(kFunction, stream); !use || stream->data == nullptr) return Status::kInvalidParameter;
  *info = stream->headers.image;
  return Status::kSuccess;
}
FAKE_API(StreamGetImageComponentInfo, (Stream stream, ComponentInfo* info, uint32_t component)) {
  FAKE_ENTER(StreamGetImageComponentInfo);
  const Use use(kFunction, stream);
  if (!use || stream->data == nullptr || component >= stream->headers.components.size()) return Status::kInvalidParameter;
  *info = stream->headers.components[component];
  return Status::kSuccess;
}
FAKE_API(StreamGetColorSpace, (Stream stream, ColorSpace* color)) {
  FAKE_ENTER(StreamGetColorSpace);
  if (const Use use(kFunction, stream); !use || stream->data == nullptr) return Status::kInvalidParameter;
  *color = stream->headers.color;
  return Status::kSuccess;
}
FAKE_API(StreamGetResolutionsInTile, (Stream stream, uint32_t tile, uint32_t* resolutions)) {
  FAKE_ENTER(StreamGetResolutionsInTile);
  const Use use(kFunction, stream);
  if (!use || stream->data == nullptr) return Status::kInvalidParameter;
  if (tile >= stream->headers.image.tiles_across * stream->headers.image.tiles_down) return Status::kInvalidParameter;
  *resolutions = stream->headers.resolutions;
  return Status::kSuccess;
}

FAKE_API(DecodeParamsCreate, (DecodeParams * params)) {
  FAKE_ENTER(DecodeParamsCreate);
  *params = new DecodeParams_;
  return Status::kSuccess;
}
FAKE_API(DecodeParamsDestroy, (DecodeParams params)) {
  FAKE_ENTER(DecodeParamsDestroy);
  return Unmake(kFunction, params);
}
FAKE_API(DecodeParamsSetDecodeArea, (DecodeParams params, uint32_t x0, uint32_t x1, uint32_t y0, uint32_t y1)) {
  FAKE_ENTER(DecodeParamsSetDecodeArea);
  if (const Use use(kFunction, params); !use) return Status::kInvalidParameter;
  params->x0 = x0, params->x1 = x1, params->y0 = y0, params->y1 = y1;
  return Status::kSuccess;
}
FAKE_API(DecodeParamsSetRGBOutput, (DecodeParams params, int32_t to_rgb)) {
  FAKE_ENTER(DecodeParamsSetRGBOutput);
  if (const Use use(kFunction, params); !use) return Status::kInvalidParameter;
  params->to_rgb = to_rgb != 0;
  return Status::kSuccess;
}
FAKE_API(DecodeParamsSetOutputFormat, (DecodeParams params, ImageFormat format)) {
  FAKE_ENTER(DecodeParamsSetOutputFormat);
  if (const Use use(kFunction, params); !use) return Status::kInvalidParameter;
  params->format = format;
  return Status::kSuccess;
}
