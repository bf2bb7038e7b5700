#include "encode.hpp"

#include <algorithm>
#include <cstring>

#include "encode_plan.hpp"

namespace polycodec::nvjpeg2k {
namespace {

constexpr size_t kNone = SIZE_MAX;

/* Puts boxes before the code stream, and comments behind its main header. */
void Write(const polycodec_encode_task& task, const jp2::Picture& picture, const uint8_t* stream, size_t size) try {
  const std::vector<uint8_t> head = jp2::BeginFile(task, picture), comments = jp2::CommentSegments(task);
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

}  // namespace

struct PictureEncoder::Slot {
  explicit Slot(const Session& session)
      : stream(session.device), done(session.device), params(session.api().EncodeParamsDestroy),
        state(session.api().EncodeStateDestroy) {
    POLYCODEC_NVJPEG2K_CALL(session.api(), EncodeParamsCreate, params.out());
    POLYCODEC_NVJPEG2K_CALL(session.api(), EncodeStateCreate, session.encoder, state.out());
  }
  CudaStream cuda_stream() const { return static_cast<CudaStream>(stream.get()); }

  cuda::Stream stream;
  cuda::Event done;
  Owned<EncodeParams> params;
  Owned<EncodeState> state;
  cuda::Memory pinned, on_device;
  jp2::Picture picture{};
  size_t place = kNone;  // of the task whose picture it has
};

PictureEncoder::PictureEncoder(Session& session) : session_(session) {}
PictureEncoder::~PictureEncoder() {
  if (session_.encoder != nullptr) session_.device.api->set_device(session_.device.index);
}

void PictureEncoder::Encode(const polycodec_encode_task* const* tasks, size_t count, polycodec_status* statuses) {
  const Chunk chunk{tasks, statuses};
  for (size_t i = 0; i < count; i++) Run(chunk, i, slots_[i % 2]);
  for (auto& slot : slots_) Collect(chunk, slot);
  for (size_t i = 0; i < count; i++) {
    if (statuses[i] != POLYCODEC_OUT_OF_MEMORY) continue;
    // Once more and alone, with what the others have held.
    for (auto& slot : slots_) slot.reset();
    Run(chunk, i, slots_[0]);
    Collect(chunk, slots_[0]);
  }
}

void PictureEncoder::Run(const Chunk& chunk, size_t place, std::unique_ptr<Slot>& slot) {
  const polycodec_encode_task& task = *chunk.tasks[place];
  Collect(chunk, slot);
  bool broken = false;
  chunk.statuses[place] = POLYCODEC_SUCCESS;
  const bool begun = cuda::Try(session_, task.call, chunk.statuses[place], &broken, [&] {
    cuda::RequireNotCancelled(task.call);
    session_.Enter();
    if (!slot) slot = std::make_unique<Slot>(session_);
    Begin(*slot, task);
    slot->place = place;
  });
  if (!begun && slot) Settle(slot, broken);
}

/* Asynchronous from the copy to the device on. */
void PictureEncoder::Begin(Slot& slot, const polycodec_encode_task& task) {
  const Functions& api = session_.api();
  const cuda::Device& device = session_.device;
  EncodePlan plan = PlanEncode(task, session_.library.version);
  plan.config.components = plan.components.data();
  slot.picture = plan.picture;
  const size_t bytes = plan.given.row_stride * plan.given.height * plan.planes;
  if (task.max_scratch_bytes != 0 && bytes > task.max_scratch_bytes) {
    throw cuda::Failure(POLYCODEC_RESOLUTION_UNSUPPORTED, "needs " + std::to_string(bytes) + " bytes of pinned memory");
  }
  // Refused before anything is copied; the configuration before the quality, which is checked by it.
  const EncodeParams params = slot.params.get();
  POLYCODEC_NVJPEG2K_CALL(api, EncodeParamsSetEncodeConfig, params, &plan.config);
  if (plan.is_lossy) POLYCODEC_NVJPEG2K_CALL(api, EncodeParamsSpecifyQuality, params, plan.quality_type, plan.quality);
  POLYCODEC_NVJPEG2K_CALL(api, EncodeParamsSetInputFormat, params, plan.format);

  const uint8_t* first = task.pixels;
  const polycodec_layout& from = task.device >= 0 ? task.input : plan.given;
  if (task.device >= 0) {
    if (plan.given.sample_format != task.input.sample_format) {
      throw cuda::Failure(POLYCODEC_SAMPLE_FORMAT_UNSUPPORTED, "on the device the library's own formats only");
    }
    if (task.has_cuda_stream) {
      device.Check(device.api->join(device.index, task.cuda_stream, slot.stream.get()), "cudaStreamWaitEvent");
    }
  } else {
    slot.pinned = cuda::Memory(device, cuda::Place::kPinned, bytes, slot.stream);
    if (!host->convert(task.pixels, &task.input, slot.pinned.data(), &plan.given)) {
      throw cuda::Failure(POLYCODEC_SAMPLE_FORMAT_UNSUPPORTED, "no conversion from the input's layout");
    }
    slot.on_device = cuda::Memory(device, cuda::Place::kDevice, bytes, slot.stream);
    device.Check(device.api->copy(slot.on_device.data(), slot.pinned.data(), bytes, slot.stream.get()), "cudaMemcpyAsync");
    first = slot.on_device.data();
  }
  void* pixels[4] = {};
  size_t pitch[4] = {};
  for (uint32_t c = 0; c < plan.config.num_components; c++) {
    const size_t offset = plan.planes > 1 ? from.plane_stride * plan.plane_of[c] : 0;
    pixels[c] = const_cast<uint8_t*>(first + offset);  // the library's interface has one type for both ways
    pitch[c] = from.row_stride;
  }
  const ImageBuffers image{
      .pixels = pixels, .pitch = pitch, .pixel_type = plan.pixel_type, .components = plan.config.num_components};
  POLYCODEC_NVJPEG2K_CALL(api, Encode, session_.encoder, slot.state.get(), params, &image, slot.cuda_stream());
  slot.done.Record(slot.stream);
}

/* Takes the code stream of the picture that the slot has, if it has one. */
void PictureEncoder::Collect(const Chunk& chunk, std::unique_ptr<Slot>& slot) {
  if (!slot || slot->place == kNone) return;
  const size_t place = std::exchange(slot->place, kNone);
  const polycodec_encode_task& task = *chunk.tasks[place];
  bool broken = false;
  const bool ended = cuda::Try(session_, task.call, chunk.statuses[place], &broken, [&] { End(*slot, task); });
  if (!ended) return Settle(slot, broken);
  slot->pinned.Reset();
  slot->on_device.Reset();
}

/* After a failure: waits for what is under way. */
void PictureEncoder::Settle(std::unique_ptr<Slot>& slot, bool broken) {
  session_.device.api->stream_synchronize(slot->stream.get());
  slot->pinned.Reset();
  slot->on_device.Reset();
  if (!broken) return;
  slot->stream.Drop();
  slot.reset();
}

void PictureEncoder::End(Slot& slot, const polycodec_encode_task& task) {
  const Functions& api = session_.api();
  session_.device.MakeCurrent();
  slot.done.Wait();
  size_t size = 0;
  POLYCODEC_NVJPEG2K_CALL(api, EncodeRetrieveBitstream, session_.encoder, slot.state.get(), nullptr, &size, slot.cuda_stream());
  const cuda::Memory bytes(session_.device, cuda::Place::kPinned, size, slot.stream);
  POLYCODEC_NVJPEG2K_CALL(api, EncodeRetrieveBitstream, session_.encoder, slot.state.get(), bytes.data(), &size,
                          slot.cuda_stream());
  session_.device.Check(session_.device.api->stream_synchronize(slot.stream.get()), "cudaStreamSynchronize");
  Write(task, slot.picture, bytes.data(), size);
}

}  // namespace polycodec::nvjpeg2k
