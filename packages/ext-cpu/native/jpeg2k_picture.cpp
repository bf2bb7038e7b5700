#include "jpeg2k_picture.hpp"

#include <algorithm>
#include <bit>

#include "jpeg2k_failure.hpp"
#include "jpeg2k_pack.hpp"

namespace polycodec::jpeg2k {
namespace {

constexpr uint32_t kMaxTableBits = 16;

int64_t FullScale(uint32_t precision) { return (int64_t{1} << precision) - 1; }

// Full scale becomes full scale; rounded to nearest.
int64_t Rescale(int64_t value, int64_t from, int64_t to) {
  return (std::clamp<int64_t>(value, 0, from) * to + from / 2) / from;
}

uint32_t ElementSize(int32_t dtype) {
  switch (dtype) {
    case POLYCODEC_UINT8: case POLYCODEC_INT8: return 1;
    case POLYCODEC_UINT16: case POLYCODEC_INT16: return 2;
    case POLYCODEC_UINT32: case POLYCODEC_INT32: return 4;
    default: return 0;
  }
}

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

Picture::Area Picture::AreaOf(const Part& part) const {
  if (stream_.hasPpm) return {stream_.x0, stream_.y0, stream_.x1, stream_.y1};
  uint32_t dx = 1, dy = 1;
  for (const Component& component : stream_.components) {
    dx = std::max(dx, component.dx);
    dy = std::max(dy, component.dy);
  }
  // Of a coarser component the sample at or before the first pixel is needed as well.
  const auto before = [](uint64_t at, uint32_t step) { return step == 1 ? at : at - std::min<uint64_t>(at, step - 1); };
  const auto first = [&](uint32_t grid, uint32_t at, uint32_t d, uint32_t least) {
    const uint64_t start = before(uint64_t{grid} + uint64_t{at} * average_, d) << reduction_;
    return static_cast<uint32_t>(std::max<uint64_t>(start, least));
  };
  const auto last = [&](uint32_t grid, uint32_t at, uint32_t most) {
    const uint64_t end = ((uint64_t{grid} + uint64_t{at} * average_ - 1) << reduction_) + 1;
    return static_cast<uint32_t>(std::min<uint64_t>(end, most));
  };
  Area area{first(gridX_, part.x0, dx, stream_.x0), first(gridY_, part.y0, dy, stream_.y0),
            last(gridX_, part.x1, stream_.x1), last(gridY_, part.y1, stream_.y1)};
  // With an odd origin the scaled picture may end one pixel behind the last reduced sample, which is then repeated.
  area.x0 = std::min(area.x0, stream_.x1 - 1);
  area.y0 = std::min(area.y0, stream_.y1 - 1);
  area.x1 = std::max(area.x1, area.x0 + 1);
  area.y1 = std::max(area.y1, area.y0 + 1);
  if (stream_.isHt || isTolerant_) {
    // OpenJPEG 2.5.0 gives wrong samples for a part of a high-throughput tile, and where it may be cut reads beyond the
    // end when it skips packets: whole tiles then.
    const auto down = [](uint32_t at, uint32_t origin, uint32_t step) { return at - (at - origin) % step; };
    const auto up = [&](uint32_t at, uint32_t origin, uint32_t step, uint32_t most) {
      return static_cast<uint32_t>(std::min<uint64_t>(uint64_t{down(at - 1, origin, step)} + step, most));
    };
    area = {std::max(down(area.x0, stream_.tileX0, stream_.tileWidth), stream_.x0),
            std::max(down(area.y0, stream_.tileY0, stream_.tileHeight), stream_.y0),
            up(area.x1, stream_.tileX0, stream_.tileWidth, stream_.x1),
            up(area.y1, stream_.tileY0, stream_.tileHeight, stream_.y1)};
  }
  return area;
}

uint32_t Picture::RowAt(uint32_t y) const {
  const uint64_t grid = CeilShift(y, reduction_);
  return grid <= gridY_ ? 0 : std::min<uint32_t>(task_.output.height, CeilDiv(grid - gridY_, average_));
}

uint32_t Picture::ColumnAt(uint32_t x) const {
  const uint64_t grid = CeilShift(x, reduction_);
  return grid <= gridX_ ? 0 : std::min<uint32_t>(task_.output.width, CeilDiv(grid - gridX_, average_));
}

// The samples of a channel for one row of the output: unsigned numbers (or signed ones where the output is) of the
// picture's precision. Points into the plane where nothing has to be done to it, else into `buffer`.
const int32_t* Picture::Gather(const Source& source, std::span<const Plane> planes, uint32_t y, const Part& part,
                               int32_t* buffer, Scratch& scratch) const {
  const Plane& plane = planes[source.component];
  const Component& component = stream_.components[source.component];
  const uint32_t width = part.x1 - part.x0;
  const uint32_t x = gridX_ + part.x0 * average_;
  const uint32_t gridY = gridY_ + y * average_;
  if (plane.data == nullptr || plane.width == 0 || plane.height == 0) {
    std::fill_n(buffer, width, 0);
    return buffer;
  }
  const auto rowOf = [&](uint32_t grid) {
    const uint32_t v = grid / component.dy;
    return plane.data + plane.stride * std::min(plane.height - 1, v < plane.v0 ? 0 : v - plane.v0);
  };
  const int32_t* result = buffer;
  if (average_ == 1 && component.dx == 1 && x >= plane.u0 && x - plane.u0 + width <= plane.width) {
    result = rowOf(gridY) + (x - plane.u0);
  } else if (average_ == 1) {
    const int32_t* row = rowOf(gridY);
    uint32_t u = x / component.dx, phase = x % component.dx;
    for (uint32_t i = 0; i < width; ++i) {
      buffer[i] = row[std::min(plane.width - 1, u < plane.u0 ? 0 : u - plane.u0)];
      if (++phase == component.dx) phase = 0, ++u;
    }
  } else {
    // Fewer resolutions than the scale asks for: the mean of what is there.
    scratch.sums.assign(width, 0);
    for (uint32_t j = 0; j < average_; ++j) {
      const int32_t* row = rowOf(gridY + j);
      for (uint32_t i = 0; i < width; ++i) {
        for (uint32_t k = 0; k < average_; ++k) {
          const uint32_t u = (x + i * average_ + k) / component.dx;
          scratch.sums[i] += row[std::min(plane.width - 1, u < plane.u0 ? 0 : u - plane.u0)];
        }
      }
    }
    const int64_t area = int64_t{average_} * average_;
    for (uint32_t i = 0; i < width; ++i) {
      buffer[i] = static_cast<int32_t>((scratch.sums[i] + area / 2 + area * (int64_t{1} << 33)) / area - (int64_t{1} << 33));
    }
  }
  if (source.column >= 0) {
    const std::vector<int32_t>& values = boxes_.palette[source.column].values;
    const auto last = static_cast<int32_t>(values.size()) - 1;
    for (uint32_t i = 0; i < width; ++i) buffer[i] = values[std::clamp(result[i], 0, last)];
    result = buffer;
  }
  if (source.isSigned && !signedOutput_) {
    const auto middle = static_cast<uint32_t>(1) << (source.precision - 1);
    for (uint32_t i = 0; i < width; ++i) buffer[i] = static_cast<int32_t>(static_cast<uint32_t>(result[i]) + middle);
    result = buffer;
  }
  if (source.precision != precision_) {
    if (signedOutput_) {
      for (uint32_t i = 0; i < width; ++i) buffer[i] = result[i] * (1 << (precision_ - source.precision));
    } else {
      const int64_t from = FullScale(source.precision), to = FullScale(precision_);
      for (uint32_t i = 0; i < width; ++i) buffer[i] = static_cast<int32_t>(Rescale(result[i], from, to));
    }
    result = buffer;
  }
  return result;
}

// YCbCr as JFIF has it (ITU-T T.871, section 7) and T.800 names sYCC, in 16 bits of fraction: the numbers of libjpeg and
// of core's own conversion, for samples of any precision.
template <typename Wide>
void Picture::ConvertWide(int32_t** rows, uint32_t width) const {
  const auto full = static_cast<Wide>(FullScale(precision_));
  const Wide middle = (full + 1) / 2;
  const auto clamped = [full](Wide value) { return static_cast<int32_t>(std::clamp<Wide>(value, 0, full)); };
  const auto luma = [](Wide r, Wide g, Wide b) { return (19595 * r + 38470 * g + 7471 * b + 32768) >> 16; };
  int32_t *__restrict a = rows[0], *__restrict b = rows[1], *__restrict c = rows[2];
  const int32_t* k = color_ == Color::kCmyk ? rows[3] : nullptr;
  if (k != nullptr) {
    // The absence of ink and of black, multiplied (no profile).
    for (int32_t* row : {a, b, c}) {
      for (uint32_t x = 0; x < width; ++x) {
        const auto ink = static_cast<int64_t>(full) - clamped(row[x]), black = static_cast<int64_t>(full) - clamped(k[x]);
        row[x] = static_cast<int32_t>((ink * black + full / 2) / full);
      }
    }
  }
  switch (conversion_) {
    case Conversion::kYccToRgb:
      for (uint32_t x = 0; x < width; ++x) {
        const Wide y = a[x], cb = b[x] - middle, cr = c[x] - middle;
        a[x] = clamped(y + ((91881 * cr + 32768) >> 16));
        b[x] = clamped(y + ((-22554 * cb - 46802 * cr + 32768) >> 16));
        c[x] = clamped(y + ((116130 * cb + 32768) >> 16));
      }
      break;
    case Conversion::kRgbToGray: case Conversion::kCmykToGray:
      for (uint32_t x = 0; x < width; ++x) a[x] = clamped(luma(clamped(a[x]), clamped(b[x]), clamped(c[x])));
      break;
    case Conversion::kToYcc: case Conversion::kCmykToYcc:
      for (uint32_t x = 0; x < width; ++x) {
        const Wide red = clamped(a[x]), green = clamped(b[x]), blue = clamped(c[x]);
        a[x] = clamped(luma(red, green, blue));
        b[x] = clamped(((-11059 * red - 21709 * green + 32768 * blue + 32767) >> 16) + middle);
        c[x] = clamped(((32768 * red - 27439 * green - 5329 * blue + 32767) >> 16) + middle);
      }
      break;
    default: break;
  }
}

void Picture::Convert(int32_t** rows, uint32_t width) const {
  if (precision_ <= 13) {
    ConvertWide<int32_t>(rows, width);
  } else {
    ConvertWide<int64_t>(rows, width);
  }
}

void Picture::Write(std::span<const Plane> planes, const Part& part, Scratch& scratch) const {
  const polycodec_layout& output = task_.output;
  const uint32_t width = part.x1 - part.x0, size = ElementSize(output.dtype);
  const auto sources = static_cast<uint32_t>(sources_.size()), channels = static_cast<uint32_t>(takes_.size());
  // A row for each source, and two of constants.
  scratch.samples.resize(size_t{width} * (sources + 2));
  scratch.rows.resize(sources + channels);
  const int32_t** gathered = scratch.rows.data();
  const int32_t** taken = gathered + sources;
  const auto buffer = [&](uint32_t i) { return scratch.samples.data() + size_t{width} * i; };

  const int64_t full = FullScale(output.precision);
  const bool fullWord = output.precision == 32;  // then clamping would need a 33rd bit; the samples are in range
  const int32_t low = signedOutput_ ? static_cast<int32_t>(-(full + 1) / 2) : fullWord ? INT32_MIN : 0;
  const int32_t high = signedOutput_ ? static_cast<int32_t>(full / 2) : fullWord ? INT32_MAX : static_cast<int32_t>(full);
  std::fill_n(buffer(sources), width, static_cast<int32_t>(full));
  std::fill_n(buffer(sources + 1), width, static_cast<int32_t>((full + 1) / 2));
  const int64_t from = FullScale(precision_);

  const bool planar = (output.sample_format & 1) != 0;
  const size_t pixel = planar ? size : size_t{size} * channels;
  for (uint32_t y = part.y0; y < part.y1; ++y) {
    for (uint32_t i = 0; i < sources; ++i) {
      gathered[i] = Gather(channels_[sources_[i]], planes, y, part, buffer(i), scratch);
    }
    if (conversion_ != Conversion::kNone) {
      int32_t* rows[4];
      for (uint32_t i = 0; i < std::min(sources, 4u); ++i) {
        rows[i] = buffer(i);
        if (gathered[i] != rows[i]) std::copy_n(gathered[i], width, rows[i]);
        gathered[i] = rows[i];
      }
      Convert(rows, width);
    }
    if (rescales_) {
      for (uint32_t i = 0; i < sources; ++i) {
        int32_t* row = buffer(i);
        if (!rescale_.empty()) {
          const auto last = static_cast<int32_t>(from);
          for (uint32_t x = 0; x < width; ++x) {
            row[x] = static_cast<int32_t>(rescale_[static_cast<uint32_t>(std::clamp(gathered[i][x], 0, last))]);
          }
        } else {
          for (uint32_t x = 0; x < width; ++x) {
            const int64_t value = precision_ == 32 ? int64_t{static_cast<uint32_t>(gathered[i][x])} : gathered[i][x];
            row[x] = static_cast<int32_t>(Rescale(value, from, full));
          }
        }
        gathered[i] = row;
      }
    }
    for (uint32_t c = 0; c < channels; ++c) {
      taken[c] = takes_[c] == kFull     ? buffer(sources)
                 : takes_[c] == kMiddle ? buffer(sources + 1)
                                        : gathered[takes_[c]];
    }
    uint8_t* row = task_.pixels + output.row_stride * y + pixel * part.x0;
    if (planar) {
      for (uint32_t c = 0; c < channels; ++c) {
        PackRow(taken + c, 1, width, low, high, row + output.plane_stride * c, size, host->simd != 0);
      }
    } else {
      PackRow(taken, channels, width, low, high, row, size, host->simd != 0);
    }
  }
}

}  // namespace polycodec::jpeg2k
