#include "pixels_conversion.hpp"

namespace polycodec::pixels {
namespace {

/* A sample format without its planarity: where each role stands, -1 where there is none. */
struct Roles {
  uint32_t channels; /* 0: as many as there are */
  int8_t gray, red, green, blue, alpha;
};

/* In the order of polycodec_sample_format. YUV's Y stands as gray, which is what it is. */
constexpr Roles kRoles[] = {
    {0, -1, -1, -1, -1, -1}, /* UNCHANGED */
    {1, 0, -1, -1, -1, -1},  /* Y */
    {2, 0, -1, -1, -1, 1},   /* YA */
    {3, -1, 0, 1, 2, -1},    /* RGB */
    {3, -1, 2, 1, 0, -1},    /* BGR */
    {4, -1, 0, 1, 2, 3},     /* RGBA */
    {3, 0, -1, -1, -1, -1},  /* YUV */
};
constexpr int32_t kUnchanged = 0, kYuv = 6, kFormats = 7;

bool IsUnsigned(int32_t dtype) {
  return dtype == POLYCODEC_UINT8 || dtype == POLYCODEC_UINT16 || dtype == POLYCODEC_UINT32;
}
bool IsSigned(int32_t dtype) {
  return dtype == POLYCODEC_INT8 || dtype == POLYCODEC_INT16 || dtype == POLYCODEC_INT32;
}
bool IsByte(const polycodec_layout& layout) { return layout.dtype == POLYCODEC_UINT8 && layout.precision == 8; }

bool IsSound(const polycodec_layout& layout) {
  const int32_t format = layout.sample_format >> 1;
  if (layout.sample_format < 0 || format >= kFormats || layout.channels == 0) return false;
  if (kRoles[format].channels != 0 && kRoles[format].channels != layout.channels) return false;
  const uint32_t size = ElementSize(layout.dtype);
  if (size == 0) return false;
  const bool isInteger = IsUnsigned(layout.dtype) || IsSigned(layout.dtype);
  return !isInteger || (layout.precision >= 1 && layout.precision <= size * 8);
}

/* Do both say what the channels mean, and differ? */
bool ColorsDiffer(const polycodec_layout& src, const polycodec_layout& dst) {
  const auto known = [](int32_t spec) { return spec != POLYCODEC_COLOR_UNKNOWN && spec != POLYCODEC_COLOR_UNCHANGED; };
  return known(src.color_spec) && known(dst.color_spec) && src.color_spec != dst.color_spec;
}

void SetRgb(Conversion& plan, const Roles& roles) {
  plan.rgb[0] = static_cast<uint8_t>(roles.red);
  plan.rgb[1] = static_cast<uint8_t>(roles.green);
  plan.rgb[2] = static_cast<uint8_t>(roles.blue);
}

}  // namespace

Conversion PlanConversion(const polycodec_layout& src, const polycodec_layout& dst) noexcept {
  using Kind = Conversion::Kind;
  Conversion plan;
  if (!IsSound(src) || !IsSound(dst)) return plan;

  const bool counts = IsUnsigned(dst.dtype);
  if (src.dtype != dst.dtype && !counts) return plan;
  if (IsSigned(dst.dtype) && src.precision != dst.precision) return plan;
  plan.counts = counts;
  plan.rescale = counts && (src.dtype != dst.dtype || src.precision != dst.precision);

  const int32_t from = src.sample_format >> 1, to = dst.sample_format >> 1;
  if (from == to) {
    const bool same = src.channels == dst.channels && !(from == kUnchanged && ColorsDiffer(src, dst));
    if (same) plan.kind = Kind::kSame;
    return plan;
  }
  if (from == kUnchanged || to == kUnchanged) return plan;

  const Roles &in = kRoles[from], &out = kRoles[to];
  if (from == kYuv || to == kYuv) {
    if (!IsByte(src) || !IsByte(dst)) return plan;
    if (from == kYuv && out.red >= 0) {
      SetRgb(plan, out);
      plan.kind = Kind::kYccToRgb;
      return plan;
    }
    if (to == kYuv && in.red >= 0) {
      SetRgb(plan, in);
      plan.kind = Kind::kRgbToYcc;
      return plan;
    }
  }

  const bool luma = out.gray >= 0 && in.gray < 0;
  const bool makesAlpha = out.alpha >= 0 && in.alpha < 0;
  if ((luma || makesAlpha) && !counts) return plan;
  if (in.red >= 0) SetRgb(plan, in);
  plan.kind = Kind::kTake;
  if (out.gray >= 0) plan.take[out.gray] = luma ? kLuma : in.gray;
  if (out.red >= 0) {
    plan.take[out.red] = in.red >= 0 ? in.red : in.gray;
    plan.take[out.green] = in.green >= 0 ? in.green : in.gray;
    plan.take[out.blue] = in.blue >= 0 ? in.blue : in.gray;
  }
  if (out.alpha >= 0) plan.take[out.alpha] = in.alpha >= 0 ? in.alpha : kFull;
  if (to == kYuv) plan.take[1] = plan.take[2] = kMiddle;
  return plan;
}

void Flatten(Conversion& plan, const polycodec_layout& src, const polycodec_layout& dst,
             const uint8_t background[3]) noexcept {
  const int32_t from = src.sample_format >> 1, to = dst.sample_format >> 1;
  if (plan.kind != Conversion::Kind::kTake || !plan.counts) return;
  if (kRoles[from].alpha < 0 || kRoles[to].alpha >= 0 || to == kYuv) return;
  const Roles& out = kRoles[to];
  plan.alpha = kRoles[from].alpha;
  if (out.gray >= 0) plan.ground[out.gray] = static_cast<uint8_t>(Luma(background[0], background[1], background[2]));
  if (out.red >= 0) {
    plan.ground[out.red] = background[0];
    plan.ground[out.green] = background[1];
    plan.ground[out.blue] = background[2];
  }
}

uint32_t NumberScale(const polycodec_layout& src, const polycodec_layout& dst) noexcept {
  const auto full = [](uint32_t precision) { return precision >= 1 && precision <= 32 ? FullScale(precision) : 0; };
  return full(IsUnsigned(src.dtype) || IsSigned(src.dtype) ? src.precision : dst.precision);
}

uint32_t ElementSize(int32_t dtype) noexcept {
  constexpr uint8_t kSizes[] = {1, 1, 2, 2, 4, 4, 2, 4, 8};
  return dtype >= 0 && dtype < static_cast<int32_t>(sizeof kSizes) ? kSizes[dtype] : 0;
}

Steps StepsOf(const polycodec_layout& layout) noexcept {
  const auto element = static_cast<ptrdiff_t>(ElementSize(layout.dtype));
  const auto row = static_cast<ptrdiff_t>(layout.row_stride);
  if (IsPlanar(layout.sample_format)) return {row, element, static_cast<ptrdiff_t>(layout.plane_stride)};
  return {row, element * static_cast<ptrdiff_t>(layout.channels), element};
}

}  // namespace polycodec::pixels
