// Decoding a part of an image so that it equals the same part of the whole, bit for bit.
//
// libjpeg-turbo can leave out the inverse transform of the columns beside a region (jpeg_crop_scanline) and of the rows
// above it (jpeg_skip_scanlines). Chroma upsampling and block smoothing look past the edge of what is decoded, though,
// and take an edge of the crop for an edge of the picture. So more is decoded than shown, by as much as they look.
#include <algorithm>

#include "jpeg_decode.hpp"

namespace polycodec::jpeg {
namespace {

// At a reduced scale libjpeg lets subsampled components catch up in the transform, by powers of two as far as both
// directions allow. jpeg_crop_scanline (2.1.5) overlooks that when it computes the components' new widths, which
// matters to those that have caught up in part and are still to be upsampled, such as 2x4 subsampling at 1/2.
bool CanCropColumns(const jpeg_decompress_struct& info) {
  return std::all_of(info.comp_info, info.comp_info + info.num_components, [&](const jpeg_component_info& component) {
    const int size = component.DCT_scaled_size, smallest = info.min_DCT_scaled_size;
    const bool fullSize = component.h_samp_factor * size == info.max_h_samp_factor * smallest &&
                          component.v_samp_factor * size == info.max_v_samp_factor * smallest;
    return fullSize || size == smallest;
  });
}

// Skips to a row in steps, so that cancellation is seen.
void SkipTo(Decompressor& decompressor, uint32_t row) {
  constexpr uint32_t kStep = 512;
  jpeg_decompress_struct& info = decompressor.info;
  while (info.output_scanline < row) {
    const uint32_t before = info.output_scanline;
    jpeg_skip_scanlines(&info, std::min(kStep, row - before));
    if (info.output_scanline == before) decompressor.errors.Fail(POLYCODEC_FAIL, "libjpeg stopped at row %u", before);
    info.progress->progress_monitor(reinterpret_cast<j_common_ptr>(&info));
  }
}

}  // namespace

void ReadRegion(Decompressor& decompressor, const polycodec_decode_task& task) {
  jpeg_decompress_struct& info = decompressor.info;
  if (task.x0 >= task.x1 || task.y0 >= task.y1 || task.x1 > info.output_width || task.y1 > info.output_height ||
      task.output.width != task.x1 - task.x0 || task.output.height != task.y1 - task.y0) {
    decompressor.errors.Fail(POLYCODEC_FAIL, "region [%u, %u) x [%u, %u) of %u x %u into %u x %u", task.y0, task.y1,
                             task.x0, task.x1, info.output_width, info.output_height, task.output.width,
                             task.output.height);
  }
  const uint32_t blockColumn = info.max_h_samp_factor * info.min_DCT_scaled_size;
  const uint32_t blockRow = info.max_v_samp_factor * info.min_DCT_scaled_size;

  // Upsampling looks one chroma sample past the edge; smoothing, two blocks.
  const uint32_t columns = (info.progressive_mode ? 3 : 1) * blockColumn;
  JDIMENSION left = 0;
  if (CanCropColumns(info)) {
    left = task.x0 > columns ? task.x0 - columns : 0;
    JDIMENSION width = std::min(info.output_width, task.x1 + columns) - left;
    jpeg_crop_scanline(&info, &left, &width);
  }
  decompressor.rows.Begin(decompressor.plan, task.output, task.pixels, info.output_width, task.x0 - left);

  const uint32_t rowsAbove = blockRow;
  if (task.y0 > rowsAbove) SkipTo(decompressor, (task.y0 - rowsAbove) / blockRow * blockRow);
  while (info.output_scanline < task.y0) {
    jpeg_read_scanlines(&info, decompressor.rows.Discarded(), std::min(kStripRows, task.y0 - info.output_scanline));
  }
  ReadRows(decompressor, task.y0, task.y1);
}

}  // namespace polycodec::jpeg
