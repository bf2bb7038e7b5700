/* Our declarations of nvJPEG against the real headers: compiled, never run. */
#include <nvjpeg.h>

#include "../nvjpeg_api.hpp"
#include "library_signatures.hpp"

namespace ours = polycodec::nvjpeg;

SAME_TYPE(ours::Status, nvjpegStatus_t);
SAME_TYPE(ours::Orientation, nvjpegExifOrientation_t);
SAME_TYPE(ours::Subsampling, nvjpegChromaSubsampling_t);
SAME_TYPE(ours::OutputFormat, nvjpegOutputFormat_t);
SAME_TYPE(ours::InputFormat, nvjpegInputFormat_t);
SAME_TYPE(ours::Implementation, nvjpegBackend_t);
SAME_TYPE(ours::Encoding, nvjpegJpegEncoding_t);
SAME_TYPE(ours::ScaleFactor, nvjpegScaleFactor_t);

SAME_OPAQUE(ours::Handle_, nvjpegHandle);
SAME_OPAQUE(ours::State_, nvjpegJpegState);
SAME_OPAQUE(ours::Decoder_, nvjpegJpegDecoder);
SAME_OPAQUE(ours::Stream_, nvjpegJpegStream);
SAME_OPAQUE(ours::DecodeParams_, nvjpegDecodeParams);
SAME_OPAQUE(ours::PinnedBuffer_, nvjpegBufferPinned);
SAME_OPAQUE(ours::DeviceBuffer_, nvjpegBufferDevice);
SAME_OPAQUE(ours::EncoderState_, nvjpegEncoderState);
SAME_OPAQUE(ours::EncoderParams_, nvjpegEncoderParams);

SAME_TYPE(ours::ImageBuffers, nvjpegImage_t);
SAME_OFFSET(ours::ImageBuffers, channel, nvjpegImage_t, channel);
SAME_OFFSET(ours::ImageBuffers, pitch, nvjpegImage_t, pitch);
static_assert(std::is_same_v<decltype(ours::ImageBuffers::channel), decltype(nvjpegImage_t::channel)>);
static_assert(std::is_same_v<decltype(ours::ImageBuffers::pitch), decltype(nvjpegImage_t::pitch)>);
SAME_ALLOCATOR(ours::DeviceAllocator, nvjpegDevAllocatorV2_t, dev_malloc, dev_free, dev_ctx);
SAME_ALLOCATOR(ours::PinnedAllocator, nvjpegPinnedAllocatorV2_t, pinned_malloc, pinned_free, pinned_ctx);

