#include "encode_plan.hpp"

#include <algorithm>
#include <bit>
#include <cstring>

#include <polycodec_cuda_pixels.hpp>

#include "nvjpeg2k_library.hpp"

namespace polycodec::nvjpeg2k {
namespace {

using cuda::kMaxPictureBytes, cuda::Refuse;

constexpr uint32_t kMaxTiles = 65535;

/* In the order of core's QUALITY_TYPES. */
enum Quality { kDefault, kLossless, kQuality, kQuantizationStep, kPsnr, kSizeRatio };

/* What the library is given: the input's own channels, but BGR between each other as RGB. */
void ChooseInput(EncodePlan& plan, const polycodec_layout& input) {
  const bool is_signed = input.dtype == POLYCODEC_INT16, is_wide = input.dtype != POLYCODEC_UINT8;
  if (is_wide && input.dtype != POLYCODEC_UINT16 && !is_signed) Refuse(POLYCODEC_SAMPLE_TYPE_UNSUPPORTED, "no such element type");
  if (input.channels == 0 || input.channels > 4) Refuse(POLYCODEC_NUM_CHANNELS_UNSUPPORTED, "one to four channels");
  jp2::Picture& picture = plan.picture;
  picture.components = input.channels, picture.precision = input.precision, picture.is_signed = is_signed;
  picture.color = jp2::Color::kRgb;
  switch (input.sample_format >> 1) {
    case POLYCODEC_I_Y >> 1: picture.color = jp2::Color::kGray; break;
    case POLYCODEC_I_YA >> 1: picture.color = jp2::Color::kGray, picture.has_alpha = true; break;
    case POLYCODEC_I_RGB >> 1: case POLYCODEC_I_BGR >> 1: break;
    case POLYCODEC_I_RGBA >> 1: picture.has_alpha = true; break;
    case POLYCODEC_I_YUV >> 1: picture.color = jp2::Color::kYcc; break;
    default: Refuse(POLYCODEC_SAMPLE_FORMAT_UNSUPPORTED, "gray, RGB, BGR and YCbCr pictures alone");
  }
  const bool planar = (input.sample_format & 1) != 0 && input.channels > 1;
  const uint32_t sample_bytes = is_wide ? 2 : 1;
  plan.format = planar ? ImageFormat::kPlanar : ImageFormat::kInterleaved;
  plan.pixel_type = is_signed ? PixelType::kInt16 : is_wide ? PixelType::kUint16 : PixelType::kUint8;
  plan.planes = planar ? input.channels : 1;
  if (input.sample_format == POLYCODEC_P_BGR) plan.plane_of = {2, 1, 0, 3};
  plan.given = input;
  if (input.sample_format == POLYCODEC_I_BGR) plan.given.sample_format = POLYCODEC_I_RGB;
  plan.given.row_stride = uint64_t{input.width} * sample_bytes * (planar ? 1 : input.channels);
  plan.given.plane_stride = planar ? plan.given.row_stride * input.height : 0;
  for (uint32_t c = 0; c < input.channels; c++) {
    plan.components[c] = {input.width, input.height, static_cast<uint8_t>(input.precision), is_signed};
  }
}

void RequireColors(const EncodePlan& plan, int asked, int subsampling) {
  const jp2::Color color = plan.picture.color;
  const bool fits = asked == POLYCODEC_COLOR_UNKNOWN || asked == POLYCODEC_COLOR_UNCHANGED ||
                    (asked == POLYCODEC_COLOR_GRAY && color == jp2::Color::kGray) ||
                    (asked == POLYCODEC_COLOR_SRGB && color == jp2::Color::kRgb) ||
                    (asked == POLYCODEC_COLOR_SYCC && color == jp2::Color::kYcc);
  if (!fits) Refuse(POLYCODEC_COLOR_SPEC_UNSUPPORTED, "colours are coded as they are");
  const bool gray = subsampling == POLYCODEC_CSS_GRAY && color == jp2::Color::kGray;
  if (!gray && subsampling != POLYCODEC_CSS_NONE && subsampling != POLYCODEC_CSS_444) {
    Refuse(POLYCODEC_SAMPLING_UNSUPPORTED, "chroma as fine as luma");
  }
}

Progression ProgressionOf(const char* name) {
  static constexpr const char* kNames[] = {"LRCP", "RLCP", "RPCL", "PCRL", "CPRL"};
  for (int i = 0; i < 5; i++) {
    if (std::strcmp(name, kNames[i]) == 0) return static_cast<Progression>(i);
  }
  Refuse(POLYCODEC_ENCODING_UNSUPPORTED, "no such progression order");
}

void Configure(EncodePlan& plan, const Params& params, const polycodec_layout& input, int version) {
  const auto number = [&](const char* name, uint32_t otherwise) {
    return static_cast<uint32_t>(params.Number(name, otherwise));
  };
  EncodeConfig& config = plan.config;
  const bool ht = params.Flag("ht", false);
  plan.picture.is_ht = ht;
  if (ht && version < kFirstWithQuality) Refuse(POLYCODEC_ENCODING_UNSUPPORTED, "high throughput needs nvJPEG2000 0.9");
  // The boxes are ours: they hold metadata, and tell what is opacity.
  config.stream_type = StreamType::kJ2k;
  config.color_space = plan.picture.color == jp2::Color::kGray  ? ColorSpace::kGray
                       : plan.picture.color == jp2::Color::kRgb ? ColorSpace::kSrgb
                                                                : ColorSpace::kSycc;
  config.rsiz = ht ? kRsizHt : 0;
  config.encode_modes = ht ? kModeHt : 0;
  config.image_width = input.width, config.image_height = input.height;
  config.num_components = input.channels;
  uint32_t tile_width = number("tileWidth", 0), tile_height = number("tileHeight", 0);
  if (tile_width == 0 || tile_width > input.width) tile_width = input.width;
  if (tile_height == 0 || tile_height > input.height) tile_height = input.height;
  config.enable_tiling = tile_width < input.width || tile_height < input.height;
  if (config.enable_tiling) config.tile_width = tile_width, config.tile_height = tile_height;
  const uint64_t tiles = uint64_t{(input.width + tile_width - 1) / tile_width} * ((input.height + tile_height - 1) / tile_height);
  if (tiles > kMaxTiles) Refuse(POLYCODEC_TILING_UNSUPPORTED, "more than 65,535 tiles");
  config.progression = ProgressionOf(params.Text("progOrder", "RPCL"));
  config.num_layers = 1;
  config.mct_mode = params.Flag("mctMode", false) && input.channels >= 3;
  if (config.mct_mode != 0 && plan.picture.color != jp2::Color::kRgb) {
    Refuse(POLYCODEC_COLOR_SPEC_UNSUPPORTED, "the multiple component transform is for RGB");
  }
  // No more than halve a tile to one sample.
  const auto most = static_cast<uint32_t>(std::bit_width(std::min(tile_width, tile_height)));
  config.num_resolutions = std::min(number("numResolutions", 6), most);
  const uint32_t width = number("codeBlockWidth", 64), height = number("codeBlockHeight", 64);
  const bool wide = width == 128 && height == 32 && ht && version >= kFirstWithWideBlocks;
  if (!wide && ((width != 32 && width != 64) || (height != 32 && height != 64))) {
    Refuse(POLYCODEC_ENCODING_UNSUPPORTED, "code blocks of 32 and 64 samples a side; 128 wide, 32 high with ht from nvJPEG2000 0.11 on");
  }
  config.code_block_width = width, config.code_block_height = height;
}

void ChooseQuality(EncodePlan& plan, const Params& params, int version) {
  const auto type = static_cast<int>(params.Number("qualityType", kDefault));
  plan.quality = params.Number("qualityValue", 0);
  if (type == kDefault || type == kLossless) return;
  if (version < kFirstWithQuality) Refuse(POLYCODEC_QUALITY_TYPE_UNSUPPORTED, "lossless alone: qualities need nvJPEG2000 0.9");
  plan.is_lossy = true;
  plan.config.irreversible = 1;
  switch (type) {
    case kQuality:
      plan.quality_type = QualityType::kQFactor;
      if (plan.picture.color == jp2::Color::kRgb && plan.config.mct_mode == 0) {
        Refuse(POLYCODEC_QUALITY_TYPE_UNSUPPORTED, "a quality of RGB needs mctMode 1");
      }
      if (plan.quality < 1 || plan.quality > 100) Refuse(POLYCODEC_QUALITY_VALUE_UNSUPPORTED, "qualities from 1 to 100");
      break;
    case kQuantizationStep: plan.quality_type = QualityType::kQuantizationStep; break;
    case kPsnr:
      plan.quality_type = QualityType::kTargetPsnr;
      if (plan.picture.is_ht) Refuse(POLYCODEC_QUALITY_TYPE_UNSUPPORTED, "no PSNR of high throughput");
      break;
    default: Refuse(POLYCODEC_QUALITY_TYPE_UNSUPPORTED, "no such quality type");
  }
  if (!(plan.quality > 0)) Refuse(POLYCODEC_QUALITY_VALUE_UNSUPPORTED, "a quality above 0");
}

}  // namespace

EncodePlan PlanEncode(const polycodec_encode_task& task, int version) {
  const polycodec_layout& input = task.input;
  EncodePlan plan;
  ChooseInput(plan, input);
  if (input.width == 0 || input.height == 0 || plan.given.row_stride * input.height * plan.planes > kMaxPictureBytes) {
    Refuse(POLYCODEC_RESOLUTION_UNSUPPORTED, "no pixels, or more than 2 GiB of them");
  }
  const Params params(task.params);
  RequireColors(plan, static_cast<int>(params.Number("colorSpec", POLYCODEC_COLOR_UNCHANGED)),
                static_cast<int>(params.Number("chromaSubsampling", POLYCODEC_CSS_444)));
  Configure(plan, params, input, version);
  ChooseQuality(plan, params, version);
  return plan;
}

}  // namespace polycodec::nvjpeg2k
