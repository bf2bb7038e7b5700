/* Encoding: the picture is read, and the code stream made, when the stream comes to it. */
#include <algorithm>
#include <cstring>

#include "objects.hpp"

using namespace polycodec::nvjpeg;
using fake::CheckShared;
using fake::Use;

FAKE_API(EncoderStateCreate, (Handle handle, EncoderState* state, CudaStream cuda)) {
  FAKE_ENTER(EncoderStateCreate);
  if (!fake::CheckStream(kFunction, cuda)) return Status::kInvalidParameter;
  return fake::Make(kFunction, handle, state, cuda);
}
FAKE_API(EncoderStateDestroy, (EncoderState state)) {
  FAKE_ENTER(EncoderStateDestroy);
  if (const Use use(kFunction, state); !use) return Status::kInvalidParameter;
  state->memory.Release(state->handle->device_allocator);
  return fake::Destroy(kFunction, state);
}
FAKE_API(EncoderParamsCreate, (Handle handle, EncoderParams* params, CudaStream cuda)) {
  FAKE_ENTER(EncoderParamsCreate);
  if (!fake::CheckStream(kFunction, cuda)) return Status::kInvalidParameter;
  return fake::Make(kFunction, handle, params);
}
FAKE_API(EncoderParamsDestroy, (EncoderParams params)) {
  FAKE_ENTER(EncoderParamsDestroy);
  return fake::Destroy(kFunction, params);
}
FAKE_API(EncoderParamsSetQuality, (EncoderParams params, int quality, CudaStream)) {
  FAKE_ENTER(EncoderParamsSetQuality);
  if (const Use use(kFunction, params); !use || quality < 1 || quality > 100) return Status::kInvalidParameter;
  params->request.quality = quality;
  return Status::kSuccess;
}
FAKE_API(EncoderParamsSetEncoding, (EncoderParams params, Encoding encoding, CudaStream)) {
  FAKE_ENTER(EncoderParamsSetEncoding);
  if (const Use use(kFunction, params); !use) return Status::kInvalidParameter;
  if (encoding != Encoding::kBaselineDct && encoding != Encoding::kProgressiveDctHuffman) return Status::kJpegNotSupported;
  params->request.encoding = encoding;
  return Status::kSuccess;
}
FAKE_API(EncoderParamsSetOptimizedHuffman, (EncoderParams params, int optimized, CudaStream)) {
  FAKE_ENTER(EncoderParamsSetOptimizedHuffman);
  if (const Use use(kFunction, params); !use) return Status::kInvalidParameter;
  params->request.optimized = optimized != 0;
  return Status::kSuccess;
}
FAKE_API(EncoderParamsSetSamplingFactors, (EncoderParams params, Subsampling subsampling, CudaStream)) {
  FAKE_ENTER(EncoderParamsSetSamplingFactors);
  if (const Use use(kFunction, params); !use || subsampling == Subsampling::kUnknown) return Status::kInvalidParameter;
  if (subsampling == Subsampling::k410V) return Status::kJpegNotSupported;
  params->request.subsampling = subsampling;
  return Status::kSuccess;
}
FAKE_API(EncoderParamsSetRestartInterval, (EncoderParams params, unsigned interval, CudaStream)) {
  FAKE_ENTER(EncoderParamsSetRestartInterval);
  if (const Use use(kFunction, params); !use) return Status::kInvalidParameter;
  params->request.restart_interval = interval;
  return Status::kSuccess;
}

static Status Start(const char* function, Handle handle, EncoderState state, EncoderParams params, const ImageBuffers& image,
                    unsigned planes, bool swap, bool yuv, int width, int height, CudaStream cuda) {
  const Use use(function, state, params);
  if (!CheckShared(function, handle) || !use || width <= 0 || height <= 0) return Status::kInvalidParameter;
  if (cuda != state->stream) fakeCudaViolation("%s: not on the stream that the state was made with", function);
  if (state->pending > 0) fakeCudaViolation("%s: the state's last picture is not done", function);
  const unsigned channels = planes == 1 ? 1 : 3;
  if (!fake::CheckImage(function, image, planes == 0 ? 1 : planes, size_t(width) * (planes == 0 ? 3 : 1))) {
    return Status::kInvalidParameter;
  }
  const size_t scratch = size_t(width) * size_t(height) * channels * 2;
  if (!state->memory.Reserve(handle->device_allocator, scratch, handle->device_padding, cuda, fake::kDevice)) {
    return Status::kAllocatorFailure;
  }
  fake::EncodeRequest request = params->request;
  request.yuv = yuv;
  auto bytes = state->bytes = std::make_shared<std::vector<uint8_t>>();
  return fake::Enqueue(function, cuda, {state}, [=] {
    fake::Picture picture{.width = unsigned(width), .height = unsigned(height), .channels = channels, .bytes = 1, .samples = {}};
    const unsigned step = planes == 0 ? 3 : 1;
    const uint8_t* first[3] = {};
    for (unsigned c = 0; c < std::max(1u, planes); c++) {
      const size_t bytes = image.pitch[c] * size_t(height - 1) + size_t(width) * step;
      first[c] = static_cast<const uint8_t*>(fakeCudaBytes(image.channel[c], bytes, function));
      if (first[c] == nullptr) return;
    }
    for (size_t y = 0; y < size_t(height); y++) {
      for (size_t x = 0; x < size_t(width); x++) {
        for (unsigned c = 0; c < channels; c++) {
          const unsigned from = swap ? 2 - c : c, plane = planes == 0 ? 0 : from;
          picture.samples.push_back(first[plane][y * image.pitch[plane] + x * step + (planes == 0 ? from : 0)]);
        }
      }
    }
    if (fake::Encode(picture, request, *bytes) != Status::kSuccess) fakeCudaViolation("libjpeg refused a picture");
  });
}

/* Of YUV pictures the fake takes those of full resolution, and gray ones. */
FAKE_API(EncodeYUV, (Handle handle, EncoderState state, EncoderParams params, const ImageBuffers* image,
                     Subsampling subsampling, int width, int height, CudaStream cuda)) {
  FAKE_ENTER(EncodeYUV);
  if (subsampling != Subsampling::k444 && subsampling != Subsampling::kGray) return Status::kJpegNotSupported;
  const unsigned planes = subsampling == Subsampling::kGray ? 1 : 3;
  return Start(kFunction, handle, state, params, *image, planes, false, true, width, height, cuda);
}

FAKE_API(EncodeImage, (Handle handle, EncoderState state, EncoderParams params, const ImageBuffers* image,
                       InputFormat format, int width, int height, CudaStream cuda)) {
  FAKE_ENTER(EncodeImage);
  const bool interleaved = format == InputFormat::kRgbI || format == InputFormat::kBgrI;
  const bool swap = format == InputFormat::kBgr || format == InputFormat::kBgrI;
  return Start(kFunction, handle, state, params, *image, interleaved ? 0 : 3, swap, false, width, height, cuda);
}

FAKE_API(EncodeRetrieveBitstream, (Handle handle, EncoderState state, unsigned char* data, size_t* length, CudaStream cuda)) {
  FAKE_ENTER(EncodeRetrieveBitstream);
  return fake::RetrieveBitstream(kFunction, handle, state, data, length, cuda);
}
