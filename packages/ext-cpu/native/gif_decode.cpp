#include "gif_decode.hpp"

#include <algorithm>

#include <polycodec.hpp>

#include "gif_lzw.hpp"

namespace polycodec::gif {
namespace {

constexpr uint32_t kOpaque = 0xff000000;

// Between this many we look whether the picture is still wanted: about 2 ms.
constexpr size_t kIndicesAtOnce = 1u << 19;

struct GifDecoder {
  static constexpr const char* kId = "gif";
  static constexpr const char* kCodec = "gif";
  using Worker = DecodeWorker;
  static polycodec_status Decode(Worker& worker, const polycodec_decode_task& task);
};

// A frame's colours as pixels. An index beyond its table is black, as in most decoders.
struct Palette {
  std::array<uint32_t, 256> pixels;

  explicit Palette(ColorTable colors) {
    pixels.fill(kOpaque);
    for (size_t i = 0; 3 * i < colors.size(); ++i) {
      pixels[i] = kOpaque | colors[3 * i] | uint32_t{colors[3 * i + 1]} << 8 | uint32_t{colors[3 * i + 2]} << 16;
    }
  }
};

// What the canvas is before the first frame, and where a frame has been cleared away: transparent. Under the
// transparency lies the colour that the first frame has for it, which is what those see who drop alpha.
uint32_t BlankColor(const Frame& first) {
  return first.transparent < 0 ? 0 : Palette(first.colors).pixels[static_cast<size_t>(first.transparent)] & ~kOpaque;
}

// The row that stands at place `i` in the data: interlaced frames have every eighth row first, then the fourth ones
// between them, then the second ones, then the rest (GIF89a, appendix E).
uint32_t RowAt(uint32_t i, uint32_t height, bool interlaced) {
  if (!interlaced) return i;
  uint32_t start = 0, step = 8;
  for (;;) {
    const uint32_t rows = start < height ? (height - start + step - 1) / step : 0;
    if (i < rows) return start + i * step;
    i -= rows;
    start = step == 8 && start == 0 ? 4 : start / 2;
    if (start != 4) step /= 2;
  }
}

CanvasPart Clipped(const CanvasPart& part, const Canvas& canvas) {
  const uint32_t x = std::min(part.x, canvas.width), y = std::min(part.y, canvas.height);
  return {x, y, std::min(part.width, canvas.width - x), std::min(part.height, canvas.height - y)};
}

polycodec_status Expand(DecodeWorker& worker, const polycodec_decode_task& task, const Frame& frame, size_t index,
                        bool last, size_t* count) {
  if (frame.codeSize < 1 || frame.codeSize > kMaxCodeSize) {
    host->message(task.call, "frame %zu: codes of %u bits, 1 to %u expected", index, frame.codeSize, kMaxCodeSize);
    return POLYCODEC_IMAGE_CORRUPTED;
  }
  if (frame.colors.empty()) {
    host->message(task.call, "frame %zu: there is no colour table", index);
    return POLYCODEC_IMAGE_CORRUPTED;
  }
  const size_t pixels = size_t{frame.part.width} * frame.part.height;
  // A frame may claim to be huge, also one of a small picture: its data must be able to hold it.
  const size_t room = std::min<uint64_t>(pixels, LzwExpander::MostIndices(frame.blocks.size()));
  const uint64_t bytes = room + CanvasBytes(worker.canvas.width, worker.canvas.height);
  if (task.max_scratch_bytes != 0 && bytes > task.max_scratch_bytes) {
    host->message(task.call, "needs %llu bytes of scratch memory", static_cast<unsigned long long>(bytes));
    return POLYCODEC_LIMIT_EXCEEDED;
  }
  if (worker.indices.size() < room) worker.indices.resize(room);
  LzwExpander expander(frame.blocks, frame.codeSize, {worker.indices.data(), room});
  LzwEnd end = LzwEnd::kNotYet;
  while (end == LzwEnd::kNotYet && expander.count() < room) {
    if (host->cancelled(task.call)) return POLYCODEC_CANCELLED;
    end = expander.Run(expander.count() + kIndicesAtOnce);
  }
  *count = expander.count();
  if (*count == pixels) return POLYCODEC_SUCCESS;
  const uint32_t rows = static_cast<uint32_t>(*count / frame.part.width);
  if (end == LzwEnd::kWrongCode) {
    host->message(task.call, "frame %zu, row %u of %u: a code that has not been made yet", index, rows,
                  frame.part.height);
    return POLYCODEC_IMAGE_CORRUPTED;
  }
  const char* what = end == LzwEnd::kFileEnd ? "the file ends" : "its data end";
  if (last && task.allow_partial) {
    host->warn(task.call, "frame %zu, row %u of %u: %s", index, rows, frame.part.height, what);
    return POLYCODEC_SUCCESS;
  }
  host->message(task.call, "frame %zu, row %u of %u: %s", index, rows, frame.part.height, what);
  return POLYCODEC_IMAGE_TRUNCATED;
}

// Draws the first `count` pixels of a frame. The transparent ones leave what is there.
void Paint(const Frame& frame, const std::vector<uint8_t>& indices, size_t count, Canvas& canvas) {
  const Palette palette(frame.colors);
  const CanvasPart part = Clipped(frame.part, canvas);
  for (uint32_t i = 0; i < frame.part.height && size_t{i} * frame.part.width < count; ++i) {
    const uint32_t y = RowAt(i, frame.part.height, frame.interlaced);
    if (y >= part.height) continue;
    const uint8_t* from = indices.data() + size_t{i} * frame.part.width;
    uint32_t* to = canvas.Row(part.y + y) + part.x;
    const uint32_t width = static_cast<uint32_t>(std::min<size_t>(part.width, count - size_t{i} * frame.part.width));
    if (frame.transparent < 0) {
      for (uint32_t x = 0; x < width; ++x) to[x] = palette.pixels[from[x]];
    } else {
      for (uint32_t x = 0; x < width; ++x) to[x] = from[x] == frame.transparent ? to[x] : palette.pixels[from[x]];
    }
  }
}

// The first frame that matters to the last one: nothing is seen of what came before an opaque frame over the whole
// canvas, or of what was there when the whole canvas was cleared.
size_t FirstNeeded(const std::vector<Frame>& frames, const Canvas& canvas) {
  for (size_t k = frames.size(); k-- > 0;) {
    if (!Clipped(frames[k].part, canvas).Covers(canvas)) continue;
    const bool isLast = k + 1 == frames.size();
    if (!isLast && frames[k].disposal == Disposal::kToBackground) return k + 1;
    const bool stays = isLast || frames[k].disposal != Disposal::kToPrevious;
    if (stays && frames[k].transparent < 0) return k;
  }
  return 0;
}

polycodec_status CheckTask(const polycodec_decode_task& task, const File& file) {
  if (file.width != task.width || file.height != task.height) {
    host->message(task.call, "headers disagree: %u x %u, and %u x %u", file.width, file.height, task.width,
                  task.height);
    return POLYCODEC_IMAGE_CORRUPTED;
  }
  const polycodec_layout& output = task.output;
  const bool isRgb = output.sample_format == POLYCODEC_I_RGB || output.sample_format == POLYCODEC_I_BGR;
  if (!(isRgb && output.channels == 3) && !(output.sample_format == POLYCODEC_I_RGBA && output.channels == 4)) {
    host->message(task.call, "sample format %d of %u channels", output.sample_format, output.channels);
    return POLYCODEC_SAMPLE_FORMAT_UNSUPPORTED;
  }
  if (task.orientation > 1) {
    host->message(task.call, "orientation %d", task.orientation);
    return POLYCODEC_ORIENTATION_UNSUPPORTED;
  }
  return POLYCODEC_SUCCESS;
}

polycodec_status GifDecoder::Decode(Worker& worker, const polycodec_decode_task& task) {
  polycodec_status status = ReadFile(task.call, {task.data, task.size}, task.image_index, worker.file);
  if (status == POLYCODEC_SUCCESS) status = CheckTask(task, worker.file);
  if (status != POLYCODEC_SUCCESS) return status;
  const std::vector<Frame>& frames = worker.file.frames;
  Canvas& canvas = worker.canvas;
  if (task.max_scratch_bytes != 0 && CanvasBytes(task.width, task.height) > task.max_scratch_bytes) {
    host->message(task.call, "needs a canvas of %llu bytes",
                  static_cast<unsigned long long>(CanvasBytes(task.width, task.height)));
    return POLYCODEC_LIMIT_EXCEEDED;
  }
  const uint32_t blank = BlankColor(frames[0]);
  Blank(canvas, task.width, task.height, blank);

  uint64_t decoded = 0;
  for (size_t k = FirstNeeded(frames, canvas); k < frames.size(); ++k) {
    const Frame& frame = frames[k];
    const bool last = k + 1 == frames.size();
    if (host->cancelled(task.call)) return POLYCODEC_CANCELLED;
    // Whatever these two show is gone when the next frame comes.
    if (!last && frame.disposal == Disposal::kToPrevious) continue;
    if (!last && frame.disposal == Disposal::kToBackground) {
      FillPart(canvas, Clipped(frame.part, canvas), blank);
      continue;
    }
    decoded += uint64_t{frame.part.width} * frame.part.height;
    if (task.max_scan_pixels != 0 && decoded > task.max_scan_pixels) {
      host->message(task.call, "frame %u is drawn upon frames of more than %llu pixels", task.image_index,
                    static_cast<unsigned long long>(task.max_scan_pixels));
      return POLYCODEC_LIMIT_EXCEEDED;
    }
    size_t count = 0;
    status = Expand(worker, task, frame, k, last, &count);
    if (status != POLYCODEC_SUCCESS) return status;
    Paint(frame, worker.indices, count, canvas);
  }
  return Deliver(canvas, task);
}

}  // namespace

constexpr polycodec_decoder kGifDecoder = Decoder<GifDecoder>();

}  // namespace polycodec::gif
