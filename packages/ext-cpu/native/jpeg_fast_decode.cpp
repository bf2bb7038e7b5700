#include "jpeg_fast_decode.hpp"

#include <memory>
#include <span>

#include <polycodec.hpp>

#include "jpeg_fast_bands.hpp"
#include "jpeg_fast_level.hpp"
#include "jpeg_fast_progression.hpp"
#include "jpeg_fast_progressive.hpp"
#include "jpeg_fast_scan.hpp"
#include "jpeg_fast_tables.hpp"

namespace polycodec::jpeg::fast {
namespace {

// A picture, and where it is decoded if it is sequential.
struct Place {
  explicit Place(Level level) : band(level) {}

  Picture picture;
  Band band;
  size_t at = 0;  // in the file: where the first scan's data begins
};

// What one thread keeps.
struct DecodeWorker {
  DecodeWorker() : level(BestLevel()), place(level), progressive(level) {}

  Level level;
  Place place;
  std::unique_ptr<Place> otherPlace;  // of pairs
  TableCache tables;
  Bands bands;
  Progression progression;
  Progressive progressive;
};

// Below so many bytes a table of wide index is not worth its making.
constexpr size_t kWideFromBytes = 48 * 1024;

// Seen to gain up to here. The rows in work of two pictures, of which there are two of MCUs each, are to find room in the
// cache behind the nearest: 400 KB at this width.
constexpr uint32_t kMostPairedWidth = 4096;

// As far as the first scan's data. Null, or why the picture is left to the library.
const char* ReadHeaders(Place& place, const polycodec_decode_task& task) {
  Header& header = place.picture.header;
  const std::span<const uint8_t> file{task.data, task.size};
  if (const char* reason = header.Begin(file)) return reason;
  place.at = 2;
  bool isEnd = false;
  if (const char* reason = header.ReadToScan(file, place.at, isEnd)) return reason;
  if (isEnd) return "no scan";
  if (header.width != task.width || header.height != task.height || header.count != task.channels) return "headers that disagree with the parser";
  return nullptr;
}

const char* DecodeProgressive(DecodeWorker& worker, Place& place, const polycodec_decode_task& task) {
  Picture& picture = place.picture;
  Header& header = picture.header;
  if (const char* reason = picture.geometry.Plan(header, task)) return reason;
  Progression& progression = worker.progression;
  if (const char* reason = progression.Read(header, {task.data, task.size}, place.at)) return reason;
  const size_t scans = progression.scans().size();
  const uint64_t pixels = uint64_t{header.width} * header.height;
  if (task.max_scans != 0 && scans > task.max_scans) return "more scans than allowed";
  if (task.max_scan_pixels != 0 && pixels * scans > task.max_scan_pixels) return "more pixels than allowed";
  progression.ChooseNeeded(picture.geometry);
  for (unsigned i = 0; i < header.count; ++i) picture.quantization[i].Set(progression.quantization(i));
  return worker.progressive.Decode(picture, progression, task);
}

// Everything that comes before a sequential picture's coded data.
const char* PrepareSequential(DecodeWorker& worker, Place& place, const polycodec_decode_task& task) {
  Picture& picture = place.picture;
  const Header& header = picture.header;
  if (header.scan.count != header.count) return "several scans";
  if (header.scan.spectralStart != 0 || header.scan.spectralEnd != 63 || header.scan.approximationHigh != 0 || header.scan.approximationLow != 0) {
    return "a scan's parameters";
  }
  const uint64_t pixels = uint64_t{header.width} * header.height;
  if (task.max_scan_pixels != 0 && pixels > task.max_scan_pixels) return "more pixels than allowed";

  Geometry& geometry = picture.geometry;
  if (const char* reason = geometry.Plan(header, task)) return reason;
  if (task.max_scratch_bytes != 0 && Band::Bytes(geometry) > task.max_scratch_bytes) return "more memory than allowed";

  picture.tableBits = task.size >= kWideFromBytes ? kWideBits : kNarrowBits;
  for (unsigned i = 0; i < header.count; ++i) {
    const auto& part = header.scan.parts[i];
    picture.tables[i] = worker.tables.Find(header.dc[part.dc], header.ac[part.ac], picture.tableBits);
    if (picture.tables[i] == nullptr) return "a Huffman table";
    picture.quantization[i].Set(header.quantization[header.components[i].quantization]);
  }
  return nullptr;
}

std::span<const uint8_t> Coded(const Place& place, const polycodec_decode_task& task) {
  return std::span<const uint8_t>{task.data, task.size}.subspan(place.at);
}

const char* DecodePicture(DecodeWorker& worker, const polycodec_decode_task& task) {
  Place& place = worker.place;
  if (const char* reason = ReadHeaders(place, task)) return reason;
  if (place.picture.header.progressive) return DecodeProgressive(worker, place, task);
  if (const char* reason = PrepareSequential(worker, place, task)) return reason;
  const char* reason = nullptr;
  if (DecodeInBands(worker.bands, worker.level, place.picture, task, reason)) return reason;
  return place.band.Decode(place.picture, task, Coded(place, task), 0, place.picture.geometry.mcuRowEnd);
}

// Two pictures, sequential ones side by side: see DecodePair in jpeg_fast_entropy.cpp. Each has its own bits, tables,
// segments and end; where one is over, or irregular, the other goes on alone.
void DecodePictures(DecodeWorker& worker, const polycodec_decode_task* const* tasks, const char** reasons) {
  if (worker.otherPlace == nullptr) worker.otherPlace = std::make_unique<Place>(worker.level);
  Place* const places[2] = {&worker.place, worker.otherPlace.get()};
  bool isReady[2] = {false, false};
  for (unsigned i = 0; i < 2; ++i) {
    reasons[i] = ReadHeaders(*places[i], *tasks[i]);
    if (reasons[i] != nullptr) continue;
    if (places[i]->picture.header.progressive) {
      reasons[i] = DecodeProgressive(worker, *places[i], *tasks[i]);
      continue;
    }
    reasons[i] = PrepareSequential(worker, *places[i], *tasks[i]);
    isReady[i] = reasons[i] == nullptr;
  }
  bool isGoing[2];
  for (unsigned i = 0; i < 2; ++i) {
    const Picture& picture = places[i]->picture;
    isGoing[i] = isReady[i] && places[i]->band.Begin(picture, *tasks[i], Coded(*places[i], *tasks[i]), 0, picture.geometry.mcuRowEnd);
  }
  Band &one = places[0]->band, &other = places[1]->band;
  if (isGoing[0] && isGoing[1]) {
    const EntropyPairFn decode = ChooseEntropyPair(worker.level, places[0]->picture.tableBits, places[1]->picture.tableBits);
    while (isGoing[0] && isGoing[1]) {
      decode(one.bits(), one.run, other.bits(), other.run);
      if (one.run.IsOver()) isGoing[0] = one.TakeRun();
      if (other.run.IsOver()) isGoing[1] = other.TakeRun();
    }
  }
  for (unsigned i = 0; i < 2; ++i) {
    if (isGoing[i]) places[i]->band.Continue();
    if (isReady[i]) reasons[i] = places[i]->band.reason();
  }
}

polycodec_status StatusOf(const char* reason, const polycodec_decode_task& task) {
  if (reason == nullptr) return POLYCODEC_SUCCESS;
  if (reason == kCancelled) {
    host->message(task.call, "%s", reason);
    return POLYCODEC_CANCELLED;
  }
  host->message(task.call, "left to libjpeg-turbo: %s", reason);
  return POLYCODEC_CODESTREAM_UNSUPPORTED;
}

struct Backend {
  static constexpr const char* kId = "jpeg-fast";
  static constexpr const char* kCodec = "jpeg";
  using Worker = DecodeWorker;

