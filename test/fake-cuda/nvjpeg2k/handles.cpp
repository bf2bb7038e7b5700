/* Handles, parsed streams, parameters: all that does not touch pixels. */
#include "objects.hpp"

using namespace polycodec::nvjpeg2k;
using fake::CheckShared;
using fake::Use;

namespace {

/* Of the environment: 900 is 0.9.0. */
long Version() { return fake::Setting("FAKE_NVJPEG2K_VERSION", 1100); }

}  // namespace

FAKE_API(GetProperty, (Property property, int* value)) {
  return fake::GetProperty("nvjpeg2kGetProperty", Version(), Status::kImplementationNotSupported, property, value);
}

FAKE_API(CreateV2, (Implementation implementation, DeviceAllocator* device, PinnedAllocator* pinned, Handle* handle)) {
  FAKE_ENTER(CreateV2);
  *handle = nullptr;
  if (device == nullptr || pinned == nullptr || implementation != Implementation::kDefault) return Status::kInvalidParameter;
  cudaSetDevice(fakeCudaCurrentDevice());  // makes a context, as the real one does
  *handle = new Handle_;
  (*handle)->device_allocator = *device;
  (*handle)->pinned_allocator = *pinned;
  return Status::kSuccess;
}
FAKE_API(Destroy, (Handle handle)) {
  FAKE_ENTER(Destroy);
  return fake::DestroyShared(kFunction, handle);
}
FAKE_API(SetDeviceMemoryPadding, (size_t padding, Handle handle)) {
  FAKE_ENTER(SetDeviceMemoryPadding);
  return fake::SetPadding(kFunction, handle, &Handle_::device_padding, padding);
}
FAKE_API(SetPinnedMemoryPadding, (size_t padding, Handle handle)) {
  FAKE_ENTER(SetPinnedMemoryPadding);
  return fake::SetPadding(kFunction, handle, &Handle_::pinned_padding, padding);
}

FAKE_API(StreamCreate, (Stream * stream)) {
  FAKE_ENTER(StreamCreate);
  *stream = new Stream_;
  return Status::kSuccess;
}
FAKE_API(StreamDestroy, (Stream stream)) {
  FAKE_ENTER(StreamDestroy);
  return fake::Destroy(kFunction, stream);
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
  return fake::Destroy(kFunction, params);
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
