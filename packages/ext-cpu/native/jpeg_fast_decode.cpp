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

// What one thread keeps.
struct DecodeWorker {
  DecodeWorker() : level(BestLevel()), band(level), progressive(level) {}

  Level level;
  Picture picture;
  TableCache tables;
  Band band;
  Bands bands;
  Progression progression;
  Progressive progressive;
};

// Below so many bytes a table of wide index is not worth its making.
constexpr size_t kWideFromBytes = 48 * 1024;

// The first scan's header has been read, and its data begins at `at`.
const char* DecodeProgressive(DecodeWorker& worker, const polycodec_decode_task& task, size_t at) {
  Picture& picture = worker.picture;
  Header& header = picture.header;
  if (const char* reason = picture.geometry.Plan(header, task)) return reason;
  Progression& progression = worker.progression;
  if (const char* reason = progression.Read(header, {task.data, task.size}, at)) return reason;
  const size_t scans = progression.scans().size();
  const uint64_t pixels = uint64_t{header.width} * header.height;
  if (task.max_scans != 0 && scans > task.max_scans) return "more scans than allowed";
  if (task.max_scan_pixels != 0 && pixels * scans > task.max_scan_pixels) return "more pixels than allowed";
  progression.ChooseNeeded(picture.geometry);
  for (unsigned i = 0; i < header.count; ++i) picture.quantization[i].Set(progression.quantization(i));
  return worker.progressive.Decode(picture, progression, task);
}

// Null, or why the picture is left to the library.
const char* DecodePicture(DecodeWorker& worker, const polycodec_decode_task& task) {
  Picture& picture = worker.picture;
  Header& header = picture.header;
  const std::span<const uint8_t> file{task.data, task.size};
  const char* reason = header.Begin(file);
  if (reason != nullptr) return reason;
  size_t at = 2;
  bool isEnd = false;
  reason = header.ReadToScan(file, at, isEnd);
  if (reason != nullptr) return reason;
  if (isEnd) return "no scan";
  if (header.width != task.width || header.height != task.height || header.count != task.channels) return "headers that disagree with the parser";
  if (header.progressive) return DecodeProgressive(worker, task, at);
  if (header.scan.count != header.count) return "several scans";
  if (header.scan.spectralStart != 0 || header.scan.spectralEnd != 63 || header.scan.approximationHigh != 0 || header.scan.approximationLow != 0) {
    return "a scan's parameters";
  }
  const uint64_t pixels = uint64_t{header.width} * header.height;
  if (task.max_scan_pixels != 0 && pixels > task.max_scan_pixels) return "more pixels than allowed";

  Geometry& geometry = picture.geometry;
  reason = geometry.Plan(header, task);
  if (reason != nullptr) return reason;
  if (task.max_scratch_bytes != 0 && Band::Bytes(geometry) > task.max_scratch_bytes) return "more memory than allowed";

  const unsigned bits = task.size >= kWideFromBytes ? kWideBits : kNarrowBits;
  picture.entropy = ChooseEntropy(worker.level, bits);
  for (unsigned i = 0; i < header.count; ++i) {
    const auto& part = header.scan.parts[i];
    picture.tables[i] = worker.tables.Find(header.dc[part.dc], header.ac[part.ac], bits);
    if (picture.tables[i] == nullptr) return "a Huffman table";
    picture.quantization[i].Set(header.quantization[header.components[i].quantization]);
  }
  if (DecodeInBands(worker.bands, worker.level, picture, task, reason)) return reason;
  return worker.band.Decode(picture, task, file.subspan(at), 0, geometry.mcuRowEnd);
}

struct Backend {
  static constexpr const char* kId = "jpeg-fast";
  static constexpr const char* kCodec = "jpeg";
  using Worker = DecodeWorker;

  static polycodec_status Decode(Worker& worker, const polycodec_decode_task& task) {
    const char* const reason = DecodePicture(worker, task);
    if (reason == nullptr) return POLYCODEC_SUCCESS;
    if (reason == kCancelled) {
      host->message(task.call, "%s", reason);
      return POLYCODEC_CANCELLED;
    }
    host->message(task.call, "left to libjpeg-turbo: %s", reason);
    return POLYCODEC_CODESTREAM_UNSUPPORTED;
  }
};

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
  return table;
}

}  // namespace

constexpr polycodec_decoder kDecoder = Table();

}  // namespace polycodec::jpeg::fast
