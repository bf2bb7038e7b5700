#include "single_decode.hpp"

#include <algorithm>
#include <numeric>

#include "library_objects.hpp"

namespace polycodec::nvjpeg {
namespace {

constexpr size_t kNone = SIZE_MAX;
/* Two to a thread: a slow picture does not leave the other threads idle. */
constexpr size_t kPicturesAThread = 2, kMaxWave = 64;

/* Coefficients of two bytes, and the pixels, of three components. */
uint64_t DeviceBytesOf(const polycodec_decode_task& task) { return uint64_t{task.width} * task.height * 9; }

}  // namespace

/* What a picture needs from its first step until its pixels have landed. */
struct SingleDecoder::Page {
  explicit Page(const Session& session)
      : decoder(MakeDecoder(session)), pinned(MakePinnedBuffer(session)), device(MakeDeviceBuffer(session)),
        stream(MakeStream(session)), params(MakeParams(session)), state(MakeState(session, decoder.get())),
        landed(session.device) {}

  // Members go in reverse: the state before what it was made of.
  Owned<Decoder> decoder;
  Owned<PinnedBuffer> pinned;
  Owned<DeviceBuffer> device;
  Owned<Stream> stream;
  Owned<DecodeParams> params;
  Owned<State> state;
  cuda::Event landed;

