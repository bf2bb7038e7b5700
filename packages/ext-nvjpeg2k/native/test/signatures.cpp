/* Our declarations of nvJPEG2000 against the real header: compiled, never run. */
#include <nvjpeg2k.h>

#include "../nvjpeg2k_api.hpp"
#include "library_signatures.hpp"

namespace ours = polycodec::nvjpeg2k;

SAME_TYPE(ours::Status, nvjpeg2kStatus_t);
SAME_TYPE(ours::Implementation, nvjpeg2kBackend_t);
SAME_TYPE(ours::ColorSpace, nvjpeg2kColorSpace_t);
SAME_TYPE(ours::PixelType, nvjpeg2kImageType_t);
SAME_TYPE(ours::ImageFormat, nvjpeg2kImageFormat_t);
SAME_TYPE(ours::Progression, nvjpeg2kProgOrder_t);
SAME_TYPE(ours::StreamType, nvjpeg2kBitstreamType_t);
SAME_TYPE(ours::QualityType, nvjpeg2kQualityType_t);
SAME_TYPE(ours::ComponentInfo, nvjpeg2kImageComponentInfo_t);
SAME_TYPE(ours::ImageInfo, nvjpeg2kImageInfo_t);
SAME_TYPE(ours::ImageBuffers, nvjpeg2kImage_t);
SAME_TYPE(ours::EncodeConfig, nvjpeg2kEncodeConfig_t);

SAME_OPAQUE(ours::Handle_, nvjpeg2kHandle);
SAME_OPAQUE(ours::DecodeState_, nvjpeg2kDecodeState);
SAME_OPAQUE(ours::Stream_, nvjpeg2kStream);
SAME_OPAQUE(ours::DecodeParams_, nvjpeg2kDecodeParams);
SAME_OPAQUE(ours::Encoder_, nvjpeg2kEncoder);
SAME_OPAQUE(ours::EncodeState_, nvjpeg2kEncodeState);
SAME_OPAQUE(ours::EncodeParams_, nvjpeg2kEncodeParams);

SAME_OFFSET(ours::ComponentInfo, width, nvjpeg2kImageComponentInfo_t, component_width);
SAME_OFFSET(ours::ComponentInfo, height, nvjpeg2kImageComponentInfo_t, component_height);
SAME_OFFSET(ours::ComponentInfo, precision, nvjpeg2kImageComponentInfo_t, precision);
SAME_OFFSET(ours::ComponentInfo, is_signed, nvjpeg2kImageComponentInfo_t, sgn);
SAME_OFFSET(ours::ImageInfo, width, nvjpeg2kImageInfo_t, image_width);
SAME_OFFSET(ours::ImageInfo, height, nvjpeg2kImageInfo_t, image_height);
SAME_OFFSET(ours::ImageInfo, tile_width, nvjpeg2kImageInfo_t, tile_width);
SAME_OFFSET(ours::ImageInfo, tile_height, nvjpeg2kImageInfo_t, tile_height);
SAME_OFFSET(ours::ImageInfo, tiles_across, nvjpeg2kImageInfo_t, num_tiles_x);
SAME_OFFSET(ours::ImageInfo, tiles_down, nvjpeg2kImageInfo_t, num_tiles_y);
SAME_OFFSET(ours::ImageInfo, components, nvjpeg2kImageInfo_t, num_components);
SAME_OFFSET(ours::ImageBuffers, pixels, nvjpeg2kImage_t, pixel_data);
SAME_OFFSET(ours::ImageBuffers, pitch, nvjpeg2kImage_t, pitch_in_bytes);
SAME_OFFSET(ours::ImageBuffers, pixel_type, nvjpeg2kImage_t, pixel_type);
SAME_OFFSET(ours::ImageBuffers, components, nvjpeg2kImage_t, num_components);
SAME_OFFSET(ours::EncodeConfig, stream_type, nvjpeg2kEncodeConfig_t, stream_type);
SAME_OFFSET(ours::EncodeConfig, color_space, nvjpeg2kEncodeConfig_t, color_space);
SAME_OFFSET(ours::EncodeConfig, rsiz, nvjpeg2kEncodeConfig_t, rsiz);
SAME_OFFSET(ours::EncodeConfig, image_width, nvjpeg2kEncodeConfig_t, image_width);
SAME_OFFSET(ours::EncodeConfig, image_height, nvjpeg2kEncodeConfig_t, image_height);
SAME_OFFSET(ours::EncodeConfig, enable_tiling, nvjpeg2kEncodeConfig_t, enable_tiling);
SAME_OFFSET(ours::EncodeConfig, tile_width, nvjpeg2kEncodeConfig_t, tile_width);
SAME_OFFSET(ours::EncodeConfig, tile_height, nvjpeg2kEncodeConfig_t, tile_height);
SAME_OFFSET(ours::EncodeConfig, num_components, nvjpeg2kEncodeConfig_t, num_components);
SAME_OFFSET(ours::EncodeConfig, components, nvjpeg2kEncodeConfig_t, image_comp_info);
SAME_OFFSET(ours::EncodeConfig, enable_sop, nvjpeg2kEncodeConfig_t, enable_SOP_marker);
SAME_OFFSET(ours::EncodeConfig, enable_eph, nvjpeg2kEncodeConfig_t, enable_EPH_marker);
SAME_OFFSET(ours::EncodeConfig, progression, nvjpeg2kEncodeConfig_t, prog_order);
SAME_OFFSET(ours::EncodeConfig, num_layers, nvjpeg2kEncodeConfig_t, num_layers);
SAME_OFFSET(ours::EncodeConfig, mct_mode, nvjpeg2kEncodeConfig_t, mct_mode);
SAME_OFFSET(ours::EncodeConfig, num_resolutions, nvjpeg2kEncodeConfig_t, num_resolutions);
SAME_OFFSET(ours::EncodeConfig, code_block_width, nvjpeg2kEncodeConfig_t, code_block_w);
SAME_OFFSET(ours::EncodeConfig, code_block_height, nvjpeg2kEncodeConfig_t, code_block_h);
SAME_OFFSET(ours::EncodeConfig, encode_modes, nvjpeg2kEncodeConfig_t, encode_modes);
SAME_OFFSET(ours::EncodeConfig, irreversible, nvjpeg2kEncodeConfig_t, irreversible);
SAME_OFFSET(ours::EncodeConfig, num_precincts, nvjpeg2kEncodeConfig_t, num_precincts_init);
SAME_OFFSET(ours::EncodeConfig, precinct_width, nvjpeg2kEncodeConfig_t, precinct_width);
SAME_OFFSET(ours::EncodeConfig, precinct_height, nvjpeg2kEncodeConfig_t, precinct_height);

