#include "openjph_decode.hpp"

#include <algorithm>
#include <cstring>

#include <openjph/ojph_arch.h>
#include <openjph/ojph_codestream.h>
#include <openjph/ojph_mem.h>
#include <openjph/ojph_params.h>

#include "jpeg2k_assertions.hpp"
#include "jpeg2k_failure.hpp"
#include "jpeg2k_limits.hpp"
#include "openjph_input.hpp"
#include "openjph_messages.hpp"
#include "openjph_wavelet.hpp"

namespace polycodec::jpeg2k {
namespace {

constexpr uint32_t kRowsPerCancelCheck = 16;
// OpenJPH's coefficients have 32 bits: sign, guard bits and the gain of the transforms leave this.
constexpr uint32_t kMaxPrecision = 26;
// All tiles' structures are there at once. Of many small tiles they are many times the pixels; such pictures are OpenJPEG's.
constexpr uint64_t kStructureBytesPerSample = 8, kFreeStructureBytes = 16 << 20;

void CheckHeaders(ojph::param_siz size, const CodeStream& stream, uint32_t reduction) {
  const auto components = static_cast<uint32_t>(stream.components.size());
  bool same = size.get_num_components() == components;
  for (uint32_t c = 0; same && c < components; ++c) {
    const Component& component = stream.components[c];
    const ojph::point step = size.get_downsampling(c);
    const auto length = [&](uint32_t from, uint32_t to, uint32_t d) {
      return CeilShift(CeilDiv(to, d), reduction) - CeilShift(CeilDiv(from, d), reduction);
    };
    same = size.get_bit_depth(c) == component.precision && size.is_signed(c) == component.isSigned &&
           step.x == component.dx && step.y == component.dy &&
           size.get_recon_width(c) == length(stream.x0, stream.x1, component.dx) &&
           size.get_recon_height(c) == length(stream.y0, stream.y1, component.dy);
  }
  if (!same) Fail(POLYCODEC_CODESTREAM_UNSUPPORTED, "OpenJPH reads other components from the headers");
}

bool IsSound(const CodeStream& stream, const Component& component) {
  const TileAxis across{stream.x0, stream.x1, stream.tileX0, stream.tileWidth, component.dx};
  const TileAxis down{stream.y0, stream.y1, stream.tileY0, stream.tileHeight, component.dy};
  return SoundLevels(across, down, stream.maxLevels, stream.isReversible) == stream.maxLevels;
}

struct Lines {
  ojph::codestream& codestream;
  const polycodec_decode_task& task;
  const CodeStream& stream;
  const Picture& picture;
  OpenJphWorker& worker;
  uint64_t structureBytes;
  bool isPlanar;  // all lines of a component come before those of the next
  bool clamps = !picture.IsUnconverted();

  // The next line, which must be one of `component`, copied: OpenJPH has one buffer for all. What the transform has made larger
  // than the component's range is brought back into it before it is converted, as OpenJPEG does.
  void Pull(uint32_t component, int32_t* to, uint32_t width) {
    ojph::ui32 found = 0;
    const ojph::line_buf* line = codestream.pull(found);
    if (line == nullptr || found != component || line->size < width) {
      Fail(POLYCODEC_CODESTREAM_UNSUPPORTED, "OpenJPH's lines come in another order");
    }
    if (!clamps) {
      std::memcpy(to, line->i32, size_t{width} * sizeof(int32_t));
      return;
    }
    const auto [precision, isSigned, dx, dy] = stream.components[component];
    const int32_t low = isSigned ? -(1 << (precision - 1)) : 0, high = low + (1 << precision) - 1;
    for (uint32_t x = 0; x < width; ++x) to[x] = std::clamp(line->i32[x], low, high);
  }

  void PollCancelled(uint32_t row) const {
    if (row % kRowsPerCancelCheck == 0 && host->cancelled(task.call)) Fail(POLYCODEC_CANCELLED, "cancelled");
  }

  // The geometry of every component at the picture's resolution, without its samples.
  void PlanPlanes() {
    const uint32_t reduction = picture.Reduction();
    worker.planes.clear();
    for (const Component& component : stream.components) {
      Plane plane;
      plane.u0 = CeilShift(CeilDiv(stream.x0, component.dx), reduction);
      plane.v0 = CeilShift(CeilDiv(stream.y0, component.dy), reduction);
      plane.width = CeilShift(CeilDiv(stream.x1, component.dx), reduction) - plane.u0;
      plane.height = CeilShift(CeilDiv(stream.y1, component.dy), reduction) - plane.v0;
      plane.stride = plane.width;
      worker.planes.push_back(plane);
    }
  }

  // Equally fine components: each row is written as soon as its lines are there, while they are in the cache.
  void WriteAsTheyCome() {
    const uint32_t width = worker.planes[0].width, height = worker.planes[0].height, top = worker.planes[0].v0;
    worker.lines.resize(size_t{width} * worker.planes.size());
    const uint32_t skipped = picture.FirstRow() - top;
    uint32_t written = 0;
    for (uint32_t row = 0; row < height && written < task.output.height; ++row) {
      PollCancelled(row);
      for (uint32_t c = 0; c < worker.planes.size(); ++c) {
        int32_t* line = worker.lines.data() + size_t{width} * c;
        Pull(c, line, width);
        worker.planes[c].data = line;
        worker.planes[c].height = 1;
        worker.planes[c].v0 = top + row;
      }
      if (row < skipped) continue;
      picture.Write(worker.planes, {written, 0, written + 1, task.output.width}, worker.scratch);
      ++written;
    }
    // With an odd origin the scaled picture may have a row more than there are lines: the last is repeated.
    for (; written < task.output.height; ++written) {
      picture.Write(worker.planes, {written, 0, written + 1, task.output.width}, worker.scratch);
    }
  }

