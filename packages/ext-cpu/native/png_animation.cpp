// The frames of an animation as pictures (APNG, W3C PNG third edition, 11.3.4): each is what is seen when its turn has
// come, composed of the frames before it.
#include <algorithm>
#include <cstring>

#include "png_channels.hpp"
#include "png_decode.hpp"
#include "png_error.hpp"

namespace polycodec::png {
namespace {

enum Dispose : uint8_t { kLeave = 0, kClear = 1, kRestore = 2 };
enum Blend : uint8_t { kSource = 0, kOver = 1 };

// Puts a pixel over another, neither premultiplied: the formulas of 13.16, to the nearest below.
template <typename Sample>
void PutOver(const Sample* from, Sample* to) {
  constexpr uint64_t kFull = Sample(~Sample{0});
  const uint64_t alpha = from[3];
  if (alpha == 0) return;
  if (alpha == kFull || to[3] == 0) {
    std::copy_n(from, 4, to);
    return;
  }
  const uint64_t over = alpha * kFull, under = (kFull - alpha) * to[3], sum = over + under;
  for (int c = 0; c < 3; ++c) to[c] = Sample((from[c] * over + to[c] * under) / sum);
  to[3] = Sample(sum / kFull);
}

class Canvas {
 public:
  Canvas(DecodeWorker& worker, const polycodec_decode_task& task, const Header& header)
      : worker_(worker), task_(task), header_(header), sampleBytes_(header.format.depth == 16 ? 2 : 1),
        rowBytes_(size_t{header.width} * 4 * sampleBytes_) {
    const uint64_t size = uint64_t{rowBytes_} * header.height;
    CheckScratch(task, size * 3);
    pixels_ = worker.canvas.Take(size * 3);
    frame_ = pixels_ + size;
    saved_ = frame_ + size;
    std::memset(pixels_, 0, size);
  }

  // Shows the frame, as it is after those that have been shown before.
  void Show(const Frame& frame, bool isFirst) {
    if (!isFirst) Dispose(last_);
    last_ = frame.control;
    // There is nothing to restore before the first frame.
    if (isFirst && last_.dispose == kRestore) last_.dispose = kClear;
    if (last_.dispose == kRestore) EachRow(last_, [&](uint8_t* row, size_t at, size_t bytes) { std::memcpy(saved_ + at, row, bytes); });

    const FrameControl& control = frame.control;
    const size_t frameRow = size_t{control.width} * 4 * sampleBytes_;
    const polycodec_layout layout{.width = control.width, .height = control.height, .channels = 4,
                                  .dtype = sampleBytes_ == 2 ? POLYCODEC_UINT16 : POLYCODEC_UINT8,
                                  .sample_format = POLYCODEC_I_RGBA, .color_spec = POLYCODEC_COLOR_SRGB,
                                  .precision = sampleBytes_ * 8, .reserved = 0, .row_stride = frameRow, .plane_stride = 0};
    DecodeImage(worker_, task_, header_, control.width, control.height, frame.data, {0, 0, control.height, control.width},
                layout, frame_);
    const uint8_t* from = frame_;
    EachRow(control, [&](uint8_t* row, size_t, size_t bytes) {
      if (control.blend == kSource) {
        std::memcpy(row, from, bytes);
      } else if (sampleBytes_ == 1) {
        for (size_t i = 0; i < bytes; i += 4) PutOver<uint8_t>(from + i, row + i);
      } else {
        for (size_t i = 0; i < bytes; i += 8) {
          PutOver(reinterpret_cast<const uint16_t*>(from + i), reinterpret_cast<uint16_t*>(row + i));
        }
      }
      from += bytes;
    });
  }

  void Write(const Part& part) const {
    ChannelWriter writer(4, sampleBytes_, task_.output, host->simd != 0);
    for (uint32_t y = part.y0; y < part.y1; ++y) {
      const uint8_t* samples = pixels_ + rowBytes_ * y + size_t{part.x0} * 4 * sampleBytes_;
      writer.WriteRow(samples, part.x1 - part.x0, task_.pixels + task_.output.row_stride * (y - part.y0));
    }
  }

 private:
  // Calls work(row, offset, bytes) for the canvas's rows that the frame covers.
  template <typename Work>
  void EachRow(const FrameControl& control, Work&& work) {
    const size_t bytes = size_t{control.width} * 4 * sampleBytes_, left = size_t{control.x} * 4 * sampleBytes_;
    for (uint32_t y = control.y; y < control.y + control.height; ++y) {
      work(pixels_ + rowBytes_ * y + left, rowBytes_ * y + left, bytes);
    }
  }

  void Dispose(const FrameControl& control) {
    if (control.dispose == kClear) EachRow(control, [](uint8_t* row, size_t, size_t bytes) { std::memset(row, 0, bytes); });
    if (control.dispose != kRestore) return;
    EachRow(control, [&](uint8_t* row, size_t at, size_t bytes) { std::memcpy(row, saved_ + at, bytes); });
  }

  DecodeWorker& worker_;
  const polycodec_decode_task& task_;
  const Header& header_;
  const uint32_t sampleBytes_;
  const size_t rowBytes_;
  uint8_t *pixels_, *frame_, *saved_;
  FrameControl last_;
};

}  // namespace

void DecodeFrame(DecodeWorker& worker, const polycodec_decode_task& task, const Stream& stream, const Part& part) {
  // The still image is image 0, whether or not it is the first frame as well.
  const bool stillIsFrame = !stream.frames.empty() && stream.frames[0].data.parts.data() != nullptr &&
                            !stream.data.parts.empty() &&
                            stream.frames[0].data.parts[0].data() == stream.data.parts[0].data();
  const uint32_t count = task.image_index + (stillIsFrame ? 1 : 0);
  if (stream.frames.size() < count || stream.frames[count - 1].data.parts.empty()) {
    Fail(task.call, stream.data.cut ? POLYCODEC_IMAGE_TRUNCATED : POLYCODEC_IMAGE_CORRUPTED,
         "frame %u: the animation ends before it", count);
  }
  const OutputChannels plan = PlanOutput(4, stream.header.format.depth == 16 ? 2 : 1, task.output);
  if (plan.status != POLYCODEC_SUCCESS) throw Failure{plan.status};
  uint64_t pixels = 0;
  for (uint32_t i = 0; i < count; ++i) {
    pixels += uint64_t{stream.frames[i].control.width} * stream.frames[i].control.height;
  }
  if ((task.max_scans != 0 && count > task.max_scans) || (task.max_scan_pixels != 0 && pixels > task.max_scan_pixels)) {
    Fail(task.call, POLYCODEC_LIMIT_EXCEEDED, "frame %u is composed of more frames than the limits on scans allow", count);
  }
  Canvas canvas(worker, task, stream.header);
  for (uint32_t i = 0; i < count; ++i) {
    StopIfCancelled(task.call);
    canvas.Show(stream.frames[i], i == 0);
  }
  canvas.Write(part);
}

}  // namespace polycodec::png
