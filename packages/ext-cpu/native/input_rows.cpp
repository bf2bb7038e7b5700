#include "input_rows.hpp"

#include <polycodec.hpp>

#include "layouts.hpp"

namespace polycodec {

polycodec_status InputRows::Begin(const polycodec_encode_task& task, polycodec_layout rows) {
  input_ = task.input;
  pixels_ = task.pixels;
  rows_ = rows;
  rows_.width = input_.width;
  row_bytes_ = PixelBytes(rows_) * rows_.width;
  rows_.row_stride = row_bytes_;
  // Channels without a name are taken for what their number says.
  if (input_.sample_format == POLYCODEC_I_UNCHANGED) input_.sample_format = FormatOf(input_.channels);
  if (input_.sample_format == POLYCODEC_P_UNCHANGED) input_.sample_format = FormatOf(input_.channels) | 1;
  input_.color_spec = POLYCODEC_COLOR_UNKNOWN;
  const bool sameOrder = rows_.sample_format == input_.sample_format || (rows_.channels == 1 && input_.channels == 1);
  direct_ = sameOrder && rows_.channels == input_.channels && rows_.dtype == input_.dtype &&
            rows_.precision == input_.precision;
  input_.height = 1;  // from here on: of one row
  if (direct_) return POLYCODEC_SUCCESS;

  if (row_.size() < row_bytes_) row_.resize(row_bytes_);
  polycodec_layout none = rows_;
  none.width = 0;
  if (host->convert(pixels_, &input_, row_.data(), &none) == 0) {
    host->message(task.call, "no way from samples of format %d, dtype %d, to format %d, dtype %d", input_.sample_format,
                  input_.dtype, rows_.sample_format, rows_.dtype);
    return input_.dtype != rows_.dtype ? POLYCODEC_SAMPLE_TYPE_UNSUPPORTED : POLYCODEC_SAMPLE_FORMAT_UNSUPPORTED;
  }
  return POLYCODEC_SUCCESS;
}

const uint8_t* InputRows::Row(uint32_t y) {
  const uint8_t* from = pixels_ + input_.row_stride * y;
  if (direct_) return from;
  host->convert(from, &input_, row_.data(), &rows_);
  return row_.data();
}

}  // namespace polycodec
