#include "png_decode.hpp"

#include <algorithm>
#include <cinttypes>
#include <cstring>

#include "png_channels.hpp"
#include "png_error.hpp"
#include "png_samples.hpp"
#include "png_unfilter.hpp"

namespace polycodec::png {
namespace {

// Rows that are unfiltered and converted at a time: enough for Paeth rows in lockstep, few enough for the nearest cache,
// and as far apart as cancellation is asked for.
constexpr uint32_t kStripRows = 16;

// Adam7 (section 8.1): where each pass begins, and how far apart its pixels are.
struct Pass {
  uint32_t x, y, xStep, yStep;
  uint32_t Width(uint32_t width) const { return width > x ? (width - x + xStep - 1) / xStep : 0; }
  uint32_t Height(uint32_t height) const { return height > y ? (height - y + yStep - 1) / yStep : 0; }
};
constexpr Pass kPasses[] = {{0, 0, 8, 8}, {4, 0, 8, 8}, {0, 4, 4, 8}, {2, 0, 4, 4}, {0, 2, 2, 4}, {1, 0, 2, 2}, {0, 1, 1, 2}};
constexpr Pass kWhole = {0, 0, 1, 1};

constexpr uint64_t kNoSuchSize = uint64_t{1} << 60;

// Bytes of all filtered rows.
uint64_t FilteredSize(const Format& format, uint32_t width, uint32_t height) {
  const auto size = [&](const Pass& pass) -> uint64_t {
    const uint32_t columns = pass.Width(width), rows = pass.Height(height);
    const uint64_t rowBytes = uint64_t{format.RowBytes(columns)} + 1;
    if (columns == 0 || rows == 0) return 0;
    // More than there can be; small enough to be added seven times.
    return rowBytes > kNoSuchSize / rows ? kNoSuchSize : rowBytes * rows;
  };
  if (!format.interlaced) return size(kWhole);
  uint64_t sum = 0;
  for (const Pass& pass : kPasses) sum += size(pass);
  return sum;
}

// One image on its way from filtered rows to the output.
class RowDecoder {
 public:
  RowDecoder(DecodeWorker& worker, const polycodec_decode_task& task, const Header& header, uint32_t width,
             uint32_t height, const Part& part, const polycodec_layout& output, uint8_t* pixels, bool alpha)
      : task_(task), format_(header.format), width_(width), height_(height), part_(part), output_(output),
        pixels_(pixels), simd_(host->simd != 0 && HasFastUnfilter()), reader_(header, alpha),
        writer_(reader_.Channels(), reader_.SampleBytes(), output, host->simd != 0) {
    // Two strips, for the row above the one is in the other; a row of samples, and one of pixels of an interlaced pass.
    const size_t rowBytes = Aligned(format_.RowBytes(width) + kSlack);
    stripStep_ = rowBytes;
    const size_t sampleBytes = Aligned(size_t{width} * reader_.PixelBytes() + kSlack);
    const size_t pixelBytes = Aligned(size_t{width} * writer_.PixelBytes() + kSlack);
    uint8_t* memory = worker.strip.Take(stripStep_ * (2 * kStripRows + 1) + sampleBytes + pixelBytes);
    zeros_ = memory;
    std::memset(zeros_, 0, rowBytes);
    strips_ = zeros_ + rowBytes;
    samples_ = strips_ + stripStep_ * 2 * kStripRows;
    passPixels_ = samples_ + sampleBytes;
  }

  static uint64_t ScratchSize(const Header& header, uint32_t width) {
    return Aligned(header.format.RowBytes(width) + kSlack) * (2 * kStripRows + 1) + (size_t{width} + kSlack) * 16;
  }

  void Run(const uint8_t* rows) {
    if (!format_.interlaced) {
      RunPass(kWhole, rows);
      return;
    }
    for (const Pass& pass : kPasses) rows = RunPass(pass, rows);
  }

 private:
  static constexpr size_t kSlack = 64;
  static size_t Aligned(size_t size) { return (size + 63) / 64 * 64; }

  // Decodes the rows of one pass, and returns where the next begins.
  const uint8_t* RunPass(const Pass& pass, const uint8_t* rows) {
    const uint32_t width = pass.Width(width_), height = pass.Height(height_);
    if (width == 0 || height == 0) return rows;
    const size_t rowBytes = format_.RowBytes(width);
    const bool whole = !format_.interlaced;
    // Rows of the pass from `begin` on show in the output; those from `end` on need not be looked at.
    const uint32_t begin = pass.Height(part_.y0), end = pass.Height(part_.y1);
    const bool direct = whole && reader_.IsPlain() && writer_.IsIdentity() && !writer_.IsPlanar() && part_.x0 == 0 &&
                        part_.x1 == width_;
    const uint8_t* above = zeros_;
    for (uint32_t y = 0, strip = 0; y < end; strip ^= 1) {
      StopIfCancelled(task_.call);
      const uint32_t count = std::min({kStripRows, end - y, y < begin ? begin - y : kStripRows});
      const bool shown = y >= begin;
      FilteredRows group{.from = rows + (rowBytes + 1) * y, .to = strips_ + stripStep_ * kStripRows * strip,
                         .above = above, .toStep = stripStep_, .bytes = rowBytes, .count = count,
                         .pixelBytes = format_.PixelBytes()};
      if (direct && shown) {
        group.to = pixels_ + output_.row_stride * (y - begin);
        group.toStep = output_.row_stride;
      }
      const uint32_t good = Unfilter(group, simd_);
      if (good < count) {
        const uint32_t row = y + good;
        Fail(task_.call, POLYCODEC_IMAGE_CORRUPTED, "row %u of %u%s: filter type %u, expected 0 to 4", row, height,
             whole ? "" : " of a pass", rows[(rowBytes + 1) * row]);
      }
      if (shown && !direct) {
        for (uint32_t i = 0; i < count; ++i) {
          const uint8_t* row = group.to + group.toStep * i;
          if (whole) {
            PutRow(row, y + i - begin);
          } else {
            PutPassRow(pass, row, width, y + i);
          }
        }
      }
      above = group.to + group.toStep * (count - 1);
      y += count;
    }
    return rows + (rowBytes + 1) * height;
  }

