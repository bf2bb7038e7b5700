#include "output_rows.hpp"

#include <cstring>

#include <polycodec.hpp>

#include "layouts.hpp"

namespace polycodec {
namespace {

bool IsSame(const polycodec_layout& a, const polycodec_layout& b) {
  const bool order = a.sample_format == b.sample_format || (a.channels == 1 && b.channels == 1);
  return order && a.channels == b.channels && a.dtype == b.dtype && a.precision == b.precision;
}

}  // namespace

polycodec_status OutputRows::Begin(const polycodec_decode_task& task, polycodec_layout rows) {
  const Window window = WindowOf(task);
  if (task.scale != 1) {
    host->message(task.call, "scale 1/%u", task.scale);
    return POLYCODEC_SCALE_UNSUPPORTED;
  }
  if (task.orientation > 1) {
    host->message(task.call, "orientation %d", task.orientation);
    return POLYCODEC_ORIENTATION_UNSUPPORTED;
  }
  if (window.y1 > task.height || window.x1 > task.width || window.y0 >= window.y1 || window.x0 >= window.x1 ||
      task.output.width != window.width() || task.output.height != window.height()) {
    host->message(task.call, "an output of %u x %u pixels for a region of %u x %u", task.output.width,
                  task.output.height, window.width(), window.height());
    return POLYCODEC_FAIL;
  }
  output_ = task.output;
  pixels_ = task.pixels;
  rows_ = rows;
  rows_.width = window.width();
  rows_.height = 1;
  row_bytes_ = PixelBytes(rows_) * rows_.width;
  rows_.row_stride = row_bytes_;
  output_.sample_format = NamedFormat(output_, rows_);
  direct_ = IsSame(rows_, output_);
  output_.height = 1;  // from here on: of one row
  if (direct_) return POLYCODEC_SUCCESS;

  if (row_.size() < row_bytes_) row_.resize(row_bytes_);
  polycodec_layout none = output_;
  none.width = 0;
  if (host->convert(row_.data(), &rows_, pixels_, &none) == 0) {
    host->message(task.call, "no way from samples of format %d, dtype %d, to format %d, dtype %d", rows_.sample_format,
                  rows_.dtype, output_.sample_format, output_.dtype);
    return rows_.dtype != output_.dtype ? POLYCODEC_SAMPLE_TYPE_UNSUPPORTED : POLYCODEC_SAMPLE_FORMAT_UNSUPPORTED;
  }
  return POLYCODEC_SUCCESS;
}

void OutputRows::Put(uint32_t y, const uint8_t* row) {
  if (direct_) {
    std::memcpy(To(y), row, row_bytes_);
  } else {
    host->convert(row, &rows_, To(y), &output_);
  }
}

void OutputRows::Clear(uint32_t first, uint32_t last) {
  const bool planar = IsPlanar(output_.sample_format) && output_.channels > 1;
  const size_t bytes = size_t{output_.width} * ElementSize(output_.dtype) * (planar ? 1 : output_.channels);
  for (uint32_t plane = 0; plane < (planar ? output_.channels : 1); ++plane) {
    for (uint32_t y = first; y < last; ++y) std::memset(To(y) + output_.plane_stride * plane, 0, bytes);
  }
}

}  // namespace polycodec