SAME_ALLOCATOR(ours::DeviceAllocator, nvjpeg2kDeviceAllocatorV2_t, device_malloc, device_free, device_ctx);
SAME_ALLOCATOR(ours::PinnedAllocator, nvjpeg2kPinnedAllocatorV2_t, pinned_malloc, pinned_free, pinned_ctx);

SAME_STATUSES(NVJPEG2K);
SAME_VALUE(ours::Implementation::kDefault, NVJPEG2K_BACKEND_DEFAULT);
SAME_VALUE(ours::ColorSpace::kNotSupported, NVJPEG2K_COLORSPACE_NOT_SUPPORTED);
SAME_VALUE(ours::ColorSpace::kUnknown, NVJPEG2K_COLORSPACE_UNKNOWN);
SAME_VALUE(ours::ColorSpace::kSrgb, NVJPEG2K_COLORSPACE_SRGB);
SAME_VALUE(ours::ColorSpace::kGray, NVJPEG2K_COLORSPACE_GRAY);
SAME_VALUE(ours::ColorSpace::kSycc, NVJPEG2K_COLORSPACE_SYCC);
SAME_VALUE(ours::PixelType::kUint8, NVJPEG2K_UINT8);
SAME_VALUE(ours::PixelType::kUint16, NVJPEG2K_UINT16);
SAME_VALUE(ours::PixelType::kInt16, NVJPEG2K_INT16);
SAME_VALUE(ours::ImageFormat::kPlanar, NVJPEG2K_FORMAT_PLANAR);
SAME_VALUE(ours::ImageFormat::kInterleaved, NVJPEG2K_FORMAT_INTERLEAVED);
SAME_VALUE(ours::Progression::kLrcp, NVJPEG2K_LRCP);
SAME_VALUE(ours::Progression::kRlcp, NVJPEG2K_RLCP);
SAME_VALUE(ours::Progression::kRpcl, NVJPEG2K_RPCL);
SAME_VALUE(ours::Progression::kPcrl, NVJPEG2K_PCRL);
SAME_VALUE(ours::Progression::kCprl, NVJPEG2K_CPRL);
SAME_VALUE(ours::StreamType::kJ2k, NVJPEG2K_STREAM_J2K);
SAME_VALUE(ours::StreamType::kJp2, NVJPEG2K_STREAM_JP2);
SAME_VALUE(ours::QualityType::kTargetPsnr, NVJPEG2K_QUALITY_TYPE_TARGET_PSNR);
SAME_VALUE(ours::QualityType::kQuantizationStep, NVJPEG2K_QUALITY_TYPE_QUANTIZATION_STEP);
SAME_VALUE(ours::QualityType::kQFactor, NVJPEG2K_QUALITY_TYPE_Q_FACTOR);
SAME_VALUE(ours::kMaxResolutions, NVJPEG2K_MAXRES);
SAME_VALUE(ours::kRsizHt, NVJPEG2K_RSIZ_HT);
SAME_VALUE(ours::kModeHt, NVJPEG2K_MODE_HT);

#define CALL(presence, name, arguments) \
  static_assert(signatures::kSameCall<decltype(ours::Functions::name), decltype(&nvjpeg2k##name)>, "nvjpeg2k" #name);
POLYCODEC_NVJPEG2K_FUNCTIONS(CALL)

/* The comparison can fail. */
static_assert(!signatures::kSameCall<decltype(ours::Functions::Destroy), decltype(&nvjpeg2kEncoderDestroy)>);
static_assert(!signatures::kSameCall<decltype(ours::Functions::DecodeTile), decltype(&nvjpeg2kDecodeImage)>);
static_assert(!signatures::kSameCall<ours::Status (*)(const int*), nvjpeg2kStatus_t (*)(int*)>);