SAME_STATUSES(NVJPEG);
SAME_VALUE(ours::Status::kIncompleteBitstream, NVJPEG_STATUS_INCOMPLETE_BITSTREAM);
SAME_VALUE(ours::Orientation::kUnknown, NVJPEG_ORIENTATION_UNKNOWN);
SAME_VALUE(ours::Orientation::kNormal, NVJPEG_ORIENTATION_NORMAL);
SAME_VALUE(ours::Orientation::kFlipHorizontal, NVJPEG_ORIENTATION_FLIP_HORIZONTAL);
SAME_VALUE(ours::Orientation::kRotate180, NVJPEG_ORIENTATION_ROTATE_180);
SAME_VALUE(ours::Orientation::kFlipVertical, NVJPEG_ORIENTATION_FLIP_VERTICAL);
SAME_VALUE(ours::Orientation::kTranspose, NVJPEG_ORIENTATION_TRANSPOSE);
SAME_VALUE(ours::Orientation::kRotate90, NVJPEG_ORIENTATION_ROTATE_90);
SAME_VALUE(ours::Orientation::kTransverse, NVJPEG_ORIENTATION_TRANSVERSE);
SAME_VALUE(ours::Orientation::kRotate270, NVJPEG_ORIENTATION_ROTATE_270);
SAME_VALUE(ours::Subsampling::k444, NVJPEG_CSS_444);
SAME_VALUE(ours::Subsampling::k422, NVJPEG_CSS_422);
SAME_VALUE(ours::Subsampling::k420, NVJPEG_CSS_420);
SAME_VALUE(ours::Subsampling::k440, NVJPEG_CSS_440);
SAME_VALUE(ours::Subsampling::k411, NVJPEG_CSS_411);
SAME_VALUE(ours::Subsampling::k410, NVJPEG_CSS_410);
SAME_VALUE(ours::Subsampling::kGray, NVJPEG_CSS_GRAY);
SAME_VALUE(ours::Subsampling::k410V, NVJPEG_CSS_410V);
SAME_VALUE(ours::Subsampling::kUnknown, NVJPEG_CSS_UNKNOWN);
SAME_VALUE(ours::OutputFormat::kUnchanged, NVJPEG_OUTPUT_UNCHANGED);
SAME_VALUE(ours::OutputFormat::kYuv, NVJPEG_OUTPUT_YUV);
SAME_VALUE(ours::OutputFormat::kY, NVJPEG_OUTPUT_Y);
SAME_VALUE(ours::OutputFormat::kRgb, NVJPEG_OUTPUT_RGB);
SAME_VALUE(ours::OutputFormat::kBgr, NVJPEG_OUTPUT_BGR);
SAME_VALUE(ours::OutputFormat::kRgbI, NVJPEG_OUTPUT_RGBI);
SAME_VALUE(ours::OutputFormat::kBgrI, NVJPEG_OUTPUT_BGRI);
SAME_VALUE(ours::OutputFormat::kUnchangedIU16, NVJPEG_OUTPUT_UNCHANGEDI_U16);
SAME_VALUE(ours::InputFormat::kRgb, NVJPEG_INPUT_RGB);
SAME_VALUE(ours::InputFormat::kBgr, NVJPEG_INPUT_BGR);
SAME_VALUE(ours::InputFormat::kRgbI, NVJPEG_INPUT_RGBI);
SAME_VALUE(ours::InputFormat::kBgrI, NVJPEG_INPUT_BGRI);
SAME_VALUE(ours::Implementation::kDefault, NVJPEG_BACKEND_DEFAULT);
SAME_VALUE(ours::Implementation::kHybrid, NVJPEG_BACKEND_HYBRID);
SAME_VALUE(ours::Implementation::kGpuHybrid, NVJPEG_BACKEND_GPU_HYBRID);
SAME_VALUE(ours::Implementation::kHardware, NVJPEG_BACKEND_HARDWARE);
SAME_VALUE(ours::Implementation::kLosslessJpeg, NVJPEG_BACKEND_LOSSLESS_JPEG);
SAME_VALUE(ours::Encoding::kUnknown, NVJPEG_ENCODING_UNKNOWN);
SAME_VALUE(ours::Encoding::kBaselineDct, NVJPEG_ENCODING_BASELINE_DCT);
SAME_VALUE(ours::Encoding::kExtendedSequentialDctHuffman, NVJPEG_ENCODING_EXTENDED_SEQUENTIAL_DCT_HUFFMAN);
SAME_VALUE(ours::Encoding::kProgressiveDctHuffman, NVJPEG_ENCODING_PROGRESSIVE_DCT_HUFFMAN);
SAME_VALUE(ours::Encoding::kLosslessHuffman, NVJPEG_ENCODING_LOSSLESS_HUFFMAN);
SAME_VALUE(ours::ScaleFactor::kNone, NVJPEG_SCALE_NONE);
SAME_VALUE(ours::ScaleFactor::k1By2, NVJPEG_SCALE_1_BY_2);
SAME_VALUE(ours::ScaleFactor::k1By4, NVJPEG_SCALE_1_BY_4);
SAME_VALUE(ours::ScaleFactor::k1By8, NVJPEG_SCALE_1_BY_8);
SAME_VALUE(ours::kMaxComponents, NVJPEG_MAX_COMPONENT);
SAME_VALUE(ours::kFlagUpsamplingWithInterpolation, NVJPEG_FLAGS_UPSAMPLING_WITH_INTERPOLATION);

#define CALL(presence, name, arguments) \
  static_assert(signatures::kSameCall<decltype(ours::Functions::name), decltype(&nvjpeg##name)>, "nvjpeg" #name);
POLYCODEC_NVJPEG_FUNCTIONS(CALL)

/* The comparison can fail. */
static_assert(!signatures::kSameCall<decltype(ours::Functions::Destroy), decltype(&nvjpegJpegStateDestroy)>);
static_assert(!signatures::kSameCall<decltype(ours::Functions::DecodeJpegDevice), decltype(&nvjpegDecodeJpegTransferToDevice)>);
static_assert(!signatures::kSameCall<ours::Status (*)(const int*), nvjpegStatus_t (*)(int*)>);
