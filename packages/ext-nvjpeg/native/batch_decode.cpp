#include "batch_decode.hpp"

#include <algorithm>

#include "library_objects.hpp"

namespace polycodec::nvjpeg {
namespace {

constexpr size_t kMaxBatch = 128;
/* As long as the library has not been asked, or cannot say: one engine of five cores, as in the first device with any. */
constexpr uint32_t kUsualMiniBatch = 5;

uint64_t DeviceBytesOf(const DecodePlan& plan) {
  // The pixels, and as much again of the library's own.
  return uint64_t{plan.produced.width} * plan.produced.height * plan.produced.pixel_bytes * plan.produced.planes * 2;
}

}  // namespace

/* One of the two batches in flight. */
struct BatchDecoder::Turn {
  explicit Turn(const Session& session)
      : stream(session.device), landed(session.device), header(MakeStream(session)), state(MakeState(session)) {}

  cuda::Stream stream;
  cuda::Event landed;
  Owned<Stream> header;
  std::vector<Owned<DecodeParams>> params;
  Owned<State> state;

  std::vector<Picture> pictures;
  std::vector<PictureOutput> outputs;
  bool broken = false;
};

BatchOptions::BatchOptions(const Params& params)
    : regions_interpolate_too(params.Flag("enableRoiFancyUpsampling", true)),
      device_bytes(cuda::DeviceBytesInFlight(params)),
      preallocate_batch(static_cast<int>(cuda::IntegerOption(params, "preallocateBatchSize", 1, 1, 1024))),
      preallocate_width(static_cast<int>(cuda::IntegerOption(params, "preallocateWidthHint", 1, 1, 65535))),
      preallocate_height(static_cast<int>(cuda::IntegerOption(params, "preallocateHeightHint", 1, 1, 65535))) {}

BatchDecoder::BatchDecoder(Session& session, const Params& params)
    : session_(session), options_(params),
      mini_batch_(session.implementation == Implementation::kHardware ? kUsualMiniBatch : 1) {}

BatchDecoder::~BatchDecoder() {
  if (session_.handle() != nullptr) session_.device.api->set_device(session_.device.index);
}

void BatchDecoder::Decode(const polycodec_decode_task* const* tasks, size_t count, polycodec_status* statuses) {
  const Chunk chunk{tasks, count, statuses};
  std::fill_n(statuses, count, POLYCODEC_SUCCESS);
  if (!cuda::Try(tasks[0]->call, statuses[0], nullptr, [&] { MakeTurns(); })) {
    std::fill_n(statuses, count, statuses[0]);
    for (size_t i = 1; i < count; i++) host->message(tasks[i]->call, "the batch could not begin: see its first picture");
    return;
  }
  std::vector<Picture> waiting = Plan(chunk);
  for (size_t i = 0; !waiting.empty() || !turns_[0]->pictures.empty() || !turns_[1]->pictures.empty(); i++) {
    Turn& turn = *turns_[i % 2];
    Collect(chunk, turn);
    turn.pictures = NextBatch(waiting);
    if (turn.pictures.empty() || Launch(chunk, turn)) continue;
    const Picture& first = turn.pictures[0];
    const bool may_pass = turn.pictures.size() > 1 || chunk.statuses[first.place] == POLYCODEC_OUT_OF_MEMORY;
    if (may_pass && !first.alone) {
      // Which of them it was the library does not say; and memory may be had when the other batch is done.
      for (Picture& picture : turn.pictures) {
        picture.alone = true;
        chunk.statuses[picture.place] = POLYCODEC_SUCCESS;
      }
      waiting.insert(waiting.end(), turn.pictures.begin(), turn.pictures.end());
    }
    turn.pictures.clear();
  }
}

/* Makes what a batch needs, where it is missing or broken. */
void BatchDecoder::MakeTurns() {
  session_.Enter();
  if (session_.implementation == Implementation::kHardware) AskForEngines();
  for (auto& turn : turns_) {
    if (turn && !turn->broken) continue;
    turn.reset();
    turn = std::make_unique<Turn>(session_);
    if (options_.preallocate_batch <= 1 || session_.api().DecodeBatchedPreAllocate == nullptr) continue;
    POLYCODEC_NVJPEG_CALL(session_.api(), DecodeBatchedPreAllocate, session_.handle(), turn->state.get(),
                          options_.preallocate_batch, options_.preallocate_width, options_.preallocate_height,
                          Subsampling::k444, OutputFormat::kRgbI);
  }
}

void BatchDecoder::AskForEngines() {
  unsigned engines = 0, cores = 0;
  const auto info = session_.api().GetHardwareDecoderInfo;
  if (info == nullptr || info(session_.handle(), &engines, &cores) != Status::kSuccess) return;
  if (engines * cores > 0) mini_batch_ = engines * cores;
}

/* Those that the library takes. */
std::vector<BatchDecoder::Picture> BatchDecoder::Plan(const Chunk& chunk) {
  std::vector<Picture> pictures;
  for (size_t i = 0; i < chunk.count; i++) {
    Picture picture{.place = i, .plan = {}};
    const polycodec_decode_task& task = *chunk.tasks[i];
    if (cuda::Try(task.call, chunk.statuses[i], nullptr, [&] { picture.plan = PlanOne(task); })) pictures.push_back(picture);
  }
  return pictures;
}

DecodePlan BatchDecoder::PlanOne(const polycodec_decode_task& task) {
  cuda::RequireNotCancelled(task.call);
  const Functions& api = session_.api();
  const CodedPicture coded = Examine(task);
  const bool has_params = api.DecodeBatchedEx != nullptr && api.DecodeBatchedSupportedEx != nullptr;
  const bool lossless = session_.implementation == Implementation::kLosslessJpeg;
  const DecodePlan plan =
      lossless ? PlanLossless(task, coded)
               : PlanDecode(task, coded, {.interpolates = session_.interpolates() || !has_params,
                                          .regions_interpolate_too = options_.regions_interpolate_too || !has_params,
                                          .can_orient = has_params && api.DecodeParamsSetExifOrientation != nullptr,
                                          .swaps_quarter_turns = SwapsQuarterTurns(session_)});
  if (plan.uses_params() && !has_params) throw cuda::Failure(POLYCODEC_ROI_UNSUPPORTED, "this version has no nvjpegDecodeBatchedEx");
  Turn& turn = *turns_[0];  // its header object is used here alone
  Stream header = turn.header.get();
  POLYCODEC_NVJPEG_CALL(api, JpegStreamParseHeader, session_.handle(), task.data, task.size, header);
  RequireSame(session_, header, coded);
  int no = 0;
  if (lossless || !has_params) {
    POLYCODEC_NVJPEG_CALL(api, DecodeBatchedSupported, session_.handle(), header, &no);
  } else {
    if (turn.params.empty()) turn.params.push_back(MakeParams(session_));
    SetParams(session_, turn.params[0].get(), plan);
    POLYCODEC_NVJPEG_CALL(api, DecodeBatchedSupportedEx, session_.handle(), header, turn.params[0].get(), &no);
  }
  if (no != 0) throw cuda::Failure(POLYCODEC_CODESTREAM_UNSUPPORTED, "nvjpegDecodeBatchedSupported: no");
  return plan;
}

/* Takes the first that waits and others of its format, as many as the memory is meant for. */
std::vector<BatchDecoder::Picture> BatchDecoder::NextBatch(std::vector<Picture>& waiting) const {
  std::vector<Picture> batch, rest;
  uint64_t bytes = 0;
  for (const Picture& picture : waiting) {
    const bool joins = batch.empty() || (!picture.alone && !batch[0].alone && picture.plan.format == batch[0].plan.format &&
                                         batch.size() < kMaxBatch && bytes + DeviceBytesOf(picture.plan) <= options_.device_bytes / 2);
    if (joins) bytes += DeviceBytesOf(picture.plan);
    (joins ? batch : rest).push_back(picture);
  }
  waiting = std::move(rest);
  return batch;
}

/* False: the batch has failed, with its status and message at all of its tasks. */
bool BatchDecoder::Launch(const Chunk& chunk, Turn& turn) {
  const Functions& api = session_.api();
  const size_t size = turn.pictures.size();
  auto* const stream = static_cast<CudaStream>(turn.stream.get());
  const bool uses_params = api.DecodeBatchedEx != nullptr && session_.implementation != Implementation::kLosslessJpeg;
  std::vector<const unsigned char*> data;
  std::vector<size_t> lengths;
  std::vector<ImageBuffers> images;
  std::vector<DecodeParams> params;
  const auto work = [&] {
    session_.Enter();
    if (turn.broken) {
      turn.state.Reset();
      POLYCODEC_NVJPEG_CALL(api, JpegStateCreate, session_.handle(), turn.state.out());
      turn.broken = false;
    }
    for (size_t i = 0; i < size; i++) {
      const auto& [place, plan, alone] = turn.pictures[i];
      const polycodec_decode_task& task = *chunk.tasks[place];
      cuda::RequireNotCancelled(task.call);
      turn.outputs.emplace_back(session_.device, task, plan, turn.stream);
      data.push_back(task.data);
      lengths.push_back(task.size);
      images.push_back(turn.outputs.back().buffers);
      if (!uses_params) continue;
      if (turn.params.size() <= i) turn.params.push_back(MakeParams(session_));
      SetParams(session_, turn.params[i].get(), plan);
      params.push_back(turn.params[i].get());
    }
    const OutputFormat format = turn.pictures[0].plan.format;
    POLYCODEC_NVJPEG_CALL(api, DecodeBatchedInitialize, session_.handle(), turn.state.get(), static_cast<int>(size), 1, format);
    if (uses_params) {
      POLYCODEC_NVJPEG_CALL(api, DecodeBatchedEx, session_.handle(), turn.state.get(), data.data(), lengths.data(),
                            images.data(), params.data(), stream);
    } else {
      POLYCODEC_NVJPEG_CALL(api, DecodeBatched, session_.handle(), turn.state.get(), data.data(), lengths.data(),
                            images.data(), stream);
    }
    for (PictureOutput& output : turn.outputs) output.Land(turn.stream);
    turn.landed.Record(turn.stream);
  };
  const size_t first = turn.pictures[0].place;
  if (cuda::Try(chunk.tasks[first]->call, chunk.statuses[first], &turn.broken, work)) return true;
  session_.device.api->stream_synchronize(turn.stream.get());
  turn.outputs.clear();
  return false;
}

/* Waits for the batch that this turn has in flight, and puts its pixels into place. */
void BatchDecoder::Collect(const Chunk& chunk, Turn& turn) {
  if (turn.pictures.empty()) return;
  const size_t first = turn.pictures[0].place;
  if (!cuda::Try(chunk.tasks[first]->call, chunk.statuses[first], &turn.broken, [&] { turn.landed.Wait(); })) {
    session_.device.api->stream_synchronize(turn.stream.get());
    turn.stream.Drop();
    for (const Picture& picture : turn.pictures) {
      if (picture.place == first) continue;
      chunk.statuses[picture.place] = chunk.statuses[first];
      host->message(chunk.tasks[picture.place]->call, "the batch failed on the device: see its first picture");
    }
  } else {
    struct Shared {
      const Chunk& chunk;
      Turn& turn;
    } shared{chunk, turn};
    const auto deliver = [](void* context, size_t i) {
      const Shared& the = *static_cast<Shared*>(context);
      const size_t place = the.turn.pictures[i].place;
      cuda::Try(the.chunk.tasks[place]->call, the.chunk.statuses[place], nullptr, [&] { the.turn.outputs[i].Deliver(); });
    };
    host->parallel_for(chunk.tasks[first]->call, turn.pictures.size(), deliver, &shared);
  }
  turn.outputs.clear();
  turn.pictures.clear();
}

}  // namespace polycodec::nvjpeg
