#include "decode_plan.hpp"

#include <algorithm>
#include <bit>

namespace polycodec::nvjpeg2k {
namespace {

using cuda::kMaxPictureBytes, cuda::Refuse;

uint32_t CeilShift(uint32_t value, uint32_t shift) {
  return static_cast<uint32_t>((uint64_t{value} + (uint64_t{1} << shift) - 1) >> shift);
}

void ChooseType(DecodePlan& plan, const CodedPicture& coded, const polycodec_layout& output) {
  const int32_t dtype = coded.is_signed ? (coded.precision > 8 ? POLYCODEC_INT16 : POLYCODEC_INT8)
                                        : (coded.precision > 8 ? POLYCODEC_UINT16 : POLYCODEC_UINT8);
  if (dtype == POLYCODEC_INT8) Refuse(POLYCODEC_CODESTREAM_UNSUPPORTED, "signed samples of 8 bits");
  if (output.dtype != dtype || output.precision != coded.precision) {
    Refuse(POLYCODEC_SAMPLE_TYPE_UNSUPPORTED, "samples come out as deep as they are coded");
  }
  plan.pixel_type = dtype == POLYCODEC_UINT8    ? PixelType::kUint8
                    : dtype == POLYCODEC_UINT16 ? PixelType::kUint16
                                                : PixelType::kInt16;
}

/* The components as they are, but for sYCC as RGB. */
void ChooseFormat(DecodePlan& plan, const CodedPicture& coded, const polycodec_layout& output) {
  plan.components = coded.components;
  const auto require = [](bool fits) {
    if (!fits) Refuse(POLYCODEC_SAMPLE_FORMAT_UNSUPPORTED, "the picture's own channels only");
  };
  const bool ycc = coded.color == Color::kYcc && coded.components == 3;
  switch (output.sample_format >> 1) {
    case POLYCODEC_I_Y >> 1: require(coded.components == 1); break;
    case POLYCODEC_I_YA >> 1: require(coded.components == 2); break;
    case POLYCODEC_I_RGB >> 1: case POLYCODEC_I_BGR >> 1:
      require(coded.components == 3 && (ycc || coded.color == Color::kRgb));
      plan.to_rgb = ycc;
      break;
    case POLYCODEC_I_RGBA >> 1: require(coded.components == 4 && coded.color == Color::kRgb); break;
    case POLYCODEC_I_YUV >> 1: require(ycc && !coded.is_coarse()); break;
    case POLYCODEC_I_UNCHANGED >> 1: require(output.channels == coded.components && !coded.is_coarse()); break;
    default: require(false);
  }
  if (plan.to_rgb && (coded.is_signed || coded.precision != 8)) {
    Refuse(POLYCODEC_CODESTREAM_UNSUPPORTED, "YCbCr of other than 8 bits");
  }
  const bool odd = coded.width % 2 != 0 || coded.height % 2 != 0 || coded.tile_width % 2 != 0 || coded.tile_height % 2 != 0;
  if (coded.is_coarse() && (coded.tiles() > 1 || coded.height > 1) && odd) {
    Refuse(POLYCODEC_CODESTREAM_UNSUPPORTED, "coarser chroma in tiles of odd sides, which the library is not accurate for");
  }
  const bool planar = (output.sample_format & 1) != 0 && coded.components > 1;
  plan.format = planar ? ImageFormat::kPlanar : ImageFormat::kInterleaved;
  if (output.sample_format == POLYCODEC_P_BGR) plan.plane_of = {2, 1, 0, 3};
}

/* The tiles that have a part of `wanted`, in pixels of the output; and the place of what is wanted in what they make. */
void ChooseTiles(DecodePlan& plan, const polycodec_decode_task& task, const CodedPicture& coded, const Area& wanted) {
  const uint32_t shift = plan.left_out;
  // Reduced, and where chroma is coarser, tiles are decoded whole: what an area is then is not documented.
  const bool whole_tiles = shift > 0 || coded.is_coarse() || !task.has_region;
  const uint32_t step_x = CeilShift(coded.tile_width, shift), step_y = CeilShift(coded.tile_height, shift);
  const uint32_t first_x = wanted.x0 / step_x, end_x = std::min(coded.tiles_across, (wanted.x1 - 1) / step_x + 1);
  const uint32_t first_y = wanted.y0 / step_y, end_y = std::min(coded.tiles_down, (wanted.y1 - 1) / step_y + 1);
  const auto end_of = [&](uint32_t tile, uint32_t step, uint32_t size) {
    return static_cast<uint32_t>(std::min<uint64_t>(uint64_t{step} * (tile + 1), CeilShift(size, shift)));
  };
  Area canvas = wanted;
  if (whole_tiles) {
    canvas = {first_x * step_x, first_y * step_y, end_of(end_x - 1, step_x, coded.width),
              end_of(end_y - 1, step_y, coded.height)};
  }
  plan.tile_by_tile = coded.tiles() > 1 || shift > 0;
  for (uint32_t y = first_y; y < end_y; y++) {
    for (uint32_t x = first_x; x < end_x; x++) {
      const Area tile{std::max(canvas.x0, x * step_x), std::max(canvas.y0, y * step_y),
                      std::min(canvas.x1, end_of(x, step_x, coded.width)),
                      std::min(canvas.y1, end_of(y, step_y, coded.height))};
      plan.tiles.push_back({.tile = y * coded.tiles_across + x, .area = whole_tiles ? Area{} : tile,
                            .x = tile.x0 - canvas.x0, .y = tile.y0 - canvas.y0});
    }
  }
  plan.produced.width = canvas.x1 - canvas.x0, plan.produced.height = canvas.y1 - canvas.y0;
  plan.produced.x = wanted.x0 - canvas.x0, plan.produced.y = wanted.y0 - canvas.y0;
}

void SetProduced(DecodePlan& plan, const polycodec_layout& output) {
  cuda::Produced& produced = plan.produced;
  const uint32_t sample_bytes = plan.pixel_type == PixelType::kUint8 ? 1 : 2;
  const bool planar = plan.format == ImageFormat::kPlanar;
  produced.planes = planar ? plan.components : 1;
  produced.pixel_bytes = planar ? sample_bytes : sample_bytes * plan.components;
  if (uint64_t{produced.width} * produced.height * produced.planes * produced.pixel_bytes > kMaxPictureBytes) {
    Refuse(POLYCODEC_RESOLUTION_UNSUPPORTED, "the pixels take more than 2 GiB");
  }
  produced.kept = output;
  produced.kept.channels = plan.components;
  // Interleaved, the library keeps the order of the components.
  if (output.sample_format == POLYCODEC_I_BGR) produced.kept.sample_format = POLYCODEC_I_RGB;
  produced.kept.row_stride = uint64_t{output.width} * produced.pixel_bytes;
  produced.kept.plane_stride = planar ? produced.kept.row_stride * output.height : 0;
}

}  // namespace

DecodePlan PlanDecode(const polycodec_decode_task& task, const CodedPicture& coded) {
  const polycodec_layout& output = task.output;
  if (task.orientation > 1) Refuse(POLYCODEC_ORIENTATION_UNSUPPORTED, "pictures are not turned");
  if (!std::has_single_bit(task.scale) || task.scale > 8) Refuse(POLYCODEC_SCALE_UNSUPPORTED, "1, 1/2, 1/4, 1/8 alone");
  DecodePlan plan;
  ChooseType(plan, coded, output);
  ChooseFormat(plan, coded, output);
  plan.left_out = static_cast<uint32_t>(std::countr_zero(task.scale));
  if (plan.left_out > 0) {
    const bool aligned = coded.tiles() == 1 || (coded.tile_width % task.scale == 0 && coded.tile_height % task.scale == 0);
    if (plan.left_out > coded.levels || !aligned || coded.is_coarse()) {
      Refuse(POLYCODEC_SCALE_UNSUPPORTED, "there are no such resolutions, or tiles do not begin on their samples");
    }
  }
  const uint32_t width = CeilShift(coded.width, plan.left_out), height = CeilShift(coded.height, plan.left_out);
  const Area wanted = task.has_region ? Area{task.x0, task.y0, task.x1, task.y1} : Area{0, 0, width, height};
  if (wanted.x0 >= wanted.x1 || wanted.y0 >= wanted.y1 || wanted.x1 > width || wanted.y1 > height ||
      output.width != wanted.x1 - wanted.x0 || output.height != wanted.y1 - wanted.y0) {
    Refuse(POLYCODEC_FAIL, "the region is not inside the picture, or not as large as the output");
  }
  ChooseTiles(plan, task, coded, wanted);
  SetProduced(plan, output);
  return plan;
}

}  // namespace polycodec::nvjpeg2k
