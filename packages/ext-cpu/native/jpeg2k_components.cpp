#include "jpeg2k_components.hpp"

#include <algorithm>
#include <cstring>

#include "jpeg2k_failure.hpp"
#include "jpeg2k_samples.hpp"

namespace polycodec::jpeg2k {
namespace {

struct Step {
  uint32_t x, y;
};

// {0, 0}: none that we write.
Step StepOf(int subsampling) {
  switch (subsampling) {
    case POLYCODEC_CSS_NONE: case POLYCODEC_CSS_444: case POLYCODEC_CSS_GRAY: return {1, 1};
    case POLYCODEC_CSS_422: return {2, 1};
    case POLYCODEC_CSS_420: return {2, 2};
    case POLYCODEC_CSS_440: return {1, 2};
    case POLYCODEC_CSS_411: return {4, 1};
    case POLYCODEC_CSS_410: return {4, 2};
    case POLYCODEC_CSS_410V: return {2, 4};
    default: return {0, 0};
  }
}

uint32_t CeilDivide(uint32_t value, uint32_t by) { return (value + by - 1) / by; }

template <typename Element>
void Load(const uint8_t* from, size_t step, uint32_t width, int32_t* samples) {
  for (uint32_t x = 0; x < width; ++x) {
    Element value;
    std::memcpy(&value, from + step * x, sizeof value);
    samples[x] = static_cast<int32_t>(value);
  }
}

}  // namespace

Components::Components(const polycodec_encode_task& task) : task_(task) {
  const polycodec_layout& input = task.input;
  if (input.width == 0 || input.height == 0 || input.width > INT32_MAX || input.height > INT32_MAX) {
    Fail(POLYCODEC_RESOLUTION_UNSUPPORTED, "%u x %u pixels", input.width, input.height);
  }
  if (input.dtype < POLYCODEC_UINT8 || input.dtype > POLYCODEC_INT32) {
    Fail(POLYCODEC_SAMPLE_TYPE_UNSUPPORTED, "no integers");
  }
  precision_ = input.precision;
  isSigned_ = input.dtype == POLYCODEC_INT8 || input.dtype == POLYCODEC_INT16 || input.dtype == POLYCODEC_INT32;

  const auto number = [&](const char* name, int otherwise) {
    return static_cast<int>(task.params == nullptr ? otherwise : host->number(task.params, name, otherwise));
  };
  const int colorSpec = number("colorSpec", POLYCODEC_COLOR_UNCHANGED);
  const int subsampling = number("chromaSubsampling", POLYCODEC_CSS_444);
  uint32_t channels = input.channels;
  bool isRgb = false;
  switch (input.sample_format >> 1) {
    case POLYCODEC_I_Y >> 1: color_ = Color::kGray; break;
    case POLYCODEC_I_YA >> 1: color_ = Color::kGray; hasAlpha_ = true; break;
    case POLYCODEC_I_BGR >> 1: sources_[0] = 2; sources_[2] = 0; isRgb = true; break;
    case POLYCODEC_I_RGB >> 1: isRgb = true; break;
    case POLYCODEC_I_RGBA >> 1: isRgb = hasAlpha_ = true; break;
    case POLYCODEC_I_YUV >> 1: color_ = Color::kYcc; break;
    default:
      isRgb = channels == 3;
      if (channels == 4 && input.color_spec == POLYCODEC_COLOR_CMYK) color_ = Color::kCmyk;
      else if (channels != 3) color_ = Color::kGray;
  }
  const bool toGray = isRgb && (colorSpec == POLYCODEC_COLOR_GRAY || subsampling == POLYCODEC_CSS_GRAY);
  const bool toYcc = isRgb && !toGray && colorSpec == POLYCODEC_COLOR_SYCC;
  const auto isAny = colorSpec == POLYCODEC_COLOR_UNCHANGED || colorSpec == POLYCODEC_COLOR_UNKNOWN;
  const bool fits = isAny || toGray || toYcc || (color_ == Color::kGray && colorSpec == POLYCODEC_COLOR_GRAY) ||
                    (isRgb && colorSpec == POLYCODEC_COLOR_SRGB) ||
                    (color_ == Color::kYcc && colorSpec == POLYCODEC_COLOR_SYCC) ||
                    (color_ == Color::kCmyk && colorSpec == POLYCODEC_COLOR_CMYK);
  if (!fits) Fail(POLYCODEC_COLOR_SPEC_UNSUPPORTED, "no way from this image to colour specification %d", colorSpec);
  if ((toGray || toYcc) && (isSigned_ || precision_ > 16)) {
    Fail(POLYCODEC_COLOR_SPEC_UNSUPPORTED, "colours of %u bits are coded as they are", precision_);
  }
  if (toGray) {
    conversion_ = Conversion::kRgbToGray;
    color_ = Color::kGray;
    channels = hasAlpha_ ? 2 : 1;
  } else if (toYcc) {
    conversion_ = Conversion::kRgbToYcc;
    color_ = Color::kYcc;
  }
  const Step step = StepOf(subsampling);
  if (step.x == 0) Fail(POLYCODEC_SAMPLING_UNSUPPORTED, "chroma subsampling %d", subsampling);
  if (step.x != 1 || step.y != 1) {
    if (color_ != Color::kYcc) Fail(POLYCODEC_SAMPLING_UNSUPPORTED, "only YCbCr is coded with coarser colour");
    stepX_ = step.x;
    stepY_ = step.y;
  }
  for (uint32_t i = 0; i < channels; ++i) {
    const bool coarse = i == 1 || i == 2;
    const uint32_t dx = coarse ? stepX_ : 1, dy = coarse ? stepY_ : 1;
    shapes_.push_back({dx, dy, CeilDivide(input.width, dx), CeilDivide(input.height, dy)});
  }
}

void Components::LoadSource(uint32_t source, uint32_t y, int32_t* samples) const {
  const polycodec_layout& input = task_.input;
  const size_t size = ElementSize(input.dtype);
  const bool planar = input.plane_stride != 0;
  const size_t step = planar ? size : size * input.channels;
  const uint8_t* from =
      task_.pixels + input.row_stride * y + (planar ? input.plane_stride * source : size * source);
  switch (input.dtype) {
    case POLYCODEC_UINT8: return Load<uint8_t>(from, step, input.width, samples);
    case POLYCODEC_INT8: return Load<int8_t>(from, step, input.width, samples);
    case POLYCODEC_UINT16: return Load<uint16_t>(from, step, input.width, samples);
    case POLYCODEC_INT16: return Load<int16_t>(from, step, input.width, samples);
    default: return Load<int32_t>(from, step, input.width, samples);
  }
}

// One row of a component at the picture's own resolution.
void Components::LoadFine(uint32_t component, uint32_t y, int32_t* samples) {
  const auto source = [&](uint32_t i) { return i < 4 ? sources_[i] : i; };
  const uint32_t width = task_.input.width;
  if (conversion_ == Conversion::kNone) return LoadSource(source(component), y, samples);
  if (conversion_ == Conversion::kRgbToGray && component == 1) return LoadSource(3, y, samples);
  if (component == 3) return LoadSource(3, y, samples);
  rgb_.resize(size_t{width} * 3);
  for (uint32_t i = 0; i < 3; ++i) LoadSource(sources_[i], y, rgb_.data() + size_t{width} * i);
  const int32_t *red = rgb_.data(), *green = red + width, *blue = green + width;
  // The numbers of libjpeg (ITU-T T.871, section 7) in 16 bits of fraction.
  static constexpr int64_t kFactors[3][3] = {{19595, 38470, 7471}, {-11059, -21709, 32768}, {32768, -27439, -5329}};
  const int64_t(&factor)[3] = kFactors[component];
  const int64_t full = (int64_t{1} << precision_) - 1;
  const int64_t offset = component == 0 ? 32768 : (((full + 1) / 2) << 16) + 32767;
  for (uint32_t x = 0; x < width; ++x) {
    const int64_t value = (factor[0] * red[x] + factor[1] * green[x] + factor[2] * blue[x] + offset) >> 16;
    samples[x] = static_cast<int32_t>(std::clamp<int64_t>(value, 0, full));
  }
}

void Components::ReadRow(uint32_t component, uint32_t row, int32_t* samples) {
  const Shape& shape = shapes_[component];
  if (shape.dx == 1 && shape.dy == 1) return LoadFine(component, row, samples);
  const uint32_t width = task_.input.width, height = task_.input.height;
  fine_.resize(width);
  sums_.assign(shape.width, 0);
  const uint32_t first = row * shape.dy, last = std::min(height, first + shape.dy);
  for (uint32_t y = first; y < last; ++y) {
    LoadFine(component, y, fine_.data());
    for (uint32_t x = 0; x < width; ++x) sums_[x / shape.dx] += fine_[x];
  }
  for (uint32_t x = 0; x < shape.width; ++x) {
    const int64_t count = int64_t{last - first} * (std::min(width, (x + 1) * shape.dx) - x * shape.dx);
    const int64_t sum = sums_[x];
    samples[x] = static_cast<int32_t>(sum >= 0 ? (sum + count / 2) / count : -((-sum + count / 2) / count));
  }
}

}  // namespace polycodec::jpeg2k
