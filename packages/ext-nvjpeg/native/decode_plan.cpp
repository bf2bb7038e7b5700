#include "decode_plan.hpp"

namespace polycodec::nvjpeg {
namespace {

using cuda::kMaxPictureBytes, cuda::Refuse;

struct Format {
  OutputFormat library;
  int32_t produced;  // polycodec_sample_format
  uint32_t channels;
};

Format Interleaved(bool bgr) {
  return bgr ? Format{OutputFormat::kBgrI, POLYCODEC_I_BGR, 3} : Format{OutputFormat::kRgbI, POLYCODEC_I_RGB, 3};
}

/* The planes as they are coded; the library interpolates none of them. */
Format AsCoded(const CodedPicture& coded, int32_t produced) {
  if (!coded.full_resolution()) Refuse(POLYCODEC_SAMPLING_UNSUPPORTED, "coarser components of a picture that is not YCbCr");
  return {OutputFormat::kUnchanged, produced, coded.components};
}

Format ChooseFormat(const CodedPicture& coded, const polycodec_layout& output) {
  const bool cmyk = coded.components == 4, rgb = coded.is_rgb();
  // The simple subtractive scheme is for samples as Adobe stores them.
  const auto refuse_plain_cmyk = [&] {
    if (cmyk && !coded.adobe) Refuse(POLYCODEC_COLOR_SPEC_UNSUPPORTED, "CMYK without an Adobe marker");
  };
  switch (output.sample_format) {
    case POLYCODEC_I_RGB: case POLYCODEC_I_BGR:
      if (rgb) return AsCoded(coded, POLYCODEC_P_RGB);
      refuse_plain_cmyk();
      return Interleaved(output.sample_format == POLYCODEC_I_BGR);
    case POLYCODEC_P_RGB: case POLYCODEC_P_BGR:
      if (rgb) return AsCoded(coded, POLYCODEC_P_RGB);
      refuse_plain_cmyk();
      if (output.sample_format == POLYCODEC_P_BGR) return {OutputFormat::kBgr, POLYCODEC_P_BGR, 3};
      return {OutputFormat::kRgb, POLYCODEC_P_RGB, 3};
    case POLYCODEC_I_Y: case POLYCODEC_P_Y:
      if (rgb || cmyk) Refuse(POLYCODEC_COLOR_SPEC_UNSUPPORTED, "gray of a picture that is not YCbCr");
      return {OutputFormat::kY, POLYCODEC_I_Y, 1};
    case POLYCODEC_I_YUV: case POLYCODEC_P_YUV:
      if (coded.components != 3 || rgb) Refuse(POLYCODEC_CODESTREAM_UNSUPPORTED, "YCbCr of a picture that is not YCbCr");
      if (!coded.full_resolution()) Refuse(POLYCODEC_SAMPLING_UNSUPPORTED, "YCbCr of a picture with coarser chroma");
      return {OutputFormat::kYuv, POLYCODEC_P_YUV, 3};
    case POLYCODEC_I_UNCHANGED: case POLYCODEC_P_UNCHANGED:
      // Core calls gray and RGB by their names, so this is CMYK; YCCK would have to be converted.
      if (!cmyk || coded.adobe_transform != 0) Refuse(POLYCODEC_COLOR_SPEC_UNSUPPORTED, "unchanged samples that are not CMYK");
      return AsCoded(coded, POLYCODEC_P_UNCHANGED);
    default: Refuse(POLYCODEC_SAMPLE_FORMAT_UNSUPPORTED, "no such output format");
  }
}

void SetProduced(DecodePlan& plan, const polycodec_decode_task& task, int32_t format, uint32_t channels) {
  const polycodec_layout& output = task.output;
  const uint32_t sample_bytes = plan.format == OutputFormat::kUnchangedIU16 ? 2 : 1;
  plan.produced.planes = plan.format == OutputFormat::kRgbI || plan.format == OutputFormat::kBgrI || channels == 1 ? 1 : channels;
  plan.produced.pixel_bytes = sample_bytes * (plan.produced.planes == 1 ? channels : 1);
  const bool turned = static_cast<int>(plan.orientation) >= 5;
  const bool region = plan.region_in_library;
  const uint32_t width = region ? task.x1 - task.x0 : task.width, height = region ? task.y1 - task.y0 : task.height;
  plan.produced.width = turned ? height : width;
  plan.produced.height = turned ? width : height;
  if (uint64_t{plan.produced.width} * plan.produced.height * channels * sample_bytes > kMaxPictureBytes) {
    Refuse(POLYCODEC_RESOLUTION_UNSUPPORTED, "the pixels take more than 2 GiB, which nvJPEG does not count");
  }
  plan.produced.kept = {.width = output.width, .height = output.height, .channels = channels, .dtype = output.dtype,
                        .sample_format = format, .color_spec = output.color_spec, .precision = output.precision, .reserved = 0,
                        .row_stride = uint64_t{output.width} * plan.produced.pixel_bytes, .plane_stride = 0};
  if (plan.produced.planes > 1) plan.produced.kept.plane_stride = plan.produced.kept.row_stride * output.height;
}

void SetRegion(DecodePlan& plan, const polycodec_decode_task& task, bool in_library) {
  if (!task.has_region) return;
  if (task.y0 >= task.y1 || task.x0 >= task.x1 || task.y1 > task.height || task.x1 > task.width) {
    Refuse(POLYCODEC_FAIL, "the region is not inside the picture");
  }
  plan.region_in_library = in_library;
  if (in_library) {
    plan.roi_x = static_cast<int>(task.x0), plan.roi_y = static_cast<int>(task.y0);
    plan.roi_width = static_cast<int>(task.x1 - task.x0), plan.roi_height = static_cast<int>(task.y1 - task.y0);
  } else {
    plan.produced.x = task.x0, plan.produced.y = task.y0;
  }
}

void RequirePlain(const polycodec_decode_task& task, int32_t dtype) {
  if (task.scale != 1) Refuse(POLYCODEC_SCALE_UNSUPPORTED, "pictures come at full size");
  if (task.output.dtype != dtype) Refuse(POLYCODEC_SAMPLE_TYPE_UNSUPPORTED, "no such element type");
}

}  // namespace

DecodePlan PlanDecode(const polycodec_decode_task& task, const CodedPicture& coded, const PlanOptions& options) {
  RequirePlain(task, POLYCODEC_UINT8);
  if (coded.precision != 8) Refuse(POLYCODEC_ENCODING_UNSUPPORTED, "samples of other than 8 bits");
  const Format format = ChooseFormat(coded, task.output);
  DecodePlan plan;
  plan.format = format.library;
  plan.from_cmyk = coded.components == 4 && format.library != OutputFormat::kUnchanged;
  // Alone, a region lacks the neighbours that its chroma is interpolated from; cut out of the whole it has them.
  const bool needs_neighbours = options.interpolates && options.regions_interpolate_too && !coded.full_resolution();
  SetRegion(plan, task, !needs_neighbours);
  if (task.orientation > 1) {
    // Which of the two comes first in the library is not documented.
    if (task.has_region) Refuse(POLYCODEC_ORIENTATION_UNSUPPORTED, "a region that is to be turned");
    if (!options.can_orient) Refuse(POLYCODEC_ORIENTATION_UNSUPPORTED, "this version of nvJPEG does not turn pictures");
    int orientation = task.orientation;
    if (options.swaps_quarter_turns && (orientation == 6 || orientation == 8)) orientation = 14 - orientation;
    plan.orientation = static_cast<Orientation>(orientation);
  }
  SetProduced(plan, task, format.produced, format.channels);
  return plan;
}

DecodePlan PlanLossless(const polycodec_decode_task& task, const CodedPicture& coded) {
  RequirePlain(task, POLYCODEC_UINT16);
  if (coded.frame != 0xc3) Refuse(POLYCODEC_ENCODING_UNSUPPORTED, "not a lossless JPEG");
  if (coded.components != 1) Refuse(POLYCODEC_NUM_CHANNELS_UNSUPPORTED, "more than one component");
  if (task.output.channels != 1) Refuse(POLYCODEC_SAMPLE_FORMAT_UNSUPPORTED, "no such output format");
  if (task.orientation > 1) Refuse(POLYCODEC_ORIENTATION_UNSUPPORTED, "pictures are not turned");
  DecodePlan plan;
  plan.format = OutputFormat::kUnchangedIU16;
  SetRegion(plan, task, false);
  SetProduced(plan, task, POLYCODEC_I_Y, 1);
  return plan;
}

}  // namespace polycodec::nvjpeg
