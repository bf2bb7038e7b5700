#include "decode.hpp"

namespace polycodec::nvjpeg2k {
namespace {

constexpr size_t kNone = SIZE_MAX;
/* Coefficients of four bytes twice, and the coded data: what the library takes a sample, roughly. */
constexpr uint64_t kBytesPerSample = 10;

uint64_t DeviceBytesOf(const polycodec_decode_task& task) {
  return uint64_t{task.width} * task.height * task.channels * kBytesPerSample;
}

/* The library must read what memory was planned by. */
void RequireSame(const Session& session, Stream stream, const CodedPicture& coded, const DecodePlan& plan) {
  const Functions& api = session.api();
  ImageInfo image{};
  ComponentInfo component{};
  POLYCODEC_NVJPEG2K_CALL(api, StreamGetImageInfo, stream, &image);
  POLYCODEC_NVJPEG2K_CALL(api, StreamGetImageComponentInfo, stream, &component, 0);
  if (image.width != coded.width || image.height != coded.height || image.components != coded.components ||
      image.tiles_across != coded.tiles_across || image.tiles_down != coded.tiles_down ||
      component.precision != coded.precision || (component.is_signed != 0) != coded.is_signed) {
    throw cuda::Failure(POLYCODEC_IMAGE_CORRUPTED, "nvJPEG2000 reads " + std::to_string(image.width) + " x " +
                                                       std::to_string(image.height) + ", " +
                                                       std::to_string(image.components) + " components of " +
                                                       std::to_string(component.precision) + " bits");
  }
  if (!plan.to_rgb) return;
  ColorSpace color{};
  POLYCODEC_NVJPEG2K_CALL(api, StreamGetColorSpace, stream, &color);
  // Else it would leave YCbCr as it is, without a word.
  if (color != ColorSpace::kSycc) throw cuda::Failure(POLYCODEC_COLOR_SPEC_UNSUPPORTED, "YCbCr that no box calls sYCC");
}

}  // namespace

DecodeOptions::DecodeOptions(const Params& params)
    : streams(static_cast<uint32_t>(cuda::IntegerOption(params, "numCudaStreams", 4, 1, 64))),
      tile_streams(static_cast<uint32_t>(cuda::IntegerOption(params, "numParallelTiles", 16, 1, 256))),
      device_bytes(cuda::DeviceBytesInFlight(params)) {}

/* What a picture in flight needs. */
struct PictureDecoder::Slot {
  explicit Slot(const Session& session)
      : stream(session.device), landed(session.device), coded(session.api().StreamDestroy),
        params(session.api().DecodeParamsDestroy), state(session.api().DecodeStateDestroy) {
    POLYCODEC_NVJPEG2K_CALL(session.api(), StreamCreate, coded.out());
    POLYCODEC_NVJPEG2K_CALL(session.api(), DecodeParamsCreate, params.out());
    POLYCODEC_NVJPEG2K_CALL(session.api(), DecodeStateCreate, session.handle(), state.out());
  }
  CudaStream cuda_stream() const { return static_cast<CudaStream>(stream.get()); }

