/*
 * Our declarations of nvJPEG against the real headers: compiled, never run.
 *
 * Two function types are the same to the caller if their parameters agree one by one: the same type; or a pair of names
 * for one thing that is listed below; or pointers to such, const where the other is.
 */
#include <nvjpeg.h>

#include <type_traits>

#include "../nvjpeg_api.hpp"

namespace ours = polycodec::nvjpeg;

namespace {

template <class Ours, class Theirs>
constexpr bool kSame = std::is_same_v<Ours, Theirs>;
template <class Ours, class Theirs>
constexpr bool kSame<Ours*, Theirs*> = kSame<Ours, Theirs>;
template <class Ours, class Theirs>
constexpr bool kSame<const Ours, const Theirs> = kSame<Ours, Theirs>;

/* Enums have the size of int in both, so that a register holds the same. */
#define ENUM(ours_name, theirs) \
  template <>                   \
  constexpr bool kSame<ours::ours_name, theirs> = sizeof(ours::ours_name) == sizeof(theirs);
ENUM(Status, nvjpegStatus_t)
ENUM(Property, libraryPropertyType)
ENUM(Orientation, nvjpegExifOrientation_t)
ENUM(Subsampling, nvjpegChromaSubsampling_t)
ENUM(OutputFormat, nvjpegOutputFormat_t)
ENUM(InputFormat, nvjpegInputFormat_t)
ENUM(Implementation, nvjpegBackend_t)
ENUM(Encoding, nvjpegJpegEncoding_t)
ENUM(ScaleFactor, nvjpegScaleFactor_t)

#define OPAQUE(ours_name, theirs) \
  template <>                     \
  constexpr bool kSame<ours::ours_name, theirs> = true;
OPAQUE(Handle_, nvjpegHandle)
OPAQUE(State_, nvjpegJpegState)
OPAQUE(Decoder_, nvjpegJpegDecoder)
OPAQUE(Stream_, nvjpegJpegStream)
OPAQUE(DecodeParams_, nvjpegDecodeParams)
OPAQUE(PinnedBuffer_, nvjpegBufferPinned)
OPAQUE(DeviceBuffer_, nvjpegBufferDevice)
OPAQUE(EncoderState_, nvjpegEncoderState)
OPAQUE(EncoderParams_, nvjpegEncoderParams)

#define STRUCT(ours_name, theirs) \
  template <>                     \
  constexpr bool kSame<ours::ours_name, theirs> = sizeof(ours::ours_name) == sizeof(theirs);
STRUCT(ImageBuffers, nvjpegImage_t)
STRUCT(DeviceAllocator, nvjpegDevAllocatorV2_t)
STRUCT(PinnedAllocator, nvjpegPinnedAllocatorV2_t)

static_assert(offsetof(ours::ImageBuffers, channel) == offsetof(nvjpegImage_t, channel));
static_assert(offsetof(ours::ImageBuffers, pitch) == offsetof(nvjpegImage_t, pitch));
static_assert(std::is_same_v<decltype(ours::ImageBuffers::channel), decltype(nvjpegImage_t::channel)>);
static_assert(std::is_same_v<decltype(ours::ImageBuffers::pitch), decltype(nvjpegImage_t::pitch)>);
static_assert(ours::kMaxComponents == NVJPEG_MAX_COMPONENT);
static_assert(ours::kFlagUpsamplingWithInterpolation == (NVJPEG_FLAGS_UPSAMPLING_WITH_INTERPOLATION));

/* Both allocators have the fields of ours, in its order. */
static_assert(offsetof(ours::Allocator, allocate) == offsetof(nvjpegDevAllocatorV2_t, dev_malloc));
static_assert(offsetof(ours::Allocator, free) == offsetof(nvjpegDevAllocatorV2_t, dev_free));
static_assert(offsetof(ours::Allocator, context) == offsetof(nvjpegDevAllocatorV2_t, dev_ctx));
static_assert(offsetof(ours::Allocator, allocate) == offsetof(nvjpegPinnedAllocatorV2_t, pinned_malloc));
static_assert(offsetof(ours::Allocator, free) == offsetof(nvjpegPinnedAllocatorV2_t, pinned_free));
static_assert(offsetof(ours::Allocator, context) == offsetof(nvjpegPinnedAllocatorV2_t, pinned_ctx));
static_assert(std::is_same_v<polycodec::cuda::Allocate, tDevMallocV2> && std::is_same_v<polycodec::cuda::Allocate, tPinnedMallocV2>);
static_assert(std::is_same_v<polycodec::cuda::Free, tDevFreeV2> && std::is_same_v<polycodec::cuda::Free, tPinnedFreeV2>);
static_assert(sizeof(ours::DeviceAllocator) == sizeof(ours::Allocator));

#define VALUE(ours_value, theirs) static_assert(static_cast<int>(ours::ours_value) == static_cast<int>(theirs));
VALUE(Status::kSuccess, NVJPEG_STATUS_SUCCESS)
VALUE(Status::kNotInitialized, NVJPEG_STATUS_NOT_INITIALIZED)
VALUE(Status::kInvalidParameter, NVJPEG_STATUS_INVALID_PARAMETER)
VALUE(Status::kBadJpeg, NVJPEG_STATUS_BAD_JPEG)
VALUE(Status::kJpegNotSupported, NVJPEG_STATUS_JPEG_NOT_SUPPORTED)
VALUE(Status::kAllocatorFailure, NVJPEG_STATUS_ALLOCATOR_FAILURE)
VALUE(Status::kExecutionFailed, NVJPEG_STATUS_EXECUTION_FAILED)
VALUE(Status::kArchMismatch, NVJPEG_STATUS_ARCH_MISMATCH)
VALUE(Status::kInternalError, NVJPEG_STATUS_INTERNAL_ERROR)
VALUE(Status::kImplementationNotSupported, NVJPEG_STATUS_IMPLEMENTATION_NOT_SUPPORTED)
VALUE(Status::kIncompleteBitstream, NVJPEG_STATUS_INCOMPLETE_BITSTREAM)
VALUE(Property::kMajor, MAJOR_VERSION)
VALUE(Property::kMinor, MINOR_VERSION)
VALUE(Property::kPatch, PATCH_LEVEL)
VALUE(Orientation::kUnknown, NVJPEG_ORIENTATION_UNKNOWN)
VALUE(Orientation::kNormal, NVJPEG_ORIENTATION_NORMAL)
VALUE(Orientation::kFlipHorizontal, NVJPEG_ORIENTATION_FLIP_HORIZONTAL)
VALUE(Orientation::kRotate180, NVJPEG_ORIENTATION_ROTATE_180)
VALUE(Orientation::kFlipVertical, NVJPEG_ORIENTATION_FLIP_VERTICAL)
VALUE(Orientation::kTranspose, NVJPEG_ORIENTATION_TRANSPOSE)
VALUE(Orientation::kRotate90, NVJPEG_ORIENTATION_ROTATE_90)
VALUE(Orientation::kTransverse, NVJPEG_ORIENTATION_TRANSVERSE)
VALUE(Orientation::kRotate270, NVJPEG_ORIENTATION_ROTATE_270)
VALUE(Subsampling::k444, NVJPEG_CSS_444)
VALUE(Subsampling::k422, NVJPEG_CSS_422)
VALUE(Subsampling::k420, NVJPEG_CSS_420)
VALUE(Subsampling::k440, NVJPEG_CSS_440)
VALUE(Subsampling::k411, NVJPEG_CSS_411)
VALUE(Subsampling::k410, NVJPEG_CSS_410)
VALUE(Subsampling::kGray, NVJPEG_CSS_GRAY)
VALUE(Subsampling::k410V, NVJPEG_CSS_410V)
VALUE(Subsampling::kUnknown, NVJPEG_CSS_UNKNOWN)
VALUE(OutputFormat::kUnchanged, NVJPEG_OUTPUT_UNCHANGED)
VALUE(OutputFormat::kYuv, NVJPEG_OUTPUT_YUV)
VALUE(OutputFormat::kY, NVJPEG_OUTPUT_Y)
VALUE(OutputFormat::kRgb, NVJPEG_OUTPUT_RGB)
VALUE(OutputFormat::kBgr, NVJPEG_OUTPUT_BGR)
VALUE(OutputFormat::kRgbI, NVJPEG_OUTPUT_RGBI)
VALUE(OutputFormat::kBgrI, NVJPEG_OUTPUT_BGRI)
VALUE(OutputFormat::kUnchangedIU16, NVJPEG_OUTPUT_UNCHANGEDI_U16)
VALUE(InputFormat::kRgb, NVJPEG_INPUT_RGB)
VALUE(InputFormat::kBgr, NVJPEG_INPUT_BGR)
VALUE(InputFormat::kRgbI, NVJPEG_INPUT_RGBI)
VALUE(InputFormat::kBgrI, NVJPEG_INPUT_BGRI)
VALUE(Implementation::kDefault, NVJPEG_BACKEND_DEFAULT)
VALUE(Implementation::kHybrid, NVJPEG_BACKEND_HYBRID)
VALUE(Implementation::kGpuHybrid, NVJPEG_BACKEND_GPU_HYBRID)
VALUE(Implementation::kHardware, NVJPEG_BACKEND_HARDWARE)
VALUE(Implementation::kLosslessJpeg, NVJPEG_BACKEND_LOSSLESS_JPEG)
VALUE(Encoding::kUnknown, NVJPEG_ENCODING_UNKNOWN)
VALUE(Encoding::kBaselineDct, NVJPEG_ENCODING_BASELINE_DCT)
VALUE(Encoding::kExtendedSequentialDctHuffman, NVJPEG_ENCODING_EXTENDED_SEQUENTIAL_DCT_HUFFMAN)
VALUE(Encoding::kProgressiveDctHuffman, NVJPEG_ENCODING_PROGRESSIVE_DCT_HUFFMAN)
VALUE(Encoding::kLosslessHuffman, NVJPEG_ENCODING_LOSSLESS_HUFFMAN)
VALUE(ScaleFactor::kNone, NVJPEG_SCALE_NONE)
VALUE(ScaleFactor::k1By2, NVJPEG_SCALE_1_BY_2)
VALUE(ScaleFactor::k1By4, NVJPEG_SCALE_1_BY_4)
VALUE(ScaleFactor::k1By8, NVJPEG_SCALE_1_BY_8)

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
  static_assert(kSameCall<decltype(ours::Functions::name), decltype(&nvjpeg##name)>, "nvjpeg" #name);
POLYCODEC_NVJPEG_FUNCTIONS(CALL)

/* The comparison can fail. */
static_assert(!kSameCall<decltype(ours::Functions::Destroy), decltype(&nvjpegJpegStateDestroy)>);
static_assert(!kSameCall<decltype(ours::Functions::DecodeJpegDevice), decltype(&nvjpegDecodeJpegTransferToDevice)>);
static_assert(!kSameCall<ours::Status (*)(const int*), nvjpegStatus_t (*)(int*)>);

}  // namespace
