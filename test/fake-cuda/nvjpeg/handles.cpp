/* Handles, parsed streams, parameters, buffers: all that does not touch pixels. */
#include "objects.hpp"

#ifndef FAKE_NVJPEG_VERSION
#define FAKE_NVJPEG_VERSION 130302
#endif

using namespace polycodec::nvjpeg;
using fake::CheckShared;
using fake::Use;

namespace {

/* Of the environment: 130302 is 13.3.2; and how many hardware engines there are. */
long Version() { return fake::Setting("FAKE_NVJPEG_VERSION", FAKE_NVJPEG_VERSION); }
long Engines() { return fake::Setting("FAKE_NVJPEG_ENGINES", 1); }
constexpr unsigned kCoresAnEngine = 5;

}  // namespace

FAKE_API(GetProperty, (Property property, int* value)) {
  return fake::GetProperty("nvjpegGetProperty", Version(), Status::kIncompleteBitstream, property, value);
}

FAKE_API(CreateExV2, (Implementation implementation, DeviceAllocator* device, PinnedAllocator* pinned, unsigned flags,
                      Handle* handle)) {
  FAKE_ENTER(CreateExV2);
  *handle = nullptr;
  if (implementation == Implementation::kHardware && Engines() == 0) return Status::kArchMismatch;
  if ((device == nullptr) != (pinned == nullptr)) fakeCudaViolation("%s: one allocator without the other", kFunction);
  cudaSetDevice(fakeCudaCurrentDevice());  // makes a context, as the real one does
  *handle = new Handle_;
  (*handle)->implementation = implementation;
  (*handle)->flags = flags;
  if (device != nullptr) (*handle)->device_allocator = *device;
  if (pinned != nullptr) (*handle)->pinned_allocator = *pinned;
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

FAKE_API(GetHardwareDecoderInfo, (Handle handle, unsigned* engines, unsigned* cores)) {
  FAKE_ENTER(GetHardwareDecoderInfo);
  if (!CheckShared(kFunction, handle)) return Status::kInvalidParameter;
  *engines = static_cast<unsigned>(Engines());
  *cores = kCoresAnEngine;
  return Status::kSuccess;
}

FAKE_API(JpegStreamCreate, (Handle handle, Stream* stream)) {
  FAKE_ENTER(JpegStreamCreate);
  return fake::Make(kFunction, handle, stream);
}
FAKE_API(JpegStreamDestroy, (Stream stream)) {
  FAKE_ENTER(JpegStreamDestroy);
  return fake::Destroy(kFunction, stream);
}

static Status Parse(const char* function, Handle handle, const unsigned char* data, size_t size, Stream stream, bool whole) {
  const Use use(function, stream);
  if (!CheckShared(function, handle) || !use || stream->handle != handle) return Status::kInvalidParameter;
  if (stream->pending > 0) fakeCudaViolation("%s: a stream still being transferred", function);
  stream->data = data, stream->size = size, stream->whole = whole, stream->headers = {};
  const Status status = fake::ReadHeaders(data, size, stream->headers);
  if (status != Status::kSuccess) stream->data = nullptr;
  return status;
}

FAKE_API(JpegStreamParse, (Handle handle, const unsigned char* data, size_t size, int, int save, Stream stream)) {
  FAKE_ENTER(JpegStreamParse);
  if (save != 0) fakeCudaViolation("%s: a copy of the stream is asked for, and not needed", kFunction);
  return Parse(kFunction, handle, data, size, stream, true);
}
FAKE_API(JpegStreamParseHeader, (Handle handle, const unsigned char* data, size_t size, Stream stream)) {
  FAKE_ENTER(JpegStreamParseHeader);
  return Parse(kFunction, handle, data, size, stream, false);
}
FAKE_API(JpegStreamGetFrameDimensions, (Stream stream, unsigned* width, unsigned* height)) {
  FAKE_ENTER(JpegStreamGetFrameDimensions);
  if (const Use use(kFunction, stream); !use || stream->data == nullptr) return Status::kInvalidParameter;
  *width = stream->headers.width, *height = stream->headers.height;
  return Status::kSuccess;
}
FAKE_API(JpegStreamGetComponentsNum, (Stream stream, unsigned* count)) {
  FAKE_ENTER(JpegStreamGetComponentsNum);
  if (const Use use(kFunction, stream); !use || stream->data == nullptr) return Status::kInvalidParameter;
  *count = stream->headers.components;
  return Status::kSuccess;
}

FAKE_API(DecodeParamsCreate, (Handle handle, DecodeParams* params)) {
  FAKE_ENTER(DecodeParamsCreate);
  return fake::Make(kFunction, handle, params);
}
FAKE_API(DecodeParamsDestroy, (DecodeParams params)) {
  FAKE_ENTER(DecodeParamsDestroy);
  return fake::Destroy(kFunction, params);
}
FAKE_API(DecodeParamsSetOutputFormat, (DecodeParams params, OutputFormat format)) {
  FAKE_ENTER(DecodeParamsSetOutputFormat);
  if (const Use use(kFunction, params); !use) return Status::kInvalidParameter;
  params->request.format = format;
  return Status::kSuccess;
}
FAKE_API(DecodeParamsSetROI, (DecodeParams params, int x, int y, int width, int height)) {
  FAKE_ENTER(DecodeParamsSetROI);
  if (const Use use(kFunction, params); !use) return Status::kInvalidParameter;
  const bool none = width == -1 && height == -1;
  if (x < 0 || y < 0 || (!none && (width <= 0 || height <= 0))) return Status::kInvalidParameter;
  params->request.x = x, params->request.y = y, params->request.width = width, params->request.height = height;
  return Status::kSuccess;
}
FAKE_API(DecodeParamsSetAllowCMYK, (DecodeParams params, int allow)) {
  FAKE_ENTER(DecodeParamsSetAllowCMYK);
  if (const Use use(kFunction, params); !use) return Status::kInvalidParameter;
  params->request.allow_cmyk = allow != 0;
  return Status::kSuccess;
}
FAKE_API(DecodeParamsSetScaleFactor, (DecodeParams params, ScaleFactor factor)) {
  FAKE_ENTER(DecodeParamsSetScaleFactor);
  if (const Use use(kFunction, params); !use) return Status::kInvalidParameter;
  params->request.shrink = 1 << static_cast<int>(factor);
  return Status::kSuccess;
}
FAKE_API(DecodeParamsSetExifOrientation, (DecodeParams params, Orientation orientation)) {
  FAKE_ENTER(DecodeParamsSetExifOrientation);
  if (const Use use(kFunction, params); !use) return Status::kInvalidParameter;
  params->request.orientation = orientation;
  params->request.swaps_quarter_turns = Version() < 120200;
  return Status::kSuccess;
}

FAKE_API(BufferPinnedCreateV2, (Handle handle, PinnedAllocator* allocator, PinnedBuffer* buffer)) {
  FAKE_ENTER(BufferPinnedCreateV2);
  if (allocator == nullptr) fakeCudaViolation("%s: no allocator", kFunction);
  return fake::Make(kFunction, handle, buffer);
}
FAKE_API(BufferPinnedDestroy, (PinnedBuffer buffer)) {
  FAKE_ENTER(BufferPinnedDestroy);
  if (const Use use(kFunction, buffer); !use) return Status::kInvalidParameter;
  buffer->memory.Release(buffer->handle->pinned_allocator);
  return fake::Destroy(kFunction, buffer);
}
FAKE_API(BufferDeviceCreateV2, (Handle handle, DeviceAllocator* allocator, DeviceBuffer* buffer)) {
  FAKE_ENTER(BufferDeviceCreateV2);
  if (allocator == nullptr) fakeCudaViolation("%s: no allocator", kFunction);
  return fake::Make(kFunction, handle, buffer);
}
FAKE_API(BufferDeviceDestroy, (DeviceBuffer buffer)) {
  FAKE_ENTER(BufferDeviceDestroy);
  if (const Use use(kFunction, buffer); !use) return Status::kInvalidParameter;
  buffer->memory.Release(buffer->handle->device_allocator);
  return fake::Destroy(kFunction, buffer);
}

FAKE_API(DecoderCreate, (Handle handle, Implementation implementation, Decoder* decoder)) {
  FAKE_ENTER(DecoderCreate);
  const Status status = fake::Make(kFunction, handle, decoder);
  if (status == Status::kSuccess) (*decoder)->implementation = implementation;
  return status;
}
FAKE_API(DecoderDestroy, (Decoder decoder)) {
  FAKE_ENTER(DecoderDestroy);
  return fake::Destroy(kFunction, decoder);
}

FAKE_API(JpegStateCreate, (Handle handle, State* state)) {
  FAKE_ENTER(JpegStateCreate);
  return fake::Make(kFunction, handle, state);
}
FAKE_API(DecoderStateCreate, (Handle handle, Decoder decoder, State* state)) {
  FAKE_ENTER(DecoderStateCreate);
  if (!fake::Object::IsAlive(decoder, Decoder_::kKind)) return Status::kInvalidParameter;
  const Status status = fake::Make(kFunction, handle, state);
  if (status == Status::kSuccess) (*state)->decoder = decoder;
  return status;
}
FAKE_API(JpegStateDestroy, (State state)) {
  FAKE_ENTER(JpegStateDestroy);
  if (const Use use(kFunction, state); !use) return Status::kInvalidParameter;
  state->memory.Release(state->handle->device_allocator);
  return fake::Destroy(kFunction, state);
}
