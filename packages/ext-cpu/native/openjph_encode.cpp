#include "openjph_encode.hpp"

#include <openjph/ojph_arch.h>
#include <openjph/ojph_codestream.h>
#include <openjph/ojph_file.h>
#include <openjph/ojph_mem.h>
#include <openjph/ojph_params.h>

#include <vector>

#include "jpeg2k_components.hpp"
#include "jpeg2k_container.hpp"
#include "jpeg2k_failure.hpp"
#include "jpeg2k_sink.hpp"
#include "openjph_messages.hpp"
#include "openjph_wavelet.hpp"

namespace polycodec::jpeg2k {
namespace {

struct SinkFile final : ojph::outfile_base {
  explicit SinkFile(Sink& sink) : sink(sink) {}
  size_t write(const void* bytes, size_t count) override {
    if (sink.Write(bytes, count)) return count;
    if (sink.cancelled) Fail(POLYCODEC_CANCELLED, "cancelled");
    throw std::bad_alloc();
  }
  ojph::si64 tell() override { return static_cast<ojph::si64>(sink.at - sink.start); }

  Sink& sink;
};

// Lossless alone: the backend accepts nothing else (src/backends/openjph.ts says why).
void Configure(ojph::codestream& codestream, const polycodec_encode_task& task, const Components& components) {
  const Params params(task.params);
  ojph::param_siz size = codestream.access_siz();
  size.set_image_extent(ojph::point(task.input.width, task.input.height));
  size.set_num_components(components.Count());
  for (uint32_t i = 0; i < components.Count(); ++i) {
    const Components::Shape& shape = components.Of(i);
    size.set_component(i, ojph::point(shape.dx, shape.dy), components.Precision(), components.IsSigned());
  }
  const double tileWidth = params.Number("tileWidth", 0), tileHeight = params.Number("tileHeight", 0);
  const bool tiled = tileWidth > 0 && tileHeight > 0;
  const ojph::size tile(tiled ? static_cast<uint32_t>(tileWidth) : task.input.width,
                        tiled ? static_cast<uint32_t>(tileHeight) : task.input.height);
  size.set_tile_size(tile);
  auto levels = static_cast<uint32_t>(params.Number("numResolutions", 6)) - 1;
  for (uint32_t i = 0; i < components.Count(); ++i) {
    const Components::Shape& shape = components.Of(i);
    levels = SoundLevels({0, task.input.width, 0, tile.w, shape.dx}, {0, task.input.height, 0, tile.h, shape.dy}, levels,
                         true);
  }
  ojph::param_cod style = codestream.access_cod();
  style.set_num_decomposition(levels);
  style.set_block_dims(static_cast<uint32_t>(params.Number("codeBlockWidth", 64)),
                       static_cast<uint32_t>(params.Number("codeBlockHeight", 64)));
  style.set_progression_order(params.Text("progOrder", "RPCL"));
  const bool mct = params.Number("mctMode", 0) != 0;
  if (mct && components.CodedColor() != Components::Color::kRgb && components.Count() >= 3) {
    Fail(POLYCODEC_COLOR_SPEC_UNSUPPORTED, "the multiple component transform is for RGB");
  }
  style.set_color_transform(mct && components.Count() >= 3);
  style.set_reversible(true);
  codestream.set_planar(!components.AreEquallyFine());
}

void Write(const polycodec_encode_task& task, Components& components, Sink& sink) {
  SinkFile file(sink);
  ojph::codestream codestream;
  Configure(codestream, task, components);
  codestream.write_headers(&file);

  ojph::ui32 component = 0;
  ojph::line_buf* line = codestream.exchange(nullptr, component);
  std::vector<uint32_t> rows(components.Count());
  uint64_t left = 0;
  for (uint32_t i = 0; i < components.Count(); ++i) left += components.Of(i).height;
  for (uint64_t count = 0; count < left; ++count) {
    if (count % 64 == 0 && host->cancelled(task.call)) Fail(POLYCODEC_CANCELLED, "cancelled");
    if (line == nullptr || component >= rows.size() || rows[component] >= components.Of(component).height ||
        line->size < components.Of(component).width) {
      Fail(POLYCODEC_FAIL, "OpenJPH asks for a line that there is not");
    }
    components.ReadRow(component, rows[component]++, line->i32);
    line = codestream.exchange(line, component);
  }
  codestream.flush();
  codestream.close();
}

void Encode(const polycodec_encode_task& task) {
  Components components(task);
  Sink sink(task.call);
  const size_t pixels = size_t{task.input.width} * task.input.height;
  if (!sink.Reserve(pixels * components.Count() * ((components.Precision() + 7) / 8) / 2 + 65536)) throw std::bad_alloc();
  sink.Begin(BeginContainer(task, components, true));
  const OpenJphMessages messages;
  WithOpenJph(messages, POLYCODEC_FAIL, [&] { Write(task, components, sink); });
  sink.Finish(CommentSegments(task));
}

struct OpenJphEncoder {
  static constexpr const char* kId = "openjph";
  static constexpr const char* kCodec = "jpeg2k";
  struct Worker {};
  static polycodec_status Encode(Worker&, const polycodec_encode_task& task) {
    return Guard(task.call, [&] { jpeg2k::Encode(task); });
  }
};

}  // namespace

const polycodec_encoder kOpenJphEncoder = polycodec::Encoder<OpenJphEncoder>();

}  // namespace polycodec::jpeg2k
