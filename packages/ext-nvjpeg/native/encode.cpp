#include "encode.hpp"

#include <cstring>

#include <polycodec_jpeg_metadata.hpp>

#include "encode_plan.hpp"

namespace polycodec::nvjpeg {
namespace {

constexpr size_t kStartOfImage = 2;

/* Where metadata goes: behind the start of the image, and behind JFIF's segment, which must come first. */
size_t PlaceOfMetadata(const uint8_t* bytes, size_t size) {
  if (size < 4 || bytes[2] != 0xff || bytes[3] != 0xe0) return kStartOfImage;
  return std::min(size, kStartOfImage + 2 + (size_t{bytes[4]} << 8 | bytes[5]));
}

}  // namespace

EncoderSlot::EncoderSlot(const Session& session)
    : cuda::EncoderSlot(session.device), params_(session.api().EncoderParamsDestroy),
      state_(session.api().EncoderStateDestroy) {
  POLYCODEC_NVJPEG_CALL(session.api(), EncoderParamsCreate, session.handle(), params_.out(), cuda_stream());
  POLYCODEC_NVJPEG_CALL(session.api(), EncoderStateCreate, session.handle(), state_.out(), cuda_stream());
}

void EncoderSlot::Begin(const Session& session, const polycodec_encode_task& task) {
  const Functions& api = session.api();
  const EncodePlan plan = PlanEncode(task, api.EncoderParamsSetRestartInterval != nullptr);
  input = cuda::PictureInput(session.device, task, plan.given, stream);
  ImageBuffers image{};
  for (uint32_t c = 0; c < plan.planes; c++) {
    image.channel[c] = input.plane(c);
    image.pitch[c] = input.row_stride();
  }
  const EncoderParams params = params_.get();
  POLYCODEC_NVJPEG_CALL(api, EncoderParamsSetQuality, params, plan.quality, cuda_stream());
  POLYCODEC_NVJPEG_CALL(api, EncoderParamsSetEncoding, params, plan.encoding, cuda_stream());
  POLYCODEC_NVJPEG_CALL(api, EncoderParamsSetOptimizedHuffman, params, plan.optimized ? 1 : 0, cuda_stream());
  POLYCODEC_NVJPEG_CALL(api, EncoderParamsSetSamplingFactors, params, plan.subsampling, cuda_stream());
  if (api.EncoderParamsSetRestartInterval != nullptr) {
    POLYCODEC_NVJPEG_CALL(api, EncoderParamsSetRestartInterval, params, plan.restart_interval, cuda_stream());
  }
  const auto width = static_cast<int>(task.input.width), height = static_cast<int>(task.input.height);
  if (plan.is_yuv) {
    const Subsampling given = plan.given.channels == 1 ? Subsampling::kGray : Subsampling::k444;
    POLYCODEC_NVJPEG_CALL(api, EncodeYUV, session.handle(), state_.get(), params, &image, given, width, height, cuda_stream());
  } else {
    POLYCODEC_NVJPEG_CALL(api, EncodeImage, session.handle(), state_.get(), params, &image, plan.input, width, height,
                          cuda_stream());
  }
}

void EncoderSlot::Retrieve(const Session& session, uint8_t* to, size_t* size) {
  POLYCODEC_NVJPEG_CALL(session.api(), EncodeRetrieveBitstream, session.handle(), state_.get(), to, size, cuda_stream());
}

void EncoderSlot::Write(const polycodec_encode_task& task, const uint8_t* bytes, size_t size) {
  jpeg::MetadataSegments metadata;
  metadata.Make(task);
  if (metadata.problem[0] != 0) throw cuda::Failure(POLYCODEC_FAIL, metadata.problem);
  const size_t extra = metadata.bytes.size(), head = PlaceOfMetadata(bytes, size);
  size_t actual = 0;
  uint8_t* out = host->sink_reserve(task.call, size + extra, &actual);
  if (out == nullptr) throw cuda::Failure(POLYCODEC_OUT_OF_MEMORY, "no memory for the code stream");
  std::memcpy(out, bytes, head);
  if (extra > 0) std::memcpy(out + head, metadata.bytes.data(), extra);
  std::memcpy(out + head + extra, bytes + head, size - head);
  host->sink_finish(task.call, size + extra);
}

}  // namespace polycodec::nvjpeg
