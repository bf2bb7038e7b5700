// From the components' samples to the task's part of the picture: upsampling, colours, region, memory layout.
#include <algorithm>
#include <mutex>

#include "jpeg_deep_color.hpp"
#include "jpeg_deep_error.hpp"
#include "jpeg_deep_rows.hpp"

namespace polycodec::jpegdeep {
namespace {

// Output rows that one thread makes at a time.
constexpr uint32_t kStripRows = 16;

// What all strips share.
struct Output {
  const Image* image;
  Coded coded;
  ColorPlan plan;
  uint32_t firstRow, firstColumn;
};

// One thread's buffers for one strip.
struct Strip {
  const Output& output;
  std::vector<ComponentRows> components;
  const uint16_t* rows[4] = {};  // the row at hand, by channel: a component's own, or in `converted`
  std::vector<uint16_t> converted;

  explicit Strip(const Output& shared) : output(shared) {
    const Frame& frame = shared.image->frame;
    for (const Component& component : frame.components) components.emplace_back(frame, component);
    converted.resize(size_t{frame.width} * shared.plan.count);
  }

  // Row `y`, converted: sets `rows`.
  void Convert(uint32_t y) {
    const Frame& frame = output.image->frame;
    const uint16_t* from[4] = {};
    uint16_t* to[4] = {};
    for (size_t c = 0; c < components.size(); ++c) from[c] = components[c].Row(y);
    for (uint32_t c = 0; c < output.plan.count; ++c) to[c] = converted.data() + size_t{c} * frame.width;
    if (IsAsCoded(output.coded, output.plan.channels)) {
      std::copy_n(from, 4, rows);
      return;
    }
    ConvertRow(output.coded, output.plan.channels, output.image->adobeTransform >= 0, frame.precision, from, to,
               frame.width);
    std::copy_n(to, 4, rows);
  }

  // The converted row as row `y` of the output.
  void Store(uint32_t y) const {
    const polycodec_decode_task& task = *output.image->task;
    if (task.output.dtype == POLYCODEC_UINT8) {
      StoreAs<uint8_t>(task, y);
    } else {
      StoreAs<uint16_t>(task, y);
    }
  }

  template <class Sample>
  void StoreAs(const polycodec_decode_task& task, uint32_t y) const {
    uint8_t* to = task.pixels + task.output.row_stride * y;
    const bool planar = task.output.plane_stride != 0 && output.plan.count > 1;
    switch (planar ? 1 : output.plan.count) {
      case 1:
        for (uint32_t c = 0; c < output.plan.count; ++c, to += task.output.plane_stride) {
          Interleave<1, Sample>(rows + c, to);
        }
        break;
      case 2: Interleave<2, Sample>(rows, to); break;
      case 3: Interleave<3, Sample>(rows, to); break;
      default: Interleave<4, Sample>(rows, to);
    }
  }

  template <uint32_t kChannels, class Sample>
  void Interleave(const uint16_t* const* from, uint8_t* bytes) const {
    auto* to = reinterpret_cast<Sample*>(bytes);
    const uint32_t first = output.firstColumn, width = output.image->task->output.width;
    const uint16_t* channel[kChannels];
    for (uint32_t c = 0; c < kChannels; ++c) channel[c] = from[c] + first;
    for (uint32_t x = 0; x < width; ++x, to += kChannels) {
      for (uint32_t c = 0; c < kChannels; ++c) to[c] = static_cast<Sample>(channel[c][x]);
    }
  }
};

void WriteStrip(const Output& output, uint32_t begin, uint32_t end) {
  Strip strip(output);
  for (uint32_t y = begin; y < end; ++y) {
    if (host->cancelled(output.image->task->call)) return;
    strip.Convert(output.firstRow + y);
    strip.Store(y);
  }
}

// parallel_for takes a C function, so what is thrown waits here until all have ended.
struct Strips {
  const Output* output;
  std::mutex mutex;
  std::exception_ptr thrown;

  static void Run(void* context, size_t i) {
    auto& strips = *static_cast<Strips*>(context);
    const uint32_t begin = static_cast<uint32_t>(i) * kStripRows;
    const uint32_t height = strips.output->image->task->output.height;
    try {
      WriteStrip(*strips.output, begin, std::min(begin + kStripRows, height));
    } catch (...) {
      const std::lock_guard lock(strips.mutex);
      strips.thrown = std::current_exception();
    }
  }
};

}  // namespace

void WriteOutput(Image& image) {
  const polycodec_decode_task& task = *image.task;
  const polycodec_layout& layout = task.output;
  const Frame& frame = image.frame;
  const Coded coded = image.CodedColors();
  const Output output{&image, coded, PlanColors(coded, layout.sample_format), task.has_region ? task.y0 : 0,
                      task.has_region ? task.x0 : 0};
  if (output.plan.status != POLYCODEC_SUCCESS) {
    Refuse(output.plan.status, "sample format %d of %zu components", layout.sample_format, frame.components.size());
  }
  const bool narrow = frame.precision <= 8;
  if (layout.dtype != (narrow ? POLYCODEC_UINT8 : POLYCODEC_UINT16)) {
    Refuse(POLYCODEC_SAMPLE_TYPE_UNSUPPORTED, "samples of %u bits", frame.precision);
  }
  if (task.orientation != 1) Refuse(POLYCODEC_ORIENTATION_UNSUPPORTED, "orientation %d", task.orientation);
  if (task.scale != 1) Refuse(POLYCODEC_SCALE_UNSUPPORTED, "scale %u", task.scale);
  const bool fits = layout.channels == output.plan.count && layout.width <= frame.width &&
                    output.firstColumn <= frame.width - layout.width && layout.height <= frame.height &&
                    output.firstRow <= frame.height - layout.height;
  if (!fits) {
    Refuse(POLYCODEC_FAIL, "an output of %u x %u x %u at row %u, column %u of %u x %u", layout.width, layout.height,
           layout.channels, output.firstRow, output.firstColumn, frame.width, frame.height);
  }

  Strips strips{&output, {}, {}};
  host->parallel_for(task.call, DivideUp(layout.height, kStripRows), Strips::Run, &strips);
  if (strips.thrown) std::rethrow_exception(strips.thrown);
  if (host->cancelled(task.call)) Refuse(POLYCODEC_CANCELLED, "cancelled");
}

}  // namespace polycodec::jpegdeep