  void PutRow(const uint8_t* row, uint32_t outputRow) {
    const uint32_t count = part_.x1 - part_.x0;
    const uint8_t* samples = samples_;
    if (reader_.IsPlain()) {
      samples = row + size_t{part_.x0} * reader_.PixelBytes();
    } else {
      reader_.Read(row, part_.x0, count, samples_);
    }
    writer_.WriteRow(samples, count, pixels_ + output_.row_stride * outputRow);
  }

  void PutPassRow(const Pass& pass, const uint8_t* row, uint32_t width, uint32_t passRow) {
    const uint32_t begin = pass.Width(part_.x0), end = std::min(width, pass.Width(part_.x1));
    if (begin >= end) return;
    reader_.Read(row, begin, end - begin, samples_);
    writer_.WriteInterleaved(samples_, end - begin, passPixels_);
    uint8_t* to = pixels_ + output_.row_stride * (pass.y + passRow * pass.yStep - part_.y0);
    const uint8_t* pixel = passPixels_;
    for (uint32_t i = begin; i < end; ++i, pixel += writer_.PixelBytes()) {
      writer_.PutPixel(pixel, to, pass.x + i * pass.xStep - part_.x0);
    }
  }

  const polycodec_decode_task& task_;
  const Format format_;
  const uint32_t width_, height_;
  const Part part_;
  const polycodec_layout& output_;
  uint8_t* const pixels_;
  const bool simd_;
  const SampleReader reader_;
  ChannelWriter writer_;
  uint8_t *zeros_, *strips_, *samples_, *passPixels_;
  size_t stripStep_;
};

// The part of the picture that the task asks for.
Part PartOf(const polycodec_decode_task& task) {
  const Part part = task.has_region != 0 ? Part{task.y0, task.x0, task.y1, task.x1} : Part{0, 0, task.height, task.width};
  if (part.x0 >= part.x1 || part.y0 >= part.y1 || part.x1 > task.width || part.y1 > task.height ||
      task.output.width != part.x1 - part.x0 || task.output.height != part.y1 - part.y0) {
    Fail(task.call, POLYCODEC_FAIL, "region [%u, %u) x [%u, %u) of %u x %u into %u x %u", part.y0, part.y1, part.x0,
         part.x1, task.width, task.height, task.output.width, task.output.height);
  }
  return part;
}

}  // namespace

void CheckScratch(const polycodec_decode_task& task, uint64_t bytes) {
  if (task.max_scratch_bytes == 0 || bytes <= task.max_scratch_bytes) return;
  Fail(task.call, POLYCODEC_LIMIT_EXCEEDED, "needs %" PRIu64 " bytes of scratch memory, %" PRIu64 " are allowed", bytes,
       task.max_scratch_bytes);
}

void DecodeImage(DecodeWorker& worker, const polycodec_decode_task& task, const Header& header, uint32_t width,
                 uint32_t height, const ImageData& data, const Part& part, const polycodec_layout& output,
                 uint8_t* pixels) {
  const OutputChannels plan = PlanOutput(header.Channels(), header.format.depth == 16 ? 2 : 1, output);
  if (plan.status != POLYCODEC_SUCCESS) throw Failure{plan.status};
  const uint64_t size = FilteredSize(header.format, width, height);
  const size_t joined = data.parts.size() > 1 ? data.size : 0;
  CheckScratch(task, size + joined + RowDecoder::ScratchSize(header, width));
  const size_t rowBytes = header.format.interlaced ? 0 : header.format.RowBytes(width) + 1;
  const Inflated inflated = Inflate(worker.inflate, task, data, worker.options.crc, size, rowBytes);
  // What is missing of a partial picture are rows without a filter, of zeros.
  if (inflated.size < size) std::memset(inflated.rows + inflated.size, 0, size - inflated.size);
  RowDecoder(worker, task, header, width, height, part, output, pixels, plan.alpha).Run(inflated.rows);
}

polycodec_status Decode(DecodeWorker& worker, const polycodec_decode_task& task) {
  const polycodec_status status = Settle([&] {
    if (task.scale != 1) throw Failure{POLYCODEC_SCALE_UNSUPPORTED};
    if (task.orientation != 1) throw Failure{POLYCODEC_ORIENTATION_UNSUPPORTED};
    Stream stream;
    const bool isFrame = task.image_index > 0;
    ReadChunks(task.call, {task.data, task.size}, worker.options.crc, isFrame ? task.image_index + 1 : 0, stream);
    const Header& header = stream.header;
    const uint32_t channels = isFrame ? 4 : header.Channels();
    if (header.width != task.width || header.height != task.height || channels != task.channels) {
      Fail(task.call, POLYCODEC_IMAGE_CORRUPTED, "%u x %u x %u samples, the parser saw %u x %u x %u", header.width,
           header.height, channels, task.width, task.height, task.channels);
    }
    if (isFrame) return DecodeFrame(worker, task, stream, PartOf(task));
    DecodeImage(worker, task, header, header.width, header.height, stream.data, PartOf(task), task.output, task.pixels);
  });
  worker.inflate.rows.Trim();
  worker.inflate.joined.Trim();
  worker.canvas.Trim();
  return status;
}

}  // namespace polycodec::png
