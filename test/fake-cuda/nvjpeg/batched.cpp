/* Decoding a batch in one call: hardware engines, Huffman decoding on the GPU, lossless. */
#include "objects.hpp"

using namespace polycodec::nvjpeg;
using fake::CheckShared;
using fake::Use;

namespace {

bool Supports(const Handle_& handle, const fake::Headers& headers) {
  switch (handle.implementation) {
    case Implementation::kHardware:
      return headers.marker == 0xc0 && headers.scans == 1 && headers.components != 4 &&
             headers.subsampling != Subsampling::k410 && headers.subsampling != Subsampling::k411 &&
             headers.subsampling != Subsampling::k410V;
    case Implementation::kLosslessJpeg: return headers.marker == 0xc3 && headers.components == 1;
    case Implementation::kGpuHybrid: return headers.marker <= 0xc2;
    default: return headers.marker <= 0xc2 && headers.components != 4;
  }
}

Status Run(const char* function, Handle handle, State state, const unsigned char* const* data, const size_t* sizes,
           ImageBuffers* images, DecodeParams* params, CudaStream cuda) {
  const Use use(function, state);
  if (!CheckShared(function, handle) || !use || !fake::CheckStream(function, cuda)) return Status::kInvalidParameter;
  if (state->batch == 0 || state->decoder != nullptr) {
    fakeCudaViolation("%s: a state not initialized for batches", function);
    return Status::kInvalidParameter;
  }
  if (state->pending > 0) fakeCudaViolation("%s: the state's last batch is not done", function);
  std::vector<std::shared_ptr<fake::Picture>> pictures;
  size_t total = 0;
  for (int i = 0; i < state->batch; i++) {
    fake::Headers headers;
    fake::DecodeRequest request;
    if (params != nullptr) {
      if (const Use own(function, params[i]); !own) return Status::kInvalidParameter;
      request = params[i]->request;
    }
    request.format = state->format;
    request.interpolate = handle->interpolates() && request.width < 0;
    auto picture = std::make_shared<fake::Picture>();
    Status status = fake::ReadHeaders(data[i], sizes[i], headers);
    if (status == Status::kSuccess && !Supports(*handle, headers)) status = Status::kJpegNotSupported;
    if (status == Status::kSuccess) {
      status = handle->implementation == Implementation::kLosslessJpeg
                   ? fake::DecodeLossless(data[i], sizes[i], *picture)
                   : fake::Decode(data[i], sizes[i], request, *picture);
    }
    if (status != Status::kSuccess) return status;  // one bad picture fails the batch
    const unsigned planes = fake::PlanesOf(state->format, picture->channels);
    const size_t row = size_t{picture->width} * (planes > 0 ? 1 : picture->channels * picture->bytes);
    if (!fake::CheckImage(function, images[i], planes > 0 ? planes : 1, row)) return Status::kInvalidParameter;
    total += picture->samples.size();
    pictures.push_back(std::move(picture));
  }
  if (!state->memory.Reserve(handle->device_allocator, total, handle->device_padding, cuda, fake::kDevice)) {
    return Status::kAllocatorFailure;
  }
  const std::vector<ImageBuffers> to(images, images + state->batch);
  std::vector<uint64_t> digests;
  for (int i = 0; i < state->batch; i++) digests.push_back(fake::Digest(data[i], sizes[i]));
  const std::vector<const unsigned char*> inputs(data, data + state->batch);
  const std::vector<size_t> lengths(sizes, sizes + state->batch);
  return fake::Enqueue(function, cuda, {state}, [=, format = state->format] {
    for (size_t i = 0; i < to.size(); i++) {
      if (fake::Digest(inputs[i], lengths[i]) != digests[i]) fakeCudaViolation("a code stream changed in mid-batch");
      fake::Deliver(function, *pictures[i], format, to[i]);
    }
  });
}

}  // namespace

FAKE_API(DecodeBatchedInitialize, (Handle handle, State state, int batch, int threads, OutputFormat format)) {
  FAKE_ENTER(DecodeBatchedInitialize);
  const Use use(kFunction, state);
  if (!CheckShared(kFunction, handle) || !use || batch <= 0 || threads <= 0) return Status::kInvalidParameter;
  if (state->pending > 0) fakeCudaViolation("%s: the state's last batch is not done", kFunction);
  state->batch = batch;
  state->format = format;
  return Status::kSuccess;
}

FAKE_API(DecodeBatchedPreAllocate, (Handle handle, State state, int batch, int width, int height, Subsampling, OutputFormat)) {
  FAKE_ENTER(DecodeBatchedPreAllocate);
  const Use use(kFunction, state);
  if (!CheckShared(kFunction, handle) || !use || batch <= 0 || width <= 0 || height <= 0) return Status::kInvalidParameter;
  const size_t bytes = size_t(batch) * size_t(width) * size_t(height) * 3;
  return state->memory.Reserve(handle->device_allocator, bytes, handle->device_padding, nullptr, fake::kDevice)
             ? Status::kSuccess
             : Status::kAllocatorFailure;
}

FAKE_API(DecodeBatchedSupported, (Handle handle, Stream stream, int* no)) {
  FAKE_ENTER(DecodeBatchedSupported);
  const Use use(kFunction, stream);
  if (!CheckShared(kFunction, handle) || !use || stream->data == nullptr) return Status::kInvalidParameter;
  *no = Supports(*handle, stream->headers) ? 0 : 1;
  return Status::kSuccess;
}

FAKE_API(DecodeBatchedSupportedEx, (Handle handle, Stream stream, DecodeParams params, int* no)) {
  FAKE_ENTER(DecodeBatchedSupportedEx);
  const Use use(kFunction, stream, params);
  if (!CheckShared(kFunction, handle) || !use || stream->data == nullptr) return Status::kInvalidParameter;
  *no = Supports(*handle, stream->headers) ? 0 : 1;
  return Status::kSuccess;
}

FAKE_API(DecodeBatched, (Handle handle, State state, const unsigned char* const* data, const size_t* sizes,
                         ImageBuffers* images, CudaStream cuda)) {
  FAKE_ENTER(DecodeBatched);
  return Run(kFunction, handle, state, data, sizes, images, nullptr, cuda);
}

FAKE_API(DecodeBatchedEx, (Handle handle, State state, const unsigned char* const* data, const size_t* sizes,
                           ImageBuffers* images, DecodeParams* params, CudaStream cuda)) {
  FAKE_ENTER(DecodeBatchedEx);
  return Run(kFunction, handle, state, data, sizes, images, params, cuda);
}
