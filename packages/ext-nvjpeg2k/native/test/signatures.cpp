/*
 * Our declarations of nvJPEG2000 against the real header: compiled, never run.
 *
 * Two function types are the same to the caller if their parameters agree one by one: the same type; or a pair of names
 * for one thing that is listed below; or pointers to such, const where the other is.
 */
#include <nvjpeg2k.h>

#include <type_traits>

#include "../nvjpeg2k_api.hpp"

namespace ours = polycodec::nvjpeg2k;

namespace {

template <class Ours, class Theirs>
constexpr bool kSame = std::is_same_v<Ours, Theirs>;
template <class Ours, class Theirs>
constexpr bool kSame<Ours*, Theirs*> = kSame<Ours, Theirs>;
template <class Ours, class Theirs>
constexpr bool kSame<const Ours, const Theirs> = kSame<Ours, Theirs>;

/* Enums have the size of int in both, so that a register holds the same; so have structs that are the same by field. */
#define NAMES(ours_name, theirs) \
  template <>                    \
  constexpr bool kSame<ours::ours_name, theirs> = sizeof(ours::ours_name) == sizeof(theirs);
NAMES(Status, nvjpeg2kStatus_t)
NAMES(Property, libraryPropertyType)
NAMES(Implementation, nvjpeg2kBackend_t)
NAMES(ColorSpace, nvjpeg2kColorSpace_t)
NAMES(PixelType, nvjpeg2kImageType_t)
NAMES(ImageFormat, nvjpeg2kImageFormat_t)
NAMES(Progression, nvjpeg2kProgOrder_t)
NAMES(StreamType, nvjpeg2kBitstreamType_t)
NAMES(QualityType, nvjpeg2kQualityType_t)
NAMES(ComponentInfo, nvjpeg2kImageComponentInfo_t)
NAMES(ImageInfo, nvjpeg2kImageInfo_t)
NAMES(ImageBuffers, nvjpeg2kImage_t)
NAMES(EncodeConfig, nvjpeg2kEncodeConfig_t)
NAMES(DeviceAllocator, nvjpeg2kDeviceAllocatorV2_t)
NAMES(PinnedAllocator, nvjpeg2kPinnedAllocatorV2_t)

#define OPAQUE(ours_name, theirs) \
  template <>                     \
  constexpr bool kSame<ours::ours_name, theirs> = true;
OPAQUE(Handle_, nvjpeg2kHandle)
OPAQUE(DecodeState_, nvjpeg2kDecodeState)
OPAQUE(Stream_, nvjpeg2kStream)
OPAQUE(DecodeParams_, nvjpeg2kDecodeParams)
OPAQUE(Encoder_, nvjpeg2kEncoder)
OPAQUE(EncodeState_, nvjpeg2kEncodeState)
OPAQUE(EncodeParams_, nvjpeg2kEncodeParams)

#define FIELD(ours_struct, ours_field, theirs, their_field)                                     \
  static_assert(offsetof(ours::ours_struct, ours_field) == offsetof(theirs, their_field));      \
  static_assert(sizeof(ours::ours_struct::ours_field) == sizeof(theirs::their_field));
FIELD(ComponentInfo, width, nvjpeg2kImageComponentInfo_t, component_width)
FIELD(ComponentInfo, height, nvjpeg2kImageComponentInfo_t, component_height)
FIELD(ComponentInfo, precision, nvjpeg2kImageComponentInfo_t, precision)
FIELD(ComponentInfo, is_signed, nvjpeg2kImageComponentInfo_t, sgn)
FIELD(ImageInfo, width, nvjpeg2kImageInfo_t, image_width)
FIELD(ImageInfo, height, nvjpeg2kImageInfo_t, image_height)
FIELD(ImageInfo, tile_width, nvjpeg2kImageInfo_t, tile_width)
FIELD(ImageInfo, tile_height, nvjpeg2kImageInfo_t, tile_height)
FIELD(ImageInfo, tiles_across, nvjpeg2kImageInfo_t, num_tiles_x)
FIELD(ImageInfo, tiles_down, nvjpeg2kImageInfo_t, num_tiles_y)
FIELD(ImageInfo, components, nvjpeg2kImageInfo_t, num_components)
FIELD(ImageBuffers, pixels, nvjpeg2kImage_t, pixel_data)
FIELD(ImageBuffers, pitch, nvjpeg2kImage_t, pitch_in_bytes)
FIELD(ImageBuffers, pixel_type, nvjpeg2kImage_t, pixel_type)
FIELD(ImageBuffers, components, nvjpeg2kImage_t, num_components)
FIELD(EncodeConfig, stream_type, nvjpeg2kEncodeConfig_t, stream_type)
FIELD(EncodeConfig, color_space, nvjpeg2kEncodeConfig_t, color_space)
FIELD(EncodeConfig, rsiz, nvjpeg2kEncodeConfig_t, rsiz)
FIELD(EncodeConfig, image_width, nvjpeg2kEncodeConfig_t, image_width)
FIELD(EncodeConfig, image_height, nvjpeg2kEncodeConfig_t, image_height)
FIELD(EncodeConfig, enable_tiling, nvjpeg2kEncodeConfig_t, enable_tiling)
FIELD(EncodeConfig, tile_width, nvjpeg2kEncodeConfig_t, tile_width)
FIELD(EncodeConfig, tile_height, nvjpeg2kEncodeConfig_t, tile_height)
FIELD(EncodeConfig, num_components, nvjpeg2kEncodeConfig_t, num_components)
FIELD(EncodeConfig, components, nvjpeg2kEncodeConfig_t, image_comp_info)
FIELD(EncodeConfig, enable_sop, nvjpeg2kEncodeConfig_t, enable_SOP_marker)
FIELD(EncodeConfig, enable_eph, nvjpeg2kEncodeConfig_t, enable_EPH_marker)
FIELD(EncodeConfig, progression, nvjpeg2kEncodeConfig_t, prog_order)
FIELD(EncodeConfig, num_layers, nvjpeg2kEncodeConfig_t, num_layers)
FIELD(EncodeConfig, mct_mode, nvjpeg2kEncodeConfig_t, mct_mode)
FIELD(EncodeConfig, num_resolutions, nvjpeg2kEncodeConfig_t, num_resolutions)
FIELD(EncodeConfig, code_block_width, nvjpeg2kEncodeConfig_t, code_block_w)
FIELD(EncodeConfig, code_block_height, nvjpeg2kEncodeConfig_t, code_block_h)
FIELD(EncodeConfig, encode_modes, nvjpeg2kEncodeConfig_t, encode_modes)
FIELD(EncodeConfig, irreversible, nvjpeg2kEncodeConfig_t, irreversible)
FIELD(EncodeConfig, num_precincts, nvjpeg2kEncodeConfig_t, num_precincts_init)
FIELD(EncodeConfig, precinct_width, nvjpeg2kEncodeConfig_t, precinct_width)
FIELD(EncodeConfig, precinct_height, nvjpeg2kEncodeConfig_t, precinct_height)
/* Both allocators have the fields of ours, in its order. */
FIELD(Allocator, allocate, nvjpeg2kDeviceAllocatorV2_t, device_malloc)
FIELD(Allocator, free, nvjpeg2kDeviceAllocatorV2_t, device_free)
FIELD(Allocator, context, nvjpeg2kDeviceAllocatorV2_t, device_ctx)
FIELD(Allocator, allocate, nvjpeg2kPinnedAllocatorV2_t, pinned_malloc)
FIELD(Allocator, free, nvjpeg2kPinnedAllocatorV2_t, pinned_free)
FIELD(Allocator, context, nvjpeg2kPinnedAllocatorV2_t, pinned_ctx)
static_assert(std::is_same_v<polycodec::cuda::Allocate, nvjpeg2kDeviceMallocV2> && std::is_same_v<polycodec::cuda::Allocate, nvjpeg2kPinnedMallocV2>);
static_assert(std::is_same_v<polycodec::cuda::Free, nvjpeg2kDeviceFreeV2> && std::is_same_v<polycodec::cuda::Free, nvjpeg2kPinnedFreeV2>);
static_assert(sizeof(ours::DeviceAllocator) == sizeof(ours::Allocator));

#define VALUE(ours_value, theirs) static_assert(static_cast<int>(ours::ours_value) == static_cast<int>(theirs));
VALUE(Status::kSuccess, NVJPEG2K_STATUS_SUCCESS)
VALUE(Status::kNotInitialized, NVJPEG2K_STATUS_NOT_INITIALIZED)
VALUE(Status::kInvalidParameter, NVJPEG2K_STATUS_INVALID_PARAMETER)
VALUE(Status::kBadJpeg, NVJPEG2K_STATUS_BAD_JPEG)
VALUE(Status::kJpegNotSupported, NVJPEG2K_STATUS_JPEG_NOT_SUPPORTED)
VALUE(Status::kAllocatorFailure, NVJPEG2K_STATUS_ALLOCATOR_FAILURE)
VALUE(Status::kExecutionFailed, NVJPEG2K_STATUS_EXECUTION_FAILED)
VALUE(Status::kArchMismatch, NVJPEG2K_STATUS_ARCH_MISMATCH)
VALUE(Status::kInternalError, NVJPEG2K_STATUS_INTERNAL_ERROR)
VALUE(Status::kImplementationNotSupported, NVJPEG2K_STATUS_IMPLEMENTATION_NOT_SUPPORTED)
VALUE(Property::kMajor, MAJOR_VERSION)
VALUE(Property::kMinor, MINOR_VERSION)
VALUE(Property::kPatch, PATCH_LEVEL)
VALUE(Implementation::kDefault, NVJPEG2K_BACKEND_DEFAULT)
VALUE(ColorSpace::kNotSupported, NVJPEG2K_COLORSPACE_NOT_SUPPORTED)
VALUE(ColorSpace::kUnknown, NVJPEG2K_COLORSPACE_UNKNOWN)
VALUE(ColorSpace::kSrgb, NVJPEG2K_COLORSPACE_SRGB)
VALUE(ColorSpace::kGray, NVJPEG2K_COLORSPACE_GRAY)
VALUE(ColorSpace::kSycc, NVJPEG2K_COLORSPACE_SYCC)
VALUE(PixelType::kUint8, NVJPEG2K_UINT8)
VALUE(PixelType::kUint16, NVJPEG2K_UINT16)
VALUE(PixelType::kInt16, NVJPEG2K_INT16)
VALUE(ImageFormat::kPlanar, NVJPEG2K_FORMAT_PLANAR)
VALUE(ImageFormat::kInterleaved, NVJPEG2K_FORMAT_INTERLEAVED)
VALUE(Progression::kLrcp, NVJPEG2K_LRCP)
VALUE(Progression::kRlcp, NVJPEG2K_RLCP)
VALUE(Progression::kRpcl, NVJPEG2K_RPCL)
VALUE(Progression::kPcrl, NVJPEG2K_PCRL)
VALUE(Progression::kCprl, NVJPEG2K_CPRL)
VALUE(StreamType::kJ2k, NVJPEG2K_STREAM_J2K)
VALUE(StreamType::kJp2, NVJPEG2K_STREAM_JP2)
VALUE(QualityType::kTargetPsnr, NVJPEG2K_QUALITY_TYPE_TARGET_PSNR)
VALUE(QualityType::kQuantizationStep, NVJPEG2K_QUALITY_TYPE_QUANTIZATION_STEP)
VALUE(QualityType::kQFactor, NVJPEG2K_QUALITY_TYPE_Q_FACTOR)
VALUE(kMaxResolutions, NVJPEG2K_MAXRES)
VALUE(kRsizHt, NVJPEG2K_RSIZ_HT)
VALUE(kModeHt, NVJPEG2K_MODE_HT)

template <class Ours, class Theirs>
constexpr bool kSameCall = false;
template <class OurResult, class... Ours, class TheirResult, class... Theirs>
constexpr bool kSameCall<OurResult (*)(Ours...), TheirResult (*)(Theirs...)> = [] {
  if constexpr (sizeof...(Ours) == sizeof...(Theirs)) {
    return kSame<OurResult, TheirResult> && (kSame<Ours, Theirs> && ...);
  }
  return false;
}();

#define CALL(presence, name, arguments) \
  static_assert(kSameCall<decltype(ours::Functions::name), decltype(&nvjpeg2k##name)>, "nvjpeg2k" #name);
POLYCODEC_NVJPEG2K_FUNCTIONS(CALL)

/* The comparison can fail. */
static_assert(!kSameCall<decltype(ours::Functions::Destroy), decltype(&nvjpeg2kEncoderDestroy)>);
static_assert(!kSameCall<decltype(ours::Functions::DecodeTile), decltype(&nvjpeg2kDecodeImage)>);
static_assert(!kSameCall<ours::Status (*)(const int*), nvjpeg2kStatus_t (*)(int*)>);

}  // namespace