  size_t place = kNone;  // of the task whose picture it has
  bool broken = false;
  DecodePlan plan;
  PictureOutput output;
};

SingleOptions::SingleOptions(const Params& params)
    : regions_interpolate_too(params.Flag("enableRoiFancyUpsampling", true)),
      streams(static_cast<uint32_t>(cuda::IntegerOption(params, "numCudaStreams", 4, 1, 64))),
      device_bytes(cuda::DeviceBytesInFlight(params)) {}

SingleDecoder::SingleDecoder(Session& session, const Params& params) : session_(session), options_(params) {}

SingleDecoder::~SingleDecoder() {
  if (session_.handle() != nullptr) session_.device.api->set_device(session_.device.index);
}

void SingleDecoder::Decode(const polycodec_decode_task* const* tasks, size_t count, polycodec_status* statuses) {
  const Chunk chunk{tasks, statuses};
  std::vector<size_t> places(count);
  std::iota(places.begin(), places.end(), size_t{0});
  Run(chunk, places, std::min(kMaxWave, kPicturesAThread * tasks[0]->threads));
  // Once more and alone, with what the others have held.
  std::erase_if(places, [&](size_t i) { return statuses[i] != POLYCODEC_OUT_OF_MEMORY; });
  if (places.empty()) return;
  for (Pages& pages : sets_) pages.clear();
  Run(chunk, places, 1);
}

void SingleDecoder::Run(const Chunk& chunk, const std::vector<size_t>& places, size_t most) {
  const cuda::Device& device = session_.device;
  size_t begin = 0, idle_turns = 0;
  for (size_t turn = 0; idle_turns < 2; turn++) {
    Pages& pages = sets_[turn % 2];
    Collect(chunk, pages);
    size_t size = WaveSize(chunk, places, begin, most);
    if (size > 0) size = MakePages(pages, chunk, places, begin, size);
    idle_turns = begin < places.size() ? 0 : idle_turns + 1;

    struct Shared {
      SingleDecoder& self;
      const Chunk& chunk;
      Pages& pages;
      const size_t* places;
      size_t size;
    } shared{*this, chunk, pages, places.data() + begin, size};
    const auto work = [](void* context, size_t i) {
      const Shared& the = *static_cast<Shared*>(context);
      Page& page = *the.pages[i];
      const auto attempt = [&](auto&& step) {
        const size_t place = page.place;
        const bool ok = cuda::Try(the.chunk.tasks[place]->call, the.chunk.statuses[place], &page.broken, step);
        if (!ok) page.place = kNone;
      };
      if (page.place != kNone) attempt([&] { page.output.Deliver(); });
      page.output = {};
      page.place = i < the.size ? the.places[i] : kNone;
      if (page.place == kNone) return;
      the.chunk.statuses[page.place] = POLYCODEC_SUCCESS;
      attempt([&] { the.self.HostStep(page, *the.chunk.tasks[page.place]); });
    };
    if (!pages.empty()) host->parallel_for(chunk.tasks[places[0]]->call, pages.size(), work, &shared);

    for (size_t i = 0; i < size; i++) {
      if (pages[i]->place != kNone) Launch(chunk, *pages[i], *streams_[i % streams_.size()]);
    }
    begin += size;
    if (size == 0 && begin < places.size()) begin++;  // its failure to get a page has been written down
  }
  device.api->set_device(device.index);
}

/* As many as keep the threads busy and the memory bounded; at least one if any is left. */
size_t SingleDecoder::WaveSize(const Chunk& chunk, const std::vector<size_t>& places, size_t begin, size_t most) const {
  uint64_t bytes = 0;
  size_t size = 0;
  while (size < most && begin + size < places.size()) {
    bytes += DeviceBytesOf(*chunk.tasks[places[begin + size]]);
    if (size > 0 && bytes > options_.device_bytes / 2) break;
    size++;
  }
  return size;
}

/* Makes those that are missing or broken; returns for how many of the wave there are. */
size_t SingleDecoder::MakePages(Pages& pages, const Chunk& chunk, const std::vector<size_t>& places, size_t begin,
                                size_t size) {
  const cuda::Device& device = session_.device;
  for (size_t i = 0; i < size; i++) {
    if (i < pages.size() && !pages[i]->broken) continue;
    const size_t place = places[begin + i];
    const bool made = cuda::Try(chunk.tasks[place]->call, chunk.statuses[place], nullptr, [&] {
      session_.Enter();
      while (streams_.size() < options_.streams) streams_.push_back(std::make_unique<cuda::Stream>(device));
      auto page = std::make_unique<Page>(session_);
      if (i < pages.size()) {
        pages[i] = std::move(page);  // a broken one has no picture
      } else {
        pages.push_back(std::move(page));
      }
    });
    if (!made) return i;
  }
  return size;
}

/* Waits for the pictures that this set began two turns ago. */
void SingleDecoder::Collect(const Chunk& chunk, Pages& pages) {
  for (size_t i = 0; i < pages.size(); i++) {
    Page& page = *pages[i];
    if (page.place == kNone) continue;
    const size_t place = page.place;
    if (cuda::Try(chunk.tasks[place]->call, chunk.statuses[place], &page.broken, [&] { page.landed.Wait(); })) continue;
    cuda::Stream& stream = *streams_[i % streams_.size()];
    session_.device.api->stream_synchronize(stream.get());
    stream.Drop();
    page.output = {};
    page.place = kNone;
  }
}

/* Everything that the CPU does: reading the headers again, and Huffman decoding. On any thread. */
void SingleDecoder::HostStep(Page& page, const polycodec_decode_task& task) {
  cuda::RequireNotCancelled(task.call);
  session_.Enter();
  const Functions& api = session_.api();
  const CodedPicture coded = Examine(task);
  page.plan = PlanDecode(task, coded, {.interpolates = session_.interpolates(),
                                       .regions_interpolate_too = options_.regions_interpolate_too,
                                       .can_orient = api.DecodeParamsSetExifOrientation != nullptr,
                                       .swaps_quarter_turns = SwapsQuarterTurns(session_)});
  RequireScratch(task, page.plan, coded);
  SetParams(session_, page.params.get(), page.plan);
  POLYCODEC_NVJPEG_CALL(api, JpegStreamParse, session_.handle(), task.data, task.size, 0, 0, page.stream.get());
  RequireSame(session_, page.stream.get(), coded);
  int no = 0;
  POLYCODEC_NVJPEG_CALL(api, DecoderJpegSupported, page.decoder.get(), page.stream.get(), page.params.get(), &no);
  if (no != 0) throw cuda::Failure(POLYCODEC_CODESTREAM_UNSUPPORTED, "nvjpegDecoderJpegSupported: no");
  POLYCODEC_NVJPEG_CALL(api, StateAttachPinnedBuffer, page.state.get(), page.pinned.get());
  POLYCODEC_NVJPEG_CALL(api, DecodeJpegHost, session_.handle(), page.decoder.get(), page.state.get(), page.params.get(),
                        page.stream.get());
}

/* The GPU's part, asynchronous. */
void SingleDecoder::Launch(const Chunk& chunk, Page& page, const cuda::Stream& stream) {
  const polycodec_decode_task& task = *chunk.tasks[page.place];
  const Functions& api = session_.api();
  auto* const cuda_stream = static_cast<CudaStream>(stream.get());
  const bool launched = cuda::Try(task.call, chunk.statuses[page.place], &page.broken, [&] {
    session_.device.MakeCurrent();
    page.output = PictureOutput(session_.device, task, page.plan, stream);
    POLYCODEC_NVJPEG_CALL(api, StateAttachDeviceBuffer, page.state.get(), page.device.get());
    POLYCODEC_NVJPEG_CALL(api, DecodeJpegTransferToDevice, session_.handle(), page.decoder.get(), page.state.get(),
                          page.stream.get(), cuda_stream);
    POLYCODEC_NVJPEG_CALL(api, DecodeJpegDevice, session_.handle(), page.decoder.get(), page.state.get(),
                          &page.output.buffers, cuda_stream);
    page.output.Land(stream);
    page.landed.Record(stream);
  });
  if (launched) return;
  // Some of it may be under way, with memory that would be used for something else.
  session_.device.api->stream_synchronize(stream.get());
  page.output = {};
  page.place = kNone;
}

}  // namespace polycodec::nvjpeg
