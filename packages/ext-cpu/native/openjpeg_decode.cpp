// OpenJPEG decodes an area of the reference grid in one go, and has no way to be asked how far it is. So a picture of
// several tiles is decoded in parts that follow its rows of tiles: each with a codec of its own, which skips the tiles of
// the others. That bounds the memory, lets the threads that the host lends share one picture, and is where cancelling is
// noticed. A region is an area too: of its tiles only the code blocks that it needs are decoded.
#include "openjpeg_decode.hpp"

#include <algorithm>
#include <atomic>
#include <mutex>
#include <optional>

#include "jpeg2k_assertions.hpp"
#include "jpeg2k_failure.hpp"
#include "jpeg2k_limits.hpp"
#include "openjpeg_stream.hpp"

namespace polycodec::jpeg2k {
namespace {

// OpenJPEG holds a sample in 32 bits twice, in the tile and in the picture.
constexpr uint64_t kBytesPerSample = 8;
// opj_tcp_t and opj_tccp_t, which OpenJPEG makes for every tile and component up front.
constexpr uint64_t kTileBytes = 6000, kTileComponentBytes = 1100;
struct Job {
  OpenJpegWorker& worker;
  const polycodec_decode_task& task;
  const Boxes& boxes;
  const CodeStream& stream;
  const Picture& picture;
  std::vector<Part> parts{};
  bool shared = false;  // several threads work on it

