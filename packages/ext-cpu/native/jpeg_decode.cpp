#include "jpeg_decode.hpp"

#include "jpeg_eighth.hpp"

#include <algorithm>

#include <polycodec.hpp>

namespace polycodec::jpeg {
namespace {

void OnProgress(j_common_ptr common) {
  const auto* info = reinterpret_cast<j_decompress_ptr>(common);
  auto& errors = *static_cast<ErrorManager*>(common->err);
  auto& watch = *static_cast<Watch*>(common->progress);
  if (host->cancelled(watch.call)) errors.Fail(POLYCODEC_CANCELLED, "cancelled");

  const auto scans = static_cast<uint64_t>(std::max(info->input_scan_number, 0));
  if (watch.maxScans != 0 && scans > watch.maxScans) {
    errors.Fail(POLYCODEC_LIMIT_EXCEEDED, "more than %llu scans", static_cast<unsigned long long>(watch.maxScans));
  }
  const uint64_t pixels = uint64_t{info->image_width} * info->image_height;
  if (watch.maxScanPixels != 0 && pixels * scans > watch.maxScanPixels) {
    errors.Fail(POLYCODEC_LIMIT_EXCEEDED, "%u x %u pixels in %d scans are more than %llu", info->image_width,
                info->image_height, info->input_scan_number, static_cast<unsigned long long>(watch.maxScanPixels));
  }
  // A scan of higher frequencies alone is no picture.
  if (info->progressive_mode && info->Ss != 0) return;
  for (int i = 0; i < info->comps_in_scan; ++i) watch.componentsSeen |= 1u << info->cur_comp_info[i]->component_index;
}

// Several scans are collected as coefficients, two bytes each, before the first row comes out.
uint64_t CoefficientBytes(const jpeg_decompress_struct& info) {
  uint64_t blocks = 0;
  for (int i = 0; i < info.num_components; ++i) {
    const jpeg_component_info& component = info.comp_info[i];
    const auto roundUp = [](uint64_t value, uint64_t step) { return (value + step - 1) / step * step; };
    blocks += roundUp(component.width_in_blocks, component.h_samp_factor) *
              roundUp(component.height_in_blocks, component.v_samp_factor);
  }
  return blocks * sizeof(JBLOCK);
}

// After all scans have been read: is there a whole picture in them?
void CheckCoverage(Decompressor& decompressor) {
  const jpeg_decompress_struct& info = decompressor.info;
  ErrorManager& errors = decompressor.errors;
  bool complete = true;
  for (int i = 0; i < info.num_components; ++i) {
    if ((decompressor.watch.componentsSeen >> i & 1) == 0) {
      if (!errors.allowPartial) {
        errors.Fail(POLYCODEC_IMAGE_TRUNCATED, "ends after scan %d, none of which holds component %d of %d",
                    info.input_scan_number, i + 1, info.num_components);
      }
      errors.truncated = true;
      errors.Warn(kWarnMissingComponent, "ends after scan %d, none of which holds component %d of %d",
                  info.input_scan_number, i + 1, info.num_components);
    } else if (info.progressive_mode && info.coef_bits != nullptr) {
      complete &= std::all_of(info.coef_bits[i], info.coef_bits[i] + DCTSIZE2, [](int bits) { return bits == 0; });
    }
  }
  if (!complete && !errors.truncated) {
    errors.Warn(kWarnFewScans, "ends after scan %d, before the picture has its full precision", info.input_scan_number);
  }
}

polycodec_status DecodeWhole(DecodeWorker& worker, const polycodec_decode_task& task) {
  Decompressor& decompressor = worker.decompressor;
  jpeg_decompress_struct& info = decompressor.info;
  const std::span<const uint8_t> file{task.data, task.size};
  decompressor.Begin(task, task.allow_partial ? WithoutCutSegment(file) : file);
  ReadHeader(decompressor, task, worker.options);
  if (DecodeEighth(decompressor, task, worker.eighth)) return POLYCODEC_SUCCESS;

  const bool severalScans = jpeg_has_multiple_scans(&info);
  if (severalScans && task.max_scratch_bytes != 0 && CoefficientBytes(info) > task.max_scratch_bytes) {
    decompressor.errors.Fail(POLYCODEC_LIMIT_EXCEEDED, "needs %llu bytes for the coefficients of its scans",
                             static_cast<unsigned long long>(CoefficientBytes(info)));
  }
  decompressor.errors.inScan = true;
  jpeg_start_decompress(&info);
  if (severalScans) CheckCoverage(decompressor);

  if (task.has_region) {
    ReadRegion(decompressor, task);
  } else {
    if (task.output.width != info.output_width || task.output.height != info.output_height) {
      decompressor.errors.Fail(POLYCODEC_FAIL, "output is %u x %u, the picture is %u x %u", task.output.width,
                               task.output.height, info.output_width, info.output_height);
    }
    decompressor.rows.Begin(decompressor.plan, task.output, task.pixels, info.output_width, 0);
    ReadRows(decompressor, 0, info.output_height);
    // What follows the picture may be damaged as well.
    jpeg_finish_decompress(&info);
    if (decompressor.source.exhausted && !decompressor.errors.truncated) {
      decompressor.errors.Warn(kWarnNoEnd, "no end-of-image marker");
    }
  }
  return POLYCODEC_SUCCESS;
}

}  // namespace

Decompressor::~Decompressor() {
  if (created) jpeg_destroy_decompress(&info);
}

void Decompressor::Begin(const polycodec_decode_task& task, std::span<const uint8_t> first,
                         std::span<const uint8_t> second) {
  // libjpeg keeps the tables of one image for the next, and a file without tables would be decoded with them. A new
  // decompressor takes a microsecond, and what it would have kept besides is less than a page.
  if (created) jpeg_destroy_decompress(&info);
  created = false;
  errors.Begin(task.call, task.allow_partial != 0);
  info.err = &errors;
  jpeg_create_decompress(&info);
  created = true;
  info.mem->max_memory_to_use = 0;  // no limit, and so no temporary files; ours is checked before
  source.Begin(&info, first, second);
  errors.exhausted = &source.exhausted;
  watch = {};
  watch.progress_monitor = OnProgress;
  watch.call = task.call;
  watch.maxScans = task.max_scans;
  watch.maxScanPixels = task.max_scan_pixels;
  info.progress = &watch;
}

void Decompressor::End() {
  if (created) jpeg_abort_decompress(&info);
}

void ReadHeader(Decompressor& decompressor, const polycodec_decode_task& task, const DecodeOptions& options) {
  jpeg_decompress_struct& info = decompressor.info;
  ErrorManager& errors = decompressor.errors;
  jpeg_read_header(&info, TRUE);
  if (info.image_width != task.width || info.image_height != task.height ||
      static_cast<uint32_t>(info.num_components) != task.channels) {
    errors.Fail(POLYCODEC_IMAGE_CORRUPTED, "headers disagree: %u x %u with %d channels, and %u x %u with %u",
                info.image_width, info.image_height, info.num_components, task.width, task.height, task.channels);
  }
  if (task.orientation > 1) errors.Fail(POLYCODEC_ORIENTATION_UNSUPPORTED, "orientation %d", task.orientation);
  if (task.scale != 1 && task.scale != 2 && task.scale != 4 && task.scale != 8) {
    errors.Fail(POLYCODEC_SCALE_UNSUPPORTED, "scale %u", task.scale);
  }
  decompressor.plan = PlanRows(info, task.output);
  if (decompressor.plan.status != POLYCODEC_SUCCESS) {
    errors.Fail(decompressor.plan.status, "no such output of %d components in JPEG colour space %d",
                info.num_components, info.jpeg_color_space);
  }
  info.out_color_space = decompressor.plan.colors;
  info.scale_num = 1;
  info.scale_denom = task.scale;
  info.dct_method = options.fastIdct ? JDCT_IFAST : JDCT_ISLOW;
  info.do_fancy_upsampling = options.fancyUpsampling;
}

void ReadRows(Decompressor& decompressor, uint32_t begin, uint32_t end) {
  jpeg_decompress_struct& info = decompressor.info;
  while (info.output_scanline < end) {
    const uint32_t first = info.output_scanline;
    const uint32_t count = std::min(kStripRows, end - first);
    JSAMPARRAY rows = decompressor.rows.Rows(first - begin, count);
    while (info.output_scanline < first + count) {
      const uint32_t done = info.output_scanline - first;
      if (jpeg_read_scanlines(&info, rows + done, count - done) == 0) {
        decompressor.errors.Fail(POLYCODEC_FAIL, "libjpeg stopped at row %u of %u", info.output_scanline,
                                 info.output_height);
      }
    }
    decompressor.rows.Finish(first - begin, count);
  }
}

polycodec_status Decode(DecodeWorker& worker, const polycodec_decode_task& task) {
  if (DecodeInBands(worker, task)) return POLYCODEC_SUCCESS;
  ErrorManager& errors = worker.decompressor.errors;
  const polycodec_status status = Guard(errors, [&] { return DecodeWhole(worker, task); });
  worker.decompressor.End();
  if (status == POLYCODEC_SUCCESS) {
    errors.Deliver();
  } else {
    host->message(task.call, "%s", errors.text);
  }
  return status;
}

}  // namespace polycodec::jpeg
