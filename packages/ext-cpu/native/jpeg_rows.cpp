#include "jpeg_rows.hpp"

#include <cstring>

#include <polycodec.hpp>

namespace polycodec::jpeg {
namespace {

RowPlan Refuse(polycodec_status status) { return {.status = status}; }

RowPlan Plan(J_COLOR_SPACE colors, uint32_t jpegChannels, uint32_t outputChannels, RowConversion convert = nullptr) {
  return {POLYCODEC_SUCCESS, colors, jpegChannels, convert, outputChannels};
}

RowPlan PlanFormat(const jpeg_decompress_struct& info, int32_t format) {
  const J_COLOR_SPACE coded = info.jpeg_color_space;
  const bool cmyk = coded == JCS_CMYK || coded == JCS_YCCK;
  const bool known = coded == JCS_GRAYSCALE || coded == JCS_YCbCr || coded == JCS_RGB || cmyk;
  const auto fromCmyk = [&](CmykTarget target, uint32_t channels) {
    return Plan(JCS_CMYK, 4, channels, FromCmyk(target, info.saw_Adobe_marker));
  };
  if (format == POLYCODEC_I_UNCHANGED || format == POLYCODEC_P_UNCHANGED) {
    if (coded == JCS_GRAYSCALE) return Plan(JCS_GRAYSCALE, 1, 1);
    if (coded == JCS_YCbCr || coded == JCS_RGB) return Plan(JCS_RGB, 3, 3);
    if (cmyk) return Plan(JCS_CMYK, 4, 4);
    return Plan(JCS_UNKNOWN, info.num_components, info.num_components);
  }
  // Two components have no known colour; core calls them gray with alpha, and nothing is lost by the name.
  const bool twoChannels = format == POLYCODEC_I_YA || format == POLYCODEC_P_YA;
  if (twoChannels && info.num_components == 2) return Plan(JCS_UNKNOWN, 2, 2);
  if (!known) return Refuse(POLYCODEC_COLOR_SPEC_UNSUPPORTED);
  switch (format) {
    case POLYCODEC_I_Y: case POLYCODEC_P_Y:
      return cmyk ? fromCmyk(CmykTarget::kY, 1) : Plan(JCS_GRAYSCALE, 1, 1);
    case POLYCODEC_I_RGB: case POLYCODEC_P_RGB:
      return cmyk ? fromCmyk(CmykTarget::kRgb, 3) : Plan(JCS_RGB, 3, 3);
    case POLYCODEC_I_BGR: case POLYCODEC_P_BGR:
      return cmyk ? fromCmyk(CmykTarget::kBgr, 3) : Plan(JCS_EXT_BGR, 3, 3);
    case POLYCODEC_I_RGBA: case POLYCODEC_P_RGBA:
      return cmyk ? fromCmyk(CmykTarget::kRgba, 4) : Plan(JCS_EXT_RGBA, 4, 4);
    case POLYCODEC_I_YUV: case POLYCODEC_P_YUV:
      if (cmyk) return Refuse(POLYCODEC_COLOR_SPEC_UNSUPPORTED);
      if (coded == JCS_GRAYSCALE) return Plan(JCS_GRAYSCALE, 1, 3, GrayToYuv);
      if (coded == JCS_RGB) return Plan(JCS_RGB, 3, 3, RgbToYuv);
      return Plan(JCS_YCbCr, 3, 3);
    default: return Refuse(POLYCODEC_SAMPLE_FORMAT_UNSUPPORTED);
  }
}

}  // namespace

RowPlan PlanRows(const jpeg_decompress_struct& info, const polycodec_layout& output) {
  if (output.dtype != POLYCODEC_UINT8) return Refuse(POLYCODEC_SAMPLE_TYPE_UNSUPPORTED);
  const RowPlan plan = PlanFormat(info, output.sample_format);
  if (plan.status == POLYCODEC_SUCCESS && plan.outputChannels != output.channels) {
    return Refuse(POLYCODEC_NUM_CHANNELS_UNSUPPORTED);
  }
  return plan;
}

void RowWriter::Begin(const RowPlan& plan, const polycodec_layout& output, uint8_t* pixels, uint32_t jpegWidth,
                      uint32_t firstColumn) {
  pixels_ = pixels;
  row_stride_ = output.row_stride;
  plane_stride_ = output.plane_stride;
  width_ = output.width;
  channels_ = plan.outputChannels;
  first_byte_ = firstColumn * plan.jpegChannels;
  convert_ = plan.convert;
  planar_ = output.plane_stride != 0 && channels_ > 1;
  direct_ = !planar_ && convert_ == nullptr && jpegWidth == width_;

  // Grown, never shrunk: a worker's next image is mostly like its last.
  const size_t stripStride = (size_t{jpegWidth} * plan.jpegChannels + 63) / 64 * 64;
  if (strip_.size() < stripStride * kStripRows) strip_.resize(stripStride * kStripRows);
  for (uint32_t i = 0; i < kStripRows; ++i) strip_rows_[i] = strip_.data() + stripStride * i;
  if (convert_ != nullptr && planar_ && converted_.size() < size_t{width_} * channels_) {
    converted_.resize(size_t{width_} * channels_);
  }
}

JSAMPARRAY RowWriter::Rows(uint32_t y, uint32_t count) {
  if (!direct_) return strip_rows_.data();
  for (uint32_t i = 0; i < count; ++i) output_rows_[i] = pixels_ + row_stride_ * (y + i);
  return output_rows_.data();
}

void RowWriter::Finish(uint32_t y, uint32_t count) {
  if (direct_) return;
  for (uint32_t i = 0; i < count; ++i) {
    const uint8_t* from = strip_rows_[i] + first_byte_;
    uint8_t* to = pixels_ + row_stride_ * (y + i);
    if (!planar_) {
      if (convert_ != nullptr) {
        convert_(from, to, width_);
      } else {
        std::memcpy(to, from, size_t{width_} * channels_);
      }
      continue;
    }
    if (convert_ != nullptr) {
      convert_(from, converted_.data(), width_);
      from = converted_.data();
    }
    std::array<uint8_t*, MAX_COMPONENTS> planes;
    for (uint32_t c = 0; c < channels_; ++c) planes[c] = to + plane_stride_ * c;
    if (channels_ <= 4) {
      host->split_row(from, planes.data(), channels_, width_);
    } else {
      for (uint32_t x = 0; x < width_; ++x) {
        for (uint32_t c = 0; c < channels_; ++c) planes[c][x] = *from++;
      }
    }
  }
}

}  // namespace polycodec::jpeg