  std::mutex mutex{};
  std::optional<Failure> failure{};
  std::vector<std::string> warnings{};
  std::atomic<bool> failed{false};
  std::atomic<size_t> lost{0};  // parts of a cut picture of which nothing is there
};

[[noreturn]] void FailDecode(const Job& job, const Messages& messages, const MemoryInput& input, const char* what) {
  if (input.cancelled) Fail(POLYCODEC_CANCELLED, "cancelled");
  const char* fact = messages.error.empty() ? what : messages.error.c_str();
  Fail(POLYCODEC_IMAGE_CORRUPTED, "%s", fact);
}

void CheckComponents(const Job& job, const opj_image_t& image) {
  const CodeStream& stream = job.stream;
  bool same = image.numcomps == stream.components.size() && image.comps != nullptr;
  for (uint32_t i = 0; same && i < image.numcomps; ++i) {
    const opj_image_comp_t& found = image.comps[i];
    const Component& expected = stream.components[i];
    same = found.prec == expected.precision && (found.sgnd != 0) == expected.isSigned && found.dx == expected.dx &&
           found.dy == expected.dy;
  }
  if (!same) Fail(POLYCODEC_IMAGE_CORRUPTED, "OpenJPEG reads other components from the headers");
}

void DecodePart(Job& job, const Part& part, Picture::Scratch& scratch) {
  const polycodec_decode_task& task = job.task;
  if (host->cancelled(task.call)) Fail(POLYCODEC_CANCELLED, "cancelled");
  Messages messages;
  MemoryInput input{.bytes = job.boxes.codeStream, .call = task.call};
  CodecHandle codec(opj_create_decompress(OPJ_CODEC_J2K));
  StreamHandle stream = OpenInput(input);
  if (!codec || !stream) throw std::bad_alloc();
  messages.Attach(codec.get());
  opj_dparameters_t parameters;
  opj_set_default_decoder_parameters(&parameters);
  parameters.cp_reduce = job.picture.Reduction();
  if (!opj_setup_decoder(codec.get(), &parameters)) FailDecode(job, messages, input, "OpenJPEG cannot be set up");
  opj_decoder_set_strict_mode(codec.get(), !job.picture.IsTolerant());

  opj_image_t* created = nullptr;
  const bool read = opj_read_header(stream.get(), codec.get(), &created);
  ImageHandle image(created);
  if (!read || !image) FailDecode(job, messages, input, "the headers cannot be read");
  CheckComponents(job, *image);
  const Picture::Area area = job.picture.AreaOf(part);
  const bool whole = area.x0 == job.stream.x0 && area.y0 == job.stream.y0 && area.x1 == job.stream.x1 &&
                     area.y1 == job.stream.y1;
  if (!whole && !opj_set_decode_area(codec.get(), image.get(), static_cast<int32_t>(area.x0),
                                     static_cast<int32_t>(area.y0), static_cast<int32_t>(area.x1),
                                     static_cast<int32_t>(area.y1))) {
    FailDecode(job, messages, input, "the area cannot be set");
  }
  const AssertionsAsFailures guard;
  if (!opj_decode(codec.get(), stream.get(), image.get())) {
    if (input.cancelled || !job.picture.IsTolerant()) FailDecode(job, messages, input, "it cannot be decoded");
    job.lost += 1;
    job.picture.Write(std::vector<Plane>(image->numcomps), part, scratch);
    return;
  }
  if (!job.shared && image->numcomps > 0) job.worker.heapEnd.KeepBehind(image->comps[image->numcomps - 1].data);
  stream.reset();
  codec.reset();  // the tile's samples go before the output is written

  std::vector<Plane> planes(image->numcomps);
  for (uint32_t i = 0; i < image->numcomps; ++i) {
    const opj_image_comp_t& component = image->comps[i];
    if (component.data == nullptr) {
      if (!task.allow_partial) Fail(POLYCODEC_IMAGE_TRUNCATED, "component %u has no data", i);
      continue;
    }
    const uint32_t factor = component.factor;
    planes[i] = {.data = component.data, .stride = component.w, .width = component.w, .height = component.h,
                 .u0 = CeilShift(CeilDiv(area.x0, component.dx), factor),
                 .v0 = CeilShift(CeilDiv(area.y0, component.dy), factor)};
  }
  job.picture.Write(planes, part, scratch);
  if (!messages.warnings.empty()) {
    const std::lock_guard lock(job.mutex);
    for (std::string& warning : messages.warnings) {
      if (std::find(job.warnings.begin(), job.warnings.end(), warning) == job.warnings.end()) {
        job.warnings.push_back(std::move(warning));
      }
    }
  }
}

// Where tiles end along one axis, in pixels of the output.
std::vector<uint32_t> Edges(uint32_t count, uint32_t origin, uint32_t step, uint32_t size, auto&& placeOf) {
  std::vector<uint32_t> edges{0};
  for (uint32_t i = 1; i <= count; ++i) {
    const uint32_t end = i == count ? size : placeOf(static_cast<uint32_t>(uint64_t{origin} + uint64_t{i} * step));
    if (end > edges.back()) edges.push_back(end);
  }
  return edges;
}

// Of a cut picture little is lost with a small part; but 1,650 tiles one by one would take seconds.
constexpr size_t kMostParts = 256;

// Parts of the output that follow the rows of tiles, or the tiles where there is but one row of them, or where some may
// be missing: OpenJPEG gives nothing of an area whose last tile is cut off.
std::vector<Part> Divide(const Job& job) {
  const CodeStream& stream = job.stream;
  const uint32_t width = job.task.output.width, height = job.task.output.height;
  // OpenJPEG takes packed packet headers off one after the other, and would be out of step after a tile it skips.
  if (stream.hasPpm) return {{0, 0, height, width}};
  const auto rows = Edges(stream.tilesDown, stream.tileY0, stream.tileHeight, height,
                          [&](uint32_t y) { return job.picture.RowAt(y); });
  auto columns = Edges(stream.tilesAcross, stream.tileX0, stream.tileWidth, width,
                       [&](uint32_t x) { return job.picture.ColumnAt(x); });
  const bool many = (rows.size() - 1) * (columns.size() - 1) > kMostParts;
  if (rows.size() > 2 && (many || !job.picture.IsTolerant())) columns = {0, width};
  std::vector<Part> parts;
  for (size_t y = 1; y < rows.size(); ++y) {
    for (size_t x = 1; x < columns.size(); ++x) parts.push_back({rows[y - 1], columns[x - 1], rows[y], columns[x]});
  }
  return parts;
}

// Many small tiles: every part's codec goes through the whole code stream's markers, so parts are joined.
void Join(std::vector<Part>& parts, size_t most) {
  if (parts.size() <= most) return;
  std::vector<Part> joined;
  for (size_t i = 0; i < most; ++i) {
    Part part = parts[parts.size() * i / most];
    const Part& last = parts[parts.size() * (i + 1) / most - 1];
    part.y1 = last.y1;
    part.x1 = last.x1;
    joined.push_back(part);
  }
  parts = std::move(joined);
}

void CheckCost(const Job& job) {
  const polycodec_decode_task& task = job.task;
  const CodeStream& stream = job.stream;
  CheckPackets(stream, job.boxes.codeStream.size());
  uint64_t most = 0;
  for (const Part& part : job.parts) {
    const Picture::Area area = job.picture.AreaOf(part);
    uint64_t samples = 0;
    for (const Component& component : stream.components) {
      const uint64_t width = CeilDiv(area.x1 - area.x0, component.dx) + uint64_t{1};
      const uint64_t height = CeilDiv(area.y1 - area.y0, component.dy) + uint64_t{1};
      samples += ((width >> job.picture.Reduction()) + 1) * ((height >> job.picture.Reduction()) + 1);
    }
    most = std::max(most, samples);
  }
  const uint64_t atOnce = job.shared ? std::min<uint64_t>(task.threads, job.parts.size()) : 1;
  const uint64_t structures = stream.Tiles() * (kTileBytes + kTileComponentBytes * stream.components.size());
  // OpenJPEG takes memory for a tile-part as long as its header says, be it there or not.
  const uint64_t coded = job.boxes.codeStream.size() + stream.missingBytes;
  const uint64_t bytes = atOnce * (most * kBytesPerSample + stream.blockBytes + structures + coded);
  CheckScratch(task.max_scratch_bytes, bytes);
}

void Decode(OpenJpegWorker& worker, const polycodec_decode_task& task) {
  const Boxes boxes = ReadBoxes({task.data, task.size});
  const CodeStream stream = ReadCodeStream(boxes.codeStream);
  const Picture picture(task, boxes, stream);
  Job job{.worker = worker, .task = task, .boxes = boxes, .stream = stream, .picture = picture};
  CheckComplete(task, stream);
  job.parts = Divide(job);
  job.shared = task.threads > 1 && job.parts.size() > 1;
  Join(job.parts, picture.IsTolerant() ? kMostParts : job.shared ? 4 * size_t{task.threads} : 16);
  CheckCost(job);

  const auto run = [&job](size_t i, Picture::Scratch& scratch) {
    if (job.failed.load(std::memory_order_relaxed)) return;
    try {
      DecodePart(job, job.parts[i], scratch);
      return;
    } catch (const Failure& failure) {
      const std::lock_guard lock(job.mutex);
      if (!job.failure) job.failure = failure;
    } catch (const std::bad_alloc&) {
      const std::lock_guard lock(job.mutex);
      if (!job.failure) job.failure = Failure{POLYCODEC_OUT_OF_MEMORY, "out of memory"};
    }
    job.failed = true;
  };
  if (job.shared) {
    auto one = [&](size_t i) {
      Picture::Scratch scratch;
      run(i, scratch);
    };
    host->parallel_for(
        task.call, job.parts.size(), [](void* context, size_t i) { (*static_cast<decltype(one)*>(context))(i); }, &one);
  } else {
    for (size_t i = 0; i < job.parts.size(); ++i) run(i, worker.scratch);
  }
  if (job.failure) throw *job.failure;
  if (job.lost == job.parts.size()) Fail(POLYCODEC_IMAGE_TRUNCATED, "nothing of the picture is there");
  for (const std::string& warning : job.warnings) host->warn(task.call, "%s", warning.c_str());
}

struct OpenJpegDecoder {
  static constexpr const char* kId = "openjpeg";
  static constexpr const char* kCodec = "jpeg2k";
  using Worker = OpenJpegWorker;
  static polycodec_status Decode(Worker& worker, const polycodec_decode_task& task) {
    return DecodeOpenJpeg(worker, task);
  }
};

}  // namespace

polycodec_status DecodeOpenJpeg(OpenJpegWorker& worker, const polycodec_decode_task& task) {
  return Guard(task.call, [&] { Decode(worker, task); });
}

const polycodec_decoder kOpenJpegDecoder = polycodec::Decoder<OpenJpegDecoder>();

}  // namespace polycodec::jpeg2k
