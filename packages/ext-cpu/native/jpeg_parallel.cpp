// One large image on several threads.
//
// Huffman decoding cannot begin in the middle of a scan, except behind a restart marker, where all state begins anew.
// Where the markers stand at the starts of MCU rows, the image is cut there into bands, and each band is a JPEG of its
// own: the same header with another height, and a part of the data. Upsampling looks one chroma row past a band's edge;
// so each band is decoded with a row of MCUs before and behind it that is thrown away, and the result is the ordinary
// one bit for bit. Whatever is irregular, or gives as much as a warning, is left to the ordinary way.
#include <algorithm>
#include <atomic>

#include <polycodec.hpp>
#include "jpeg_decode.hpp"

namespace polycodec::jpeg {
namespace {

constexpr uint64_t kMinPixels = 1'500'000;
// With fewer rows of MCUs to a band those it decodes in vain cost too much.
constexpr uint32_t kMinRowsPerBand = 8;
// More bands than threads even out what the threads get done.
constexpr uint32_t kBandsPerThread = 2;

struct Work {
  DecodeWorker& worker;
  const polycodec_decode_task& task;
  uint32_t bands;
  std::atomic<bool> failed{false};

  // The first row of MCUs of band i; the last row's successor for i == bands.
  uint32_t Begin(uint32_t i) const {
    const RestartRows& restarts = worker.restarts;
    if (i == bands) return restarts.mcuRows;
    return static_cast<uint32_t>(uint64_t{restarts.mcuRows} * i / bands / restarts.step * restarts.step);
  }
};

// libjpeg counts restart markers from the beginning of what it takes for the image.
boolean OnRestart(j_decompress_ptr info, int desired) {
  const auto& source = *static_cast<const Source*>(info->src);
  const int expected = JPEG_RST0 + static_cast<int>((static_cast<uint64_t>(desired) + source.markersBefore) % 8);
  if (info->unread_marker != expected) {
    static_cast<ErrorManager*>(info->err)->Fail(POLYCODEC_IMAGE_CORRUPTED, "marker 0x%02x, expected 0x%02x",
                                                info->unread_marker, expected);
  }
  info->unread_marker = 0;
  return TRUE;
}

// Decodes rows [begin, end) of MCUs; under Guard.
polycodec_status DecodeRows(const Work& work, Band& band, uint32_t begin, uint32_t end) {
  const RestartRows& restarts = work.worker.restarts;
  const uint32_t first = begin == 0 ? 0 : begin - restarts.step;
  const uint32_t last = std::min(restarts.mcuRows, end + 1);

  polycodec_decode_task task = work.task;
  task.height = std::min(last * restarts.mcuHeight, restarts.height) - first * restarts.mcuHeight;
  band.header[restarts.heightOffset] = static_cast<uint8_t>(task.height >> 8);
  band.header[restarts.heightOffset + 1] = static_cast<uint8_t>(task.height);

  Decompressor& decompressor = band.decompressor;
  jpeg_decompress_struct& info = decompressor.info;
  const size_t start = restarts.starts[first / restarts.step];
  decompressor.Begin(task, band.header, {task.data + start, restarts.end - start});
  decompressor.source.markersBefore = restarts.MarkersBefore(first);
  decompressor.source.resync_to_restart = OnRestart;
  ReadHeader(decompressor, task, work.worker.options);
  decompressor.errors.inScan = true;
  jpeg_start_decompress(&info);

  // Rows of pixels in a row of MCUs, at the picture's scale.
  const uint32_t mcuHeight = restarts.mcuHeight / task.scale;
  const uint32_t skipped = (begin - first) * mcuHeight;
  const uint32_t bottom = end == restarts.mcuRows ? info.output_height : (end - first) * mcuHeight;
  uint8_t* pixels = task.pixels + task.output.row_stride * begin * mcuHeight;
  decompressor.rows.Begin(decompressor.plan, task.output, pixels, info.output_width, 0);
  while (info.output_scanline < skipped) {
    jpeg_read_scanlines(&info, decompressor.rows.Discarded(), std::min(kStripRows, skipped - info.output_scanline));
  }
  ReadRows(decompressor, skipped, bottom);
  return decompressor.errors.num_warnings == 0 ? POLYCODEC_SUCCESS : POLYCODEC_IMAGE_CORRUPTED;
}

std::unique_ptr<Band> TakeBand(DecodeWorker& worker) {
  const std::lock_guard lock(worker.bandsMutex);
  if (worker.bands.empty()) return std::make_unique<Band>();
  std::unique_ptr<Band> band = std::move(worker.bands.back());
  worker.bands.pop_back();
  return band;
}

void DecodeBand(void* context, size_t i) {
  Work& work = *static_cast<Work*>(context);
  if (work.failed.load(std::memory_order_relaxed)) return;
  const uint32_t begin = work.Begin(static_cast<uint32_t>(i)), end = work.Begin(static_cast<uint32_t>(i) + 1);
  if (begin == end) return;
  try {
    std::unique_ptr<Band> band = TakeBand(work.worker);
    band->header = work.worker.restarts.header;
    const auto status = Guard(band->decompressor.errors, [&] { return DecodeRows(work, *band, begin, end); });
    band->decompressor.End();
    if (status != POLYCODEC_SUCCESS) work.failed = true;
    const std::lock_guard lock(work.worker.bandsMutex);
    work.worker.bands.push_back(std::move(band));
  } catch (...) {
    work.failed = true;  // out of memory; one thread needs less
  }
}

}  // namespace

bool DecodeInBands(DecodeWorker& worker, const polycodec_decode_task& task) {
  const uint64_t pixels = uint64_t{task.width} * task.height;
  if (task.threads < 2 || task.has_region || pixels < kMinPixels) return false;
  if (task.max_scan_pixels != 0 && pixels > task.max_scan_pixels) return false;
  if (task.scale != 1 && task.scale != 2 && task.scale != 4 && task.scale != 8) return false;
  RestartRows& restarts = worker.restarts;
  if (!FindRestartRows({task.data, task.size}, restarts)) return false;
  const auto scaled = [&](uint32_t side) { return (side + task.scale - 1) / task.scale; };
  if (restarts.width != task.width || restarts.height != task.height || restarts.components != task.channels ||
      task.output.width != scaled(task.width) || task.output.height != scaled(task.height)) {
    return false;
  }
  const uint32_t rowsPerBand = std::max(kMinRowsPerBand, 2 * restarts.step);
  const uint32_t bands = std::min(task.threads * kBandsPerThread, restarts.mcuRows / rowsPerBand);
  if (bands < 2) return false;
  Work work{worker, task, bands};
  host->parallel_for(task.call, bands, DecodeBand, &work);
  return !work.failed;
}

}  // namespace polycodec::jpeg
