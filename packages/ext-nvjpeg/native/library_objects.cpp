#include "library_objects.hpp"

namespace polycodec::nvjpeg {

Owned<Decoder> MakeDecoder(const Session& session) {
  Owned<Decoder> made(session.api().DecoderDestroy);
  POLYCODEC_NVJPEG_CALL(session.api(), DecoderCreate, session.handle(), session.implementation, made.out());
  return made;
}

Owned<State> MakeState(const Session& session, Decoder decoder) {
  Owned<State> made(session.api().JpegStateDestroy);
  POLYCODEC_NVJPEG_CALL(session.api(), DecoderStateCreate, session.handle(), decoder, made.out());
  return made;
}

Owned<State> MakeState(const Session& session) {
  Owned<State> made(session.api().JpegStateDestroy);
  POLYCODEC_NVJPEG_CALL(session.api(), JpegStateCreate, session.handle(), made.out());
  return made;
}

Owned<PinnedBuffer> MakePinnedBuffer(const Session& session) {
  Owned<PinnedBuffer> made(session.api().BufferPinnedDestroy);
  PinnedAllocator allocator = session.pinned_allocator;
  POLYCODEC_NVJPEG_CALL(session.api(), BufferPinnedCreateV2, session.handle(), &allocator, made.out());
  return made;
}

Owned<DeviceBuffer> MakeDeviceBuffer(const Session& session) {
  Owned<DeviceBuffer> made(session.api().BufferDeviceDestroy);
  DeviceAllocator allocator = session.device_allocator;
  POLYCODEC_NVJPEG_CALL(session.api(), BufferDeviceCreateV2, session.handle(), &allocator, made.out());
  return made;
}

Owned<Stream> MakeStream(const Session& session) {
  Owned<Stream> made(session.api().JpegStreamDestroy);
  POLYCODEC_NVJPEG_CALL(session.api(), JpegStreamCreate, session.handle(), made.out());
  return made;
}

Owned<DecodeParams> MakeParams(const Session& session) {
  Owned<DecodeParams> made(session.api().DecodeParamsDestroy);
  POLYCODEC_NVJPEG_CALL(session.api(), DecodeParamsCreate, session.handle(), made.out());
  return made;
}

void SetParams(const Session& session, DecodeParams params, const DecodePlan& plan) {
  const Functions& api = session.api();
  POLYCODEC_NVJPEG_CALL(api, DecodeParamsSetOutputFormat, params, plan.format);
  POLYCODEC_NVJPEG_CALL(api, DecodeParamsSetAllowCMYK, params, plan.from_cmyk ? 1 : 0);
  POLYCODEC_NVJPEG_CALL(api, DecodeParamsSetROI, params, plan.roi_x, plan.roi_y, plan.roi_width, plan.roi_height);
  if (api.DecodeParamsSetExifOrientation != nullptr) {
    POLYCODEC_NVJPEG_CALL(api, DecodeParamsSetExifOrientation, params, plan.orientation);
  }
}

void RequireSame(const Session& session, Stream stream, const CodedPicture& coded) {
  unsigned width = 0, height = 0, components = 0;
  POLYCODEC_NVJPEG_CALL(session.api(), JpegStreamGetFrameDimensions, stream, &width, &height);
  POLYCODEC_NVJPEG_CALL(session.api(), JpegStreamGetComponentsNum, stream, &components);
  if (width == coded.width && height == coded.height && components == coded.components) return;
  throw cuda::Failure(POLYCODEC_IMAGE_CORRUPTED, "nvJPEG reads " + std::to_string(width) + " x " + std::to_string(height) +
                                                     " and " + std::to_string(components) + " components");
}

void RequireScratch(const polycodec_decode_task& task, const DecodePlan& plan, const CodedPicture& coded) {
  // Coefficients of two bytes, and the pixels on their way, both pinned.
  const uint64_t bytes = uint64_t{coded.width} * coded.height * coded.components * 2 +
                         plan.produced.kept.row_stride * plan.produced.kept.height * plan.produced.planes;
  cuda::RequireScratch(task.max_scratch_bytes, bytes);
}

}  // namespace polycodec::nvjpeg