  cuda::Stream stream;
  cuda::Event landed;
  Owned<Stream> coded;
  Owned<DecodeParams> params;
  Owned<DecodeState> state;
  cuda::PictureOutput output;
  uint64_t device_bytes = 0;  // of its picture, roughly
  size_t place = kNone;       // of the task whose picture it has
};

/* What a tile in flight needs besides. */
struct PictureDecoder::TileSlot {
  explicit TileSlot(const Session& session)
      : stream(session.device), done(session.device), state(session.api().DecodeStateDestroy) {
    POLYCODEC_NVJPEG2K_CALL(session.api(), DecodeStateCreate, session.handle(), state.out());
  }
  cuda::Stream stream;
  cuda::Event done;
  Owned<DecodeState> state;
};

PictureDecoder::PictureDecoder(Session& session, const Params& params)
    : session_(session), options_(params), slots_(options_.streams) {}

PictureDecoder::~PictureDecoder() {
  if (session_.handle() != nullptr) session_.device.api->set_device(session_.device.index);
}

void PictureDecoder::Decode(const polycodec_decode_task* const* tasks, size_t count, polycodec_status* statuses) {
  const Chunk chunk{tasks, statuses};
  for (size_t i = 0; i < count; i++) {
    auto& slot = slots_[i % slots_.size()];
    Collect(chunk, slot);
    MakeRoom(chunk, DeviceBytesOf(*tasks[i]));
    Run(chunk, i, slot);
  }
  for (auto& slot : slots_) Collect(chunk, slot);
  for (size_t i = 0; i < count; i++) {
    if (statuses[i] != POLYCODEC_OUT_OF_MEMORY) continue;
    // Once more and alone, with what the others have held.
    Release();
    Run(chunk, i, slots_[0]);
    Collect(chunk, slots_[0]);
  }
}

/* Waits for pictures in flight until there is memory for the next, or none is left. */
void PictureDecoder::MakeRoom(const Chunk& chunk, uint64_t bytes) {
  for (const auto& slot : slots_) {
    if (slot && slot->place != kNone) bytes += slot->device_bytes;
  }
  if (bytes <= options_.device_bytes) return;
  for (auto& slot : slots_) Collect(chunk, slot);
}

void PictureDecoder::Run(const Chunk& chunk, size_t place, std::unique_ptr<Slot>& slot) {
  const polycodec_decode_task& task = *chunk.tasks[place];
  bool broken = false;
  chunk.statuses[place] = POLYCODEC_SUCCESS;
  const bool begun = cuda::Try(task.call, chunk.statuses[place], &broken, [&] {
    cuda::RequireNotCancelled(task.call);
    session_.Enter();
    if (!slot) slot = std::make_unique<Slot>(session_);
    slot->device_bytes = DeviceBytesOf(task);
    Begin(*slot, task);
    slot->place = place;
  });
  if (begun || !slot) return;
  // Some of it may be under way, with memory that would be used for something else.
  Settle(slot, broken);
}

/* Asynchronous from the library's first work on. */
void PictureDecoder::Begin(Slot& slot, const polycodec_decode_task& task) {
  const Functions& api = session_.api();
  const CodedPicture coded = Examine(task);
  const DecodePlan plan = PlanDecode(task, coded);
  const uint64_t pinned = plan.produced.kept.row_stride * plan.produced.kept.height * plan.produced.planes;
  cuda::RequireScratch(task.max_scratch_bytes, pinned);
  POLYCODEC_NVJPEG2K_CALL(api, StreamParse, session_.handle(), task.data, task.size, 0, 0, slot.coded.get());
  RequireSame(session_, slot.coded.get(), coded, plan);
  POLYCODEC_NVJPEG2K_CALL(api, DecodeParamsSetOutputFormat, slot.params.get(), plan.format);
  POLYCODEC_NVJPEG2K_CALL(api, DecodeParamsSetRGBOutput, slot.params.get(), plan.to_rgb ? 1 : 0);
  slot.output = cuda::PictureOutput(session_.device, task, plan.produced, slot.stream);
  if (plan.tile_by_tile) {
    LaunchTiles(slot, task, plan);
  } else {
    LaunchImage(slot, plan);
  }
  slot.output.Land(slot.stream);
  slot.landed.Record(slot.stream);
}

namespace {

/* The library's description of where pixels go, from `x`, `y` on. */
struct Destination {
  Destination(const cuda::PictureOutput& output, const DecodePlan& plan, uint32_t x, uint32_t y) {
    const bool planar = plan.format == ImageFormat::kPlanar;
    for (uint32_t c = 0; c < plan.components; c++) {
      pitch[c] = output.pitch();
      pixels[c] = output.plane(planar ? plan.plane_of[c] : 0) + y * output.pitch() + size_t{x} * plan.produced.pixel_bytes;
    }
    image = {.pixels = pixels, .pitch = pitch, .pixel_type = plan.pixel_type, .components = plan.components};
  }
  void* pixels[4] = {};
  size_t pitch[4] = {};
  ImageBuffers image{};
};

void SetArea(const Functions& api, DecodeParams params, const Area& area) {
  POLYCODEC_NVJPEG2K_CALL(api, DecodeParamsSetDecodeArea, params, area.x0, area.x1, area.y0, area.y1);
}

}  // namespace

void PictureDecoder::LaunchImage(Slot& slot, const DecodePlan& plan) {
  const Functions& api = session_.api();
  Destination to(slot.output, plan, 0, 0);
  SetArea(api, slot.params.get(), plan.tiles.front().area);
  POLYCODEC_NVJPEG2K_CALL(api, DecodeImage, session_.handle(), slot.state.get(), slot.coded.get(), slot.params.get(), &to.image,
                          slot.cuda_stream());
}

void PictureDecoder::LaunchTiles(Slot& slot, const polycodec_decode_task& task, const DecodePlan& plan) {
  const Functions& api = session_.api();
  const cuda::Device& device = session_.device;
  for (const TilePlan& tile : plan.tiles) {
    cuda::RequireNotCancelled(task.call);
    uint32_t resolutions = 0;  // all
    if (plan.left_out > 0) {
      POLYCODEC_NVJPEG2K_CALL(api, StreamGetResolutionsInTile, slot.coded.get(), tile.tile, &resolutions);
      if (resolutions <= plan.left_out) throw cuda::Failure(POLYCODEC_SCALE_UNSUPPORTED, "a tile of fewer resolutions");
      resolutions -= plan.left_out;
    }
    TileSlot& with = NextTileSlot();
    with.done.Wait();
    device.Check(device.api->join(device.index, slot.stream.get(), with.stream.get()), "cudaStreamWaitEvent");
    Destination to(slot.output, plan, tile.x, tile.y);
    SetArea(api, slot.params.get(), tile.area);
    POLYCODEC_NVJPEG2K_CALL(api, DecodeTile, session_.handle(), with.state.get(), slot.coded.get(), slot.params.get(), tile.tile,
                            resolutions, &to.image, static_cast<CudaStream>(with.stream.get()));
    with.done.Record(with.stream);
    device.Check(device.api->join(device.index, with.stream.get(), slot.stream.get()), "cudaStreamWaitEvent");
  }
}

/* In turn; made when they are first needed. */
PictureDecoder::TileSlot& PictureDecoder::NextTileSlot() {
  if (tile_slots_.size() < options_.tile_streams) {
    tile_slots_.push_back(std::make_unique<TileSlot>(session_));
    return *tile_slots_.back();
  }
  return *tile_slots_[next_tile_slot_++ % tile_slots_.size()];
}

/* Puts the pixels of the slot's picture, if it has one, into place. */
void PictureDecoder::Collect(const Chunk& chunk, std::unique_ptr<Slot>& slot) {
  if (!slot || slot->place == kNone) return;
  const size_t place = std::exchange(slot->place, kNone);
  bool broken = false;
  const bool ended = cuda::Try(chunk.tasks[place]->call, chunk.statuses[place], &broken, [&] {
    session_.device.MakeCurrent();
    slot->landed.Wait();
    slot->output.Deliver();
  });
  if (ended) {
    slot->output = {};
  } else {
    Settle(slot, broken);
  }
}

/*
 * After a failure: waits for what is under way. What is broken is made anew, and the tiles' objects in any case, for nobody
 * knows in what state they are.
 */
void PictureDecoder::Settle(std::unique_ptr<Slot>& slot, bool broken) {
  const auto* api = session_.device.api;
  for (const auto& tile : tile_slots_) {
    api->stream_synchronize(tile->stream.get());
    if (broken) tile->stream.Drop();
  }
  tile_slots_.clear();
  api->stream_synchronize(slot->stream.get());
  slot->output = {};
  if (!broken) return;
  slot->stream.Drop();
  slot.reset();
}

/* All that is kept between pictures. None is in flight. */
void PictureDecoder::Release() {
  for (auto& slot : slots_) slot.reset();
  tile_slots_.clear();
}

}  // namespace polycodec::nvjpeg2k