  // All lines are kept, component by component, before the first row is made.
  void WriteAfterAll() {
    size_t samples = 0;
    for (const Plane& plane : worker.planes) samples += size_t{plane.width} * plane.height;
    CheckScratch(task.max_scratch_bytes, samples * sizeof(int32_t) + task.size + structureBytes);
    worker.lines.resize(samples);
    int32_t* next = worker.lines.data();
    for (Plane& plane : worker.planes) {
      plane.data = next;
      next += size_t{plane.width} * plane.height;
    }
    const auto lineOf = [&](uint32_t c, uint32_t row) {
      return const_cast<int32_t*>(worker.planes[c].data) + worker.planes[c].stride * row;
    };
    if (isPlanar) {
      for (uint32_t c = 0; c < worker.planes.size(); ++c) {
        for (uint32_t row = 0; row < worker.planes[c].height; ++row) {
          PollCancelled(row);
          Pull(c, lineOf(c, row), worker.planes[c].width);
        }
      }
    } else {
      for (uint32_t row = 0; row < worker.planes[0].height; ++row) {
        PollCancelled(row);
        for (uint32_t c = 0; c < worker.planes.size(); ++c) Pull(c, lineOf(c, row), worker.planes[c].width);
      }
    }
    picture.Write(worker.planes, {0, 0, task.output.height, task.output.width}, worker.scratch);
  }
};

uint64_t Samples(const CodeStream& stream) {
  uint64_t samples = 0;
  for (const Component& component : stream.components) {
    samples += uint64_t{CeilDiv(stream.x1, component.dx) - CeilDiv(stream.x0, component.dx)} *
               (CeilDiv(stream.y1, component.dy) - CeilDiv(stream.y0, component.dy));
  }
  return samples;
}

void Decode(OpenJphWorker& worker, const polycodec_decode_task& task) {
  const Boxes boxes = ReadBoxes({task.data, task.size});
  const CodeStream stream = ReadCodeStream(boxes.codeStream);
  if (!stream.isHt) Fail(POLYCODEC_CODESTREAM_UNSUPPORTED, "no high-throughput code stream");
  // The block decoder that OpenJPH has for other CPUs asserts what damaged blocks break.
  if (!__builtin_cpu_supports("ssse3")) Fail(POLYCODEC_CODESTREAM_UNSUPPORTED, "a CPU without SSSE3");
  const Picture picture(task, boxes, stream);
  bool equallyFine = true;
  for (const Component& component : stream.components) {
    if (component.precision > kMaxPrecision) Fail(POLYCODEC_CODESTREAM_UNSUPPORTED, "%u bits", component.precision);
    equallyFine &= component.dx == stream.components[0].dx && component.dy == stream.components[0].dy;
    if (!IsSound(stream, component)) Fail(POLYCODEC_CODESTREAM_UNSUPPORTED, "tiles that OpenJPH transforms wrongly");
  }
  if (stream.missingBytes != 0 || stream.missingTiles != 0) {
    // What a cut picture still has is OpenJPEG's to find.
    if (task.allow_partial) Fail(POLYCODEC_CODESTREAM_UNSUPPORTED, "tile-parts are missing");
    CheckComplete(task, stream);
  }
  CheckPackets(stream, boxes.codeStream.size());
  OpenJphInput file(boxes.codeStream, stream);
  if (file.StructureBytes() > kFreeStructureBytes + kStructureBytesPerSample * Samples(stream)) {
    Fail(POLYCODEC_CODESTREAM_UNSUPPORTED, "code blocks and tiles that take OpenJPH %llu bytes",
         static_cast<unsigned long long>(file.StructureBytes()));
  }
  CheckScratch(task.max_scratch_bytes, task.size + file.StructureBytes());

  const OpenJphMessages messages;
  const AssertionsAsFailures guard;
  WithOpenJph(messages, POLYCODEC_IMAGE_CORRUPTED, [&] {
    ojph::codestream codestream;
    codestream.read_headers(&file);
    codestream.set_planar(!equallyFine);
    codestream.restrict_input_resolution(picture.Reduction(), picture.Reduction());
    codestream.create();
    CheckHeaders(codestream.access_siz(), stream, picture.Reduction());

    Lines lines{codestream, task, stream, picture, worker, file.StructureBytes(), !equallyFine};
    lines.PlanPlanes();
    if (picture.IsPlain() && equallyFine) {
      lines.WriteAsTheyCome();
    } else {
      lines.WriteAfterAll();
    }
  });
  // OpenJPH warns of what it has left out of a code block; the picture is then not what it should be.
  if (messages.HasWarning()) Fail(POLYCODEC_CODESTREAM_UNSUPPORTED, "%s", messages.Warning());
}

struct OpenJphDecoder {
  static constexpr const char* kId = "openjph";
  static constexpr const char* kCodec = "jpeg2k";
  using Worker = OpenJphWorker;
  static polycodec_status Decode(Worker& worker, const polycodec_decode_task& task) {
    return DecodeOpenJph(worker, task);
  }
};

}  // namespace

polycodec_status DecodeOpenJph(OpenJphWorker& worker, const polycodec_decode_task& task) {
  return Guard(task.call, [&] { Decode(worker, task); });
}

const polycodec_decoder kOpenJphDecoder = polycodec::Decoder<OpenJphDecoder>();

}  // namespace polycodec::jpeg2k