  static polycodec_status Decode(Worker& worker, const polycodec_decode_task& task) { return StatusOf(DecodePicture(worker, task), task); }
};

void DecodePair(void* worker, const polycodec_decode_task* const* tasks, polycodec_status* statuses) {
  const char* reasons[2];
  const auto decode = [&] {
    DecodePictures(*static_cast<DecodeWorker*>(worker), tasks, reasons);
    return POLYCODEC_SUCCESS;
  };
  const polycodec_status status = Guarded(tasks[0]->call, decode);
  for (unsigned i = 0; i < 2; ++i) statuses[i] = status == POLYCODEC_SUCCESS ? StatusOf(reasons[i], *tasks[i]) : status;
}

int Pairs(void* worker, const polycodec_decode_task* task) {
  const DecodeWorker& kept = *static_cast<const DecodeWorker*>(worker);
  return kept.level >= Level::kAvx2 && task->width <= kMostPairedWidth;
}

polycodec_status CreateInstance(polycodec_call* call, const polycodec_params* params, void** instance) {
  // Without SIMD by the user's wish the definitions run; without it by the CPU, libjpeg-turbo's SSE2 is the faster.
  if (host->simd != 0 && CpuLevel() == Level::kPortable) {
    host->message(call, "needs a CPU with AVX2 and BMI2");
    return POLYCODEC_BACKEND_UNSUPPORTED;
  }
  return detail::Kept<Backend>::CreateInstance(call, params, instance);
}

constexpr polycodec_decoder Table() {
  polycodec_decoder table = polycodec::Decoder<Backend>();
  table.instance_create = CreateInstance;
  table.decode_pair = DecodePair;
  table.pairs = Pairs;
  return table;
}

}  // namespace

constexpr polycodec_decoder kDecoder = Table();

}  // namespace polycodec::jpeg::fast
