#include "encode.hpp"

#include <cstring>

#include <polycodec_jpeg_metadata.hpp>

#include "encode_plan.hpp"

namespace polycodec::nvjpeg {
namespace {

constexpr size_t kNone = SIZE_MAX;
constexpr size_t kStartOfImage = 2;

/* Where metadata goes: behind the start of the image, and behind JFIF's segment, which must come first. */
size_t PlaceOfMetadata(const uint8_t* bytes, size_t size) {
  if (size < 4 || bytes[2] != 0xff || bytes[3] != 0xe0) return kStartOfImage;
  return std::min(size, kStartOfImage + 2 + (size_t{bytes[4]} << 8 | bytes[5]));
}

void Write(const polycodec_encode_task& task, const uint8_t* bytes, size_t size) {
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

}  // namespace

/* The state is bound to the stream that it was made with. */
struct JpegEncoder::Slot {
  explicit Slot(const Session& session)
      : stream(session.device), done(session.device), params(session.api().EncoderParamsDestroy),
        state(session.api().EncoderStateDestroy) {
    POLYCODEC_NVJPEG_CALL(session.api(), EncoderParamsCreate, session.handle, params.out(), cuda_stream());
    POLYCODEC_NVJPEG_CALL(session.api(), EncoderStateCreate, session.handle, state.out(), cuda_stream());
  }
  CudaStream cuda_stream() const { return static_cast<CudaStream>(stream.get()); }

  cuda::Stream stream;
  cuda::Event done;
  Owned<EncoderParams> params;
  Owned<EncoderState> state;
  cuda::Memory pinned, on_device;
  size_t place = kNone;  // of the task whose picture it has
  bool broken = false;
};

JpegEncoder::JpegEncoder(Session& session) : session_(session) {}
JpegEncoder::~JpegEncoder() { session_.device.api->set_device(session_.device.index); }

void JpegEncoder::Encode(const polycodec_encode_task* const* tasks, size_t count, polycodec_status* statuses) {
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

void JpegEncoder::Run(const Chunk& chunk, size_t place, std::unique_ptr<Slot>& slot) {
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
  if (begun || !slot) return;
  session_.device.api->stream_synchronize(slot->stream.get());
  slot->pinned.Reset();
  slot->on_device.Reset();
  if (broken) slot.reset();
}

/* Asynchronous from the copy to the device on. */
void JpegEncoder::Begin(Slot& slot, const polycodec_encode_task& task) {
  const Functions& api = session_.api();
  const cuda::Device& device = session_.device;
  const EncodePlan plan = PlanEncode(task, api.EncoderParamsSetRestartInterval != nullptr);
  const size_t bytes = plan.given.row_stride * plan.given.height * plan.planes;
  if (task.max_scratch_bytes != 0 && bytes > task.max_scratch_bytes) {
    throw cuda::Failure(POLYCODEC_RESOLUTION_UNSUPPORTED, "needs " + std::to_string(bytes) + " bytes of pinned memory");
  }
  ImageBuffers image{};
  const uint8_t* first = task.pixels;
  size_t row = task.input.row_stride, plane = task.input.plane_stride;
  const bool on_device = task.device >= 0;
  if (on_device) {
    const bool same = plan.given.channels == 1 || plan.given.sample_format == task.input.sample_format;
    if (!same) throw cuda::Failure(POLYCODEC_SAMPLE_FORMAT_UNSUPPORTED, "on the device the library's own formats only");
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
    row = plan.given.row_stride, plane = plan.given.plane_stride;
  }
  for (uint32_t c = 0; c < plan.planes; c++) {
    image.channel[c] = const_cast<uint8_t*>(first + plane * c);  // the library's interface has one type for both ways
    image.pitch[c] = row;
  }
  const EncoderParams params = slot.params.get();
  const CudaStream stream = slot.cuda_stream();
  POLYCODEC_NVJPEG_CALL(api, EncoderParamsSetQuality, params, plan.quality, stream);
  POLYCODEC_NVJPEG_CALL(api, EncoderParamsSetEncoding, params, plan.encoding, stream);
  POLYCODEC_NVJPEG_CALL(api, EncoderParamsSetOptimizedHuffman, params, plan.optimized ? 1 : 0, stream);
  POLYCODEC_NVJPEG_CALL(api, EncoderParamsSetSamplingFactors, params, plan.subsampling, stream);
  if (api.EncoderParamsSetRestartInterval != nullptr) {
    POLYCODEC_NVJPEG_CALL(api, EncoderParamsSetRestartInterval, params, plan.restart_interval, stream);
  }
  const auto width = static_cast<int>(task.input.width), height = static_cast<int>(task.input.height);
  if (plan.is_yuv) {
    const Subsampling given = plan.given.channels == 1 ? Subsampling::kGray : Subsampling::k444;
    POLYCODEC_NVJPEG_CALL(api, EncodeYUV, session_.handle, slot.state.get(), params, &image, given, width, height, stream);
  } else {
    POLYCODEC_NVJPEG_CALL(api, EncodeImage, session_.handle, slot.state.get(), params, &image, plan.input, width, height,
                          stream);
  }
  slot.done.Record(slot.stream);
}

/* Takes the code stream of the picture that the slot has, if it has one. */
void JpegEncoder::Collect(const Chunk& chunk, std::unique_ptr<Slot>& slot) {
  if (!slot || slot->place == kNone) return;
  const size_t place = std::exchange(slot->place, kNone);
  const polycodec_encode_task& task = *chunk.tasks[place];
  bool broken = false;
  const bool ended = cuda::Try(session_, task.call, chunk.statuses[place], &broken, [&] { End(*slot, task); });
  if (!ended) session_.device.api->stream_synchronize(slot->stream.get());
  slot->pinned.Reset();
  slot->on_device.Reset();
  if (!broken) return;
  slot->stream.Drop();
  slot.reset();
}

void JpegEncoder::End(Slot& slot, const polycodec_encode_task& task) {
  const Functions& api = session_.api();
  session_.device.MakeCurrent();
  slot.done.Wait();
  size_t size = 0;
  POLYCODEC_NVJPEG_CALL(api, EncodeRetrieveBitstream, session_.handle, slot.state.get(), nullptr, &size, slot.cuda_stream());
  const cuda::Memory bytes(session_.device, cuda::Place::kPinned, size, slot.stream);
  POLYCODEC_NVJPEG_CALL(api, EncodeRetrieveBitstream, session_.handle, slot.state.get(), bytes.data(), &size,
                        slot.cuda_stream());
  session_.device.Check(session_.device.api->stream_synchronize(slot.stream.get()), "cudaStreamSynchronize");
  Write(task, bytes.data(), size);
}

}  // namespace polycodec::nvjpeg
