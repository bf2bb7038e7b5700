#include "encode_plan.hpp"

#include <cmath>

#include <polycodec_cuda_pixels.hpp>

namespace polycodec::nvjpeg {
namespace {

using cuda::kMaxPictureBytes, cuda::Refuse;

constexpr uint32_t kMaxSide = 65535;  // JPEG's own limit
constexpr unsigned kMaxRestartInterval = 65535;

struct Factors {
  unsigned horizontal, vertical;
};

Factors FactorsOf(Subsampling subsampling) {
  switch (subsampling) {
    case Subsampling::k422: return {2, 1};
    case Subsampling::k420: return {2, 2};
    case Subsampling::k440: return {1, 2};
    case Subsampling::k411: return {4, 1};
    case Subsampling::k410: return {4, 2};
    default: return {1, 1};
  }
}

Subsampling SubsamplingOf(int asked) {
  switch (asked) {
    case POLYCODEC_CSS_NONE: case POLYCODEC_CSS_444: return Subsampling::k444;
    case POLYCODEC_CSS_422: return Subsampling::k422;
    case POLYCODEC_CSS_420: return Subsampling::k420;
    case POLYCODEC_CSS_440: return Subsampling::k440;
    case POLYCODEC_CSS_411: return Subsampling::k411;
    case POLYCODEC_CSS_410: return Subsampling::k410;
    case POLYCODEC_CSS_GRAY: return Subsampling::kGray;
    default: Refuse(POLYCODEC_SAMPLING_UNSUPPORTED, "no such chroma subsampling");
  }
}

/* What the library is given: its own formats as they are, others converted to the nearest. */
void ChooseInput(EncodePlan& plan, const polycodec_layout& input) {
  int32_t format = input.sample_format;
  uint32_t channels = 3;
  switch (input.sample_format) {
    case POLYCODEC_I_Y: case POLYCODEC_P_Y:
      format = POLYCODEC_I_Y, channels = 1, plan.is_yuv = true, plan.subsampling = Subsampling::kGray;
      break;
    case POLYCODEC_I_RGB: plan.input = InputFormat::kRgbI; break;
    case POLYCODEC_I_BGR: plan.input = InputFormat::kBgrI; break;
    case POLYCODEC_P_RGB: plan.input = InputFormat::kRgb, plan.planes = 3; break;
    case POLYCODEC_P_BGR: plan.input = InputFormat::kBgr, plan.planes = 3; break;
    case POLYCODEC_I_RGBA: case POLYCODEC_P_RGBA: format = POLYCODEC_I_RGB; break;
    case POLYCODEC_I_YUV: case POLYCODEC_P_YUV: format = POLYCODEC_P_YUV, plan.planes = 3, plan.is_yuv = true; break;
    default: Refuse(POLYCODEC_SAMPLE_FORMAT_UNSUPPORTED, "gray, RGB, BGR, RGBA and YCbCr pictures alone");
  }
  plan.given = {.width = input.width, .height = input.height, .channels = channels, .dtype = input.dtype,
                .sample_format = format, .color_spec = input.color_spec, .precision = input.precision, .reserved = 0,
                .row_stride = uint64_t{input.width} * (plan.planes == 1 ? channels : 1), .plane_stride = 0};
  if (plan.planes > 1) plan.given.plane_stride = plan.given.row_stride * input.height;
}

void ChooseColors(EncodePlan& plan, int asked) {
  const bool gray_input = plan.given.channels == 1;
  switch (asked) {
    case POLYCODEC_COLOR_UNKNOWN: case POLYCODEC_COLOR_UNCHANGED: break;
    case POLYCODEC_COLOR_GRAY: plan.subsampling = Subsampling::kGray; break;
    case POLYCODEC_COLOR_SYCC:
      if (gray_input) Refuse(POLYCODEC_COLOR_SPEC_UNSUPPORTED, "YCbCr of a gray picture");
      break;
    default: Refuse(POLYCODEC_COLOR_SPEC_UNSUPPORTED, "YCbCr and gray code streams alone");
  }
}

}  // namespace

EncodePlan PlanEncode(const polycodec_encode_task& task, bool can_restart) {
  const polycodec_layout& input = task.input;
  const auto number = [&](const char* name, double otherwise) { return host->number(task.params, name, otherwise); };
  if (input.dtype != POLYCODEC_UINT8) Refuse(POLYCODEC_SAMPLE_TYPE_UNSUPPORTED, "not uint8");
  if (input.width == 0 || input.height == 0 || input.width > kMaxSide || input.height > kMaxSide ||
      uint64_t{input.width} * input.height * 3 > kMaxPictureBytes) {  // an estimate of the code stream must fit
    Refuse(POLYCODEC_RESOLUTION_UNSUPPORTED, "larger than nvJPEG counts");
  }
  EncodePlan plan;
  plan.subsampling = SubsamplingOf(static_cast<int>(number("chromaSubsampling", POLYCODEC_CSS_444)));
  ChooseInput(plan, input);
  ChooseColors(plan, static_cast<int>(number("colorSpec", POLYCODEC_COLOR_UNCHANGED)));
  plan.quality = static_cast<int>(std::lround(number("quality", 75)));
  if (number("progressive", 0) != 0) plan.encoding = Encoding::kProgressiveDctHuffman;
  plan.optimized = number("optimizedHuffman", 0) != 0;
  plan.restart_interval = static_cast<unsigned>(number("restartInterval", 0));
  if (const auto rows = static_cast<unsigned>(number("restartRows", 0)); rows > 0) {
    const unsigned mcu = 8 * FactorsOf(plan.subsampling).horizontal;
    plan.restart_interval = rows * ((input.width + mcu - 1) / mcu);
  }
  if (plan.restart_interval > kMaxRestartInterval || (plan.restart_interval > 0 && !can_restart)) {
    Refuse(POLYCODEC_ENCODING_UNSUPPORTED, "no such restart interval");
  }
  return plan;
}

}  // namespace polycodec::nvjpeg
