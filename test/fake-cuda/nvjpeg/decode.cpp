/* Decoding one picture in three steps: on the host, to the device, on the device. */
#include "objects.hpp"

using namespace polycodec::nvjpeg;
using fake::CheckShared;
using fake::Use;

/* 0 is yes. */
FAKE_API(DecoderJpegSupported, (Decoder decoder, Stream stream, DecodeParams params, int* no)) {
  FAKE_ENTER(DecoderJpegSupported);
  const Use use(kFunction, decoder, stream, params);
  if (!use || stream->data == nullptr) return Status::kInvalidParameter;
  const int marker = stream->headers.marker;
  const bool huffman_on_gpu = decoder->implementation == Implementation::kGpuHybrid;
  *no = huffman_on_gpu ? (marker == 0xc0 && stream->headers.scans == 1 ? 0 : 1) : marker <= 0xc2 ? 0 : 1;
  return Status::kSuccess;
}

FAKE_API(StateAttachPinnedBuffer, (State state, PinnedBuffer buffer)) {
  FAKE_ENTER(StateAttachPinnedBuffer);
  const Use use(kFunction, state, buffer);
  if (!use) return Status::kInvalidParameter;
  state->pinned = buffer;
  return Status::kSuccess;
}

FAKE_API(StateAttachDeviceBuffer, (State state, DeviceBuffer buffer)) {
  FAKE_ENTER(StateAttachDeviceBuffer);
  const Use use(kFunction, state, buffer);
  if (!use) return Status::kInvalidParameter;
  state->device = buffer;
  return Status::kSuccess;
}

FAKE_API(DecodeJpegHost, (Handle handle, Decoder decoder, State state, DecodeParams params, Stream stream)) {
  FAKE_ENTER(DecodeJpegHost);
  const Use use(kFunction, decoder, state, params, stream);
  if (!CheckShared(kFunction, handle) || !use || stream->data == nullptr) return Status::kInvalidParameter;
  const auto fault = [&](const char* fact) {
    fakeCudaViolation("%s: %s", kFunction, fact);
    return Status::kInvalidParameter;
  };
  if (state->decoder != decoder) return fault("the state belongs to another decoder");
  if (!stream->whole) return fault("only the header is parsed");
  if (state->pinned == nullptr) return fault("no pinned buffer is attached");
  if (state->pinned->pending > 0) return fault("the pinned buffer is still being transferred");
  if (decoder->implementation == Implementation::kGpuHybrid && stream->headers.marker != 0xc0) {
    return Status::kJpegNotSupported;
  }
  if (stream->headers.marker > 0xc2) return Status::kJpegNotSupported;
  const Allocator& pinned = handle->pinned_allocator;
  const size_t coefficients = size_t{stream->headers.width} * stream->headers.height * 2;
  if (!state->pinned->memory.Reserve(pinned, coefficients, handle->pinned_padding, nullptr, fake::kPinned)) {
    return Status::kAllocatorFailure;
  }
  fake::DecodeRequest request = params->request;
  const bool whole = request.width < 0;
  if (!whole && (unsigned(request.x + request.width) > stream->headers.width ||
                 unsigned(request.y + request.height) > stream->headers.height)) {
    return Status::kInvalidParameter;
  }
  // As is said of the real one: a region's chroma is repeated, not interpolated.
  request.interpolate = handle->interpolates() && whole;
  auto picture = std::make_shared<fake::Picture>();
  const Status status = fake::Decode(stream->data, stream->size, request, *picture);
  if (status != Status::kSuccess) return status;
  state->picture = std::move(picture);
  state->request = request;
  state->stage = State_::Stage::kHostDone;
  return Status::kSuccess;
}

FAKE_API(DecodeJpegTransferToDevice, (Handle handle, Decoder decoder, State state, Stream stream, CudaStream cuda)) {
  FAKE_ENTER(DecodeJpegTransferToDevice);
  const Use use(kFunction, decoder, state, stream);
  if (!CheckShared(kFunction, handle) || !use) return Status::kInvalidParameter;
  if (state->stage != State_::Stage::kHostDone || state->device == nullptr || stream->data == nullptr) {
    fakeCudaViolation("%s: before the host's part, or without a device buffer", kFunction);
    return Status::kInvalidParameter;
  }
  if (state->device->pending > 0 && state->device->last != cuda) {
    fakeCudaViolation("%s: the device buffer is in use on another stream", kFunction);
  }
  const size_t bytes = size_t{stream->headers.width} * stream->headers.height * 4;
  if (bytes > state->device->memory.size && state->device->pending > 0) {
    fakeCudaViolation("%s: the device buffer grows while it is in use", kFunction);
  }
  if (!state->device->memory.Reserve(handle->device_allocator, bytes, handle->device_padding, cuda, fake::kDevice)) {
    return Status::kAllocatorFailure;
  }
  state->device->last = state->stream = cuda;
  const unsigned char* data = stream->data;
  const size_t size = stream->size;
  const Status status =
      fake::Enqueue(kFunction, cuda, {state->pinned, state->device, stream}, [data, size, digest = fake::Digest(data, size)] {
        if (fake::Digest(data, size) != digest) fakeCudaViolation("the code stream changed before it was transferred");
      });
  if (status == Status::kSuccess) state->stage = State_::Stage::kTransferred;
  return status;
}

FAKE_API(DecodeJpegDevice, (Handle handle, Decoder decoder, State state, ImageBuffers* image, CudaStream cuda)) {
  FAKE_ENTER(DecodeJpegDevice);
  const Use use(kFunction, decoder, state);
  if (!CheckShared(kFunction, handle) || !use) return Status::kInvalidParameter;
  if (state->stage != State_::Stage::kTransferred || state->stream != cuda) {
    fakeCudaViolation("%s: before the transfer, or on another stream", kFunction);
    return Status::kInvalidParameter;
  }
  state->stage = State_::Stage::kIdle;
  const std::shared_ptr<fake::Picture> picture = std::move(state->picture);
  const OutputFormat format = state->request.format;
  const unsigned planes = fake::PlanesOf(format, picture->channels);
  const size_t row = size_t{picture->width} * (planes > 0 ? 1 : picture->channels);
  if (!fake::CheckImage(kFunction, *image, planes > 0 ? planes : 1, row)) return Status::kInvalidParameter;
  return fake::Enqueue(kFunction, cuda, {state, state->device},
                       [=, to = *image] { fake::Deliver(kFunction, *picture, format, to); });
}
