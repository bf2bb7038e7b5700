// The plan of a picture: which components its channels are, and what of them and of the grid the output is made of.
#include "jpeg2k_picture.hpp"

#include <algorithm>
#include <bit>

#include "jpeg2k_failure.hpp"
#include "jpeg2k_samples.hpp"

namespace polycodec::jpeg2k {
namespace {

constexpr uint32_t kMaxTableBits = 16;

bool IsSigned(int32_t dtype) {
  return dtype == POLYCODEC_INT8 || dtype == POLYCODEC_INT16 || dtype == POLYCODEC_INT32;
}

// What the channels are, by what the boxes say, if it fits, else by their number and size: as the parser in
// packages/core/src/parsers/jpeg2k.ts has it.
Color ColorOf(const Boxes& boxes, const CodeStream& stream, size_t channels) {
  const std::vector<Component>& parts = stream.components;
  const auto coarse = [&](size_t i) { return parts[i].dx != 1 || parts[i].dy != 1; };
  const bool coarseChroma = boxes.palette.empty() && (parts.size() == 3 || parts.size() == 4) && !coarse(0) &&
                            (coarse(1) || coarse(2));
  if (boxes.hasColor && boxes.color != Color::kUnknown) {
    const size_t needed = boxes.color == Color::kGray ? 1 : boxes.color == Color::kCmyk ? 4 : 3;
    if (channels >= needed) return boxes.color == Color::kRgb && coarseChroma ? Color::kYcc : boxes.color;
  }
  if (boxes.hasColor && boxes.color == Color::kUnknown && channels > 2) return Color::kUnknown;
  if (channels <= 2) return Color::kGray;
  if (channels > 4) return Color::kUnknown;
  return coarseChroma ? Color::kYcc : Color::kRgb;
}

}  // namespace

Picture::Picture(const polycodec_decode_task& task, const Boxes& boxes, const CodeStream& stream)
    : task_(task), stream_(stream), boxes_(boxes) {
  const auto source = [&](uint32_t component, int32_t column) {
    if (column >= 0) return Source{component, column, boxes.palette[column].precision, boxes.palette[column].isSigned};
    return Source{component, -1, stream.components[component].precision, stream.components[component].isSigned};
  };
  if (boxes.mapping.empty()) {
    for (uint32_t i = 0; i < stream.components.size(); ++i) channels_.push_back(source(i, -1));
  } else {
    for (const Channel& channel : boxes.mapping) {
      if (channel.component >= stream.components.size()) {
        Fail(POLYCODEC_IMAGE_CORRUPTED, "the palette maps component %u of %zu", channel.component,
             stream.components.size());
      }
      channels_.push_back(source(channel.component, channel.column));
    }
  }
  if (!boxes.order.empty()) {
    if (boxes.order.size() != channels_.size()) {
      Fail(POLYCODEC_IMAGE_CORRUPTED, "%zu channels are defined, there are %zu", boxes.order.size(), channels_.size());
    }
    std::vector<Source> ordered;
    for (const uint32_t channel : boxes.order) ordered.push_back(channels_[channel]);
    channels_ = std::move(ordered);
  }
  const uint32_t width = stream.x1 - stream.x0, height = stream.y1 - stream.y0;
  if (width != task.width || height != task.height || channels_.size() != task.channels) {
    Fail(POLYCODEC_IMAGE_CORRUPTED, "headers disagree: %u x %u with %zu channels, and %u x %u with %u", width, height,
         channels_.size(), task.width, task.height, task.channels);
  }
  if (task.orientation > 1) Fail(POLYCODEC_ORIENTATION_UNSUPPORTED, "orientation %d", task.orientation);
  if (!std::has_single_bit(task.scale) || task.scale > 8) Fail(POLYCODEC_SCALE_UNSUPPORTED, "scale %u", task.scale);
  isTolerant_ = task.allow_partial != 0 && stream.MayBeCut();
  reduction_ = isTolerant_ ? 0 : std::min(static_cast<uint32_t>(std::countr_zero(task.scale)), stream.minLevels);
  average_ = task.scale >> reduction_;

  const polycodec_layout& output = task.output;
  const uint32_t scaledWidth = CeilDiv(width, task.scale), scaledHeight = CeilDiv(height, task.scale);
  const uint32_t expectedWidth = task.has_region ? task.x1 - task.x0 : scaledWidth;
  const uint32_t expectedHeight = task.has_region ? task.y1 - task.y0 : scaledHeight;
  const bool inside = !task.has_region || (task.x0 < task.x1 && task.x1 <= scaledWidth && task.y0 < task.y1 &&
                                           task.y1 <= scaledHeight);
  if (!inside || output.width != expectedWidth || output.height != expectedHeight) {
    Fail(POLYCODEC_FAIL, "output of %u x %u for a part of %u x %u", output.width, output.height, expectedWidth,
         expectedHeight);
  }
  gridX_ = CeilShift(stream.x0, reduction_) + (task.has_region ? task.x0 * average_ : 0);
  gridY_ = CeilShift(stream.y0, reduction_) + (task.has_region ? task.y0 * average_ : 0);

  if (ElementSize(output.dtype) == 0) Fail(POLYCODEC_SAMPLE_TYPE_UNSUPPORTED, "dtype %d", output.dtype);
  signedOutput_ = IsSigned(output.dtype);
  color_ = ColorOf(boxes, stream, channels_.size());
  ChooseChannels(boxes, output);

  precision_ = 0;
  bool allSigned = true;
  for (const Source& channel : channels_) {
    precision_ = std::max(precision_, channel.precision);
    allSigned &= channel.isSigned;
  }
  if (precision_ > 32) Fail(POLYCODEC_CODESTREAM_UNSUPPORTED, "%u bits a sample", precision_);
  if (signedOutput_ && (!allSigned || output.precision != precision_ || conversion_ != Conversion::kNone)) {
    Fail(POLYCODEC_SAMPLE_TYPE_UNSUPPORTED, "signed output of %u bits", output.precision);
  }
  rescales_ = !signedOutput_ && output.precision != precision_;
  if (output.precision == 0 || output.precision > ElementSize(output.dtype) * 8) {
    Fail(POLYCODEC_SAMPLE_TYPE_UNSUPPORTED, "output of %u bits", output.precision);
  }
  if (rescales_ && precision_ <= kMaxTableBits) {
    const int64_t from = FullScale(precision_), to = FullScale(output.precision);
    rescale_.resize(static_cast<size_t>(from) + 1);
    for (int64_t value = 0; value <= from; ++value) {
      rescale_[static_cast<size_t>(value)] = static_cast<uint32_t>(Rescale(value, from, to));
    }
  }
  isPlain_ = average_ == 1;
  for (const uint32_t index : sources_) {
    const Component& component = stream.components[channels_[index].component];
    isPlain_ &= component.dx == 1 && component.dy == 1;
  }
}

void Picture::ChooseChannels(const Boxes& boxes, const polycodec_layout& output) {
  const auto count = static_cast<uint32_t>(channels_.size());
  const uint32_t colors = color_ == Color::kGray ? 1 : color_ == Color::kCmyk ? 4 : 3;
  // Of the sources opacity is the one behind the colours.
  const bool hasAlpha = boxes.alpha >= static_cast<int32_t>(colors) || count == colors + 1;
  const int32_t alpha = hasAlpha ? static_cast<int32_t>(colors) : kFull;
  const auto alphaSource = boxes.alpha >= 0 ? static_cast<uint32_t>(boxes.alpha) : colors;
  const auto take = [&](std::initializer_list<int32_t> order, uint32_t sources) {
    takes_ = order;
    for (uint32_t i = 0; i < sources; ++i) sources_.push_back(i == colors ? alphaSource : i);
  };
  const auto refuse = [&](polycodec_status status) {
    Fail(status, "no sample format %d of %u channels in this colour space", output.sample_format, count);
  };
  const int32_t format = output.sample_format >> 1;
  if (format == POLYCODEC_I_UNCHANGED >> 1) {
    if (output.channels != count) refuse(POLYCODEC_NUM_CHANNELS_UNSUPPORTED);
    for (uint32_t i = 0; i < count; ++i) {
      sources_.push_back(i);
      takes_.push_back(static_cast<int32_t>(i));
    }
    return;
  }
  if (color_ == Color::kUnknown && count < 3) refuse(POLYCODEC_COLOR_SPEC_UNSUPPORTED);
  if (count < colors) refuse(POLYCODEC_IMAGE_CORRUPTED);
  const bool gray = color_ == Color::kGray, ycc = color_ == Color::kYcc, cmyk = color_ == Color::kCmyk;
  switch (format) {
    case POLYCODEC_I_Y >> 1:
      take({0}, gray || ycc ? 1 : colors);
      if (!gray && !ycc) conversion_ = cmyk ? Conversion::kCmykToGray : Conversion::kRgbToGray;
      break;
    case POLYCODEC_I_YA >> 1:
      if (!gray) refuse(POLYCODEC_SAMPLE_FORMAT_UNSUPPORTED);
      take({0, alpha}, alpha > 0 ? 2 : 1);
      break;
    case POLYCODEC_I_RGB >> 1: case POLYCODEC_I_BGR >> 1: case POLYCODEC_I_RGBA >> 1: {
      const bool bgr = format == POLYCODEC_I_BGR >> 1, rgba = format == POLYCODEC_I_RGBA >> 1;
      const uint32_t sources = rgba && alpha > 0 ? colors + 1 : colors;
      if (gray) take({0, 0, 0}, sources);
      else if (bgr) take({2, 1, 0}, sources);
      else take({0, 1, 2}, sources);
      if (rgba) takes_.push_back(alpha);
      if (ycc) conversion_ = Conversion::kYccToRgb;
      if (cmyk) conversion_ = Conversion::kCmykToRgb;
      break;
    }
    case POLYCODEC_I_YUV >> 1:
      if (gray) take({0, kMiddle, kMiddle}, 1);
      else take({0, 1, 2}, colors);
      if (!gray && !ycc) conversion_ = cmyk ? Conversion::kCmykToYcc : Conversion::kToYcc;
      break;
    default: refuse(POLYCODEC_SAMPLE_FORMAT_UNSUPPORTED);
  }
  if (takes_.size() != output.channels) refuse(POLYCODEC_NUM_CHANNELS_UNSUPPORTED);
}

}  // namespace polycodec::jpeg2k
