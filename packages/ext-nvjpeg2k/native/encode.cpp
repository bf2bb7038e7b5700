#include "encode.hpp"

#include <algorithm>
#include <cstring>

#include "encode_plan.hpp"

namespace polycodec::nvjpeg2k {

EncoderSlot::EncoderSlot(const Session& session)
    : cuda::EncoderSlot(session.device), params_(session.api().EncodeParamsDestroy),
      state_(session.api().EncodeStateDestroy) {
  POLYCODEC_NVJPEG2K_CALL(session.api(), EncodeParamsCreate, params_.out());
  POLYCODEC_NVJPEG2K_CALL(session.api(), EncodeStateCreate, session.encoder(), state_.out());
}

void EncoderSlot::Begin(const Session& session, const polycodec_encode_task& task) {
  const Functions& api = session.api();
  EncodePlan plan = PlanEncode(task, session.library.version);
  plan.config.components = plan.components.data();
  picture_ = plan.picture;
  // Refused before anything is copied; the configuration before the quality, which is checked by it.
  const EncodeParams params = params_.get();
  POLYCODEC_NVJPEG2K_CALL(api, EncodeParamsSetEncodeConfig, params, &plan.config);
  if (plan.is_lossy) POLYCODEC_NVJPEG2K_CALL(api, EncodeParamsSpecifyQuality, params, plan.quality_type, plan.quality);
  POLYCODEC_NVJPEG2K_CALL(api, EncodeParamsSetInputFormat, params, plan.format);

  input = cuda::PictureInput(session.device, task, plan.given, stream);
  void* pixels[4] = {};
  size_t pitch[4] = {};
  for (uint32_t c = 0; c < plan.config.num_components; c++) {
    pixels[c] = input.plane(plan.planes > 1 ? plan.plane_of[c] : 0);
    pitch[c] = input.row_stride();
  }
  const ImageBuffers image{
      .pixels = pixels, .pitch = pitch, .pixel_type = plan.pixel_type, .components = plan.config.num_components};
  POLYCODEC_NVJPEG2K_CALL(api, Encode, session.encoder(), state_.get(), params, &image, cuda_stream());
}

void EncoderSlot::Retrieve(const Session& session, uint8_t* to, size_t* size) {
  POLYCODEC_NVJPEG2K_CALL(session.api(), EncodeRetrieveBitstream, session.encoder(), state_.get(), to, size, cuda_stream());
}

void EncoderSlot::Write(const polycodec_encode_task& task, const uint8_t* stream, size_t size) try {
  const std::vector<uint8_t> head = jp2::BeginFile(task, picture_), comments = jp2::CommentSegments(task);
  const size_t main_header = std::min(size, jp2::MainHeaderEnd(stream, size));
  const size_t total = head.size() + size + comments.size();
  size_t actual = 0;
  uint8_t* const out = host->sink_reserve(task.call, total, &actual);
  if (out == nullptr) throw cuda::Failure(POLYCODEC_OUT_OF_MEMORY, "no memory for the code stream");
  uint8_t* at = out;
  const auto put = [&at](const uint8_t* bytes, size_t count) {
    if (count > 0) std::memcpy(at, bytes, count);
    at += count;
  };
  put(head.data(), head.size());
  put(stream, main_header);
  put(comments.data(), comments.size());
  put(stream + main_header, size - main_header);
  jp2::EndFile(out, head.size(), total);
  host->sink_finish(task.call, total);
} catch (const jp2::Problem& problem) {
  throw cuda::Failure(POLYCODEC_FAIL, problem.what());
}

}  // namespace polycodec::nvjpeg2k
