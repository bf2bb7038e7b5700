/*
 * What is used of nvJPEG, declared by ourselves, so that building needs no CUDA toolkit and one binary serves nvJPEG 12
 * and 13. Values, layouts and signatures are those of nvjpeg.h; test/signatures.test.ts compiles this file against the
 * real headers of 12.4 and 13.3 and compares each of them.
 *
 * Names drop the prefix: nvjpegDecodeJpegHost is `api.DecodeJpegHost`, NVJPEG_STATUS_BAD_JPEG is `Status::kBadJpeg`.
 */
#ifndef POLYCODEC_NVJPEG_API_HPP
#define POLYCODEC_NVJPEG_API_HPP

#include <polycodec_cuda_declarations.hpp>

namespace polycodec::nvjpeg {

using cuda::Allocator, cuda::CudaStream, cuda::DeviceAllocator, cuda::PinnedAllocator, cuda::Property, cuda::Status;

/* The numbers are EXIF's. Before 12.2 the library turned 90 and 270 degrees the wrong way round. */
enum class Orientation : int {
  kUnknown = 0, kNormal = 1, kFlipHorizontal = 2, kRotate180 = 3, kFlipVertical = 4, kTranspose = 5, kRotate90 = 6,
  kTransverse = 7, kRotate270 = 8,
};

enum class Subsampling : int {
  k444 = 0, k422 = 1, k420 = 2, k440 = 3, k411 = 4, k410 = 5, kGray = 6, k410V = 7, kUnknown = -1,
};

/* Letters at the end: I for interleaved, else planes. Chroma planes of kYuv are as coarse as they are coded. */
enum class OutputFormat : int { kUnchanged = 0, kYuv = 1, kY = 2, kRgb = 3, kBgr = 4, kRgbI = 5, kBgrI = 6, kUnchangedIU16 = 7 };

enum class InputFormat : int { kRgb = 3, kBgr = 4, kRgbI = 5, kBgrI = 6 };

/* kHybrid: Huffman decoding on the CPU; kGpuHybrid: on the GPU. */
enum class Implementation : int { kDefault = 0, kHybrid = 1, kGpuHybrid = 2, kHardware = 3, kLosslessJpeg = 6 };

enum class Encoding : int {
  kUnknown = 0, kBaselineDct = 0xc0, kExtendedSequentialDctHuffman = 0xc1, kProgressiveDctHuffman = 0xc2,
  kLosslessHuffman = 0xc3,
};

enum class ScaleFactor : int { kNone = 0, k1By2 = 1, k1By4 = 2, k1By8 = 3 };

/* nvjpeg.h writes it 1<<5, without parentheses. */
constexpr unsigned kFlagUpsamplingWithInterpolation = 1u << 5;
constexpr size_t kMaxComponents = 4;

struct ImageBuffers {
  unsigned char* channel[kMaxComponents];
  size_t pitch[kMaxComponents];
};

/* Opaque. One thread at a time, but for Handle_, which all may share. */
struct Handle_;
struct State_;
struct Decoder_;
struct Stream_;
struct DecodeParams_;
struct PinnedBuffer_;
struct DeviceBuffer_;
struct EncoderState_;
struct EncoderParams_;
using Handle = Handle_*;
using State = State_*;
using Decoder = Decoder_*;
using Stream = Stream_*;
using DecodeParams = DecodeParams_*;
using PinnedBuffer = PinnedBuffer_*;
using DeviceBuffer = DeviceBuffer_*;
using EncoderState = EncoderState_*;
using EncoderParams = EncoderParams_*;

/* REQUIRED: in all versions from 12.1 on. */
#define POLYCODEC_NVJPEG_FUNCTIONS(function)                                                                         \
  function(REQUIRED, GetProperty, (Property, int*))                                                                  \
  function(REQUIRED, CreateExV2, (Implementation, DeviceAllocator*, PinnedAllocator*, unsigned, Handle*))            \
  function(REQUIRED, Destroy, (Handle))                                                                              \
  function(REQUIRED, SetDeviceMemoryPadding, (size_t, Handle))                                                       \
  function(REQUIRED, SetPinnedMemoryPadding, (size_t, Handle))                                                       \
  function(OPTIONAL, GetHardwareDecoderInfo, (Handle, unsigned*, unsigned*))                                         \
  function(REQUIRED, JpegStateCreate, (Handle, State*))                                                              \
  function(REQUIRED, JpegStateDestroy, (State))                                                                      \
  function(REQUIRED, DecodeBatchedInitialize, (Handle, State, int, int, OutputFormat))                               \
  function(REQUIRED, DecodeBatched,                                                                                  \
           (Handle, State, const unsigned char* const*, const size_t*, ImageBuffers*, CudaStream))                   \
  function(OPTIONAL, DecodeBatchedEx,                                                                                \
           (Handle, State, const unsigned char* const*, const size_t*, ImageBuffers*, DecodeParams*, CudaStream))    \
  function(OPTIONAL, DecodeBatchedPreAllocate, (Handle, State, int, int, int, Subsampling, OutputFormat))            \
  function(REQUIRED, DecodeBatchedSupported, (Handle, Stream, int*))                                                 \
  function(OPTIONAL, DecodeBatchedSupportedEx, (Handle, Stream, DecodeParams, int*))                                 \
  function(REQUIRED, DecoderCreate, (Handle, Implementation, Decoder*))                                              \
  function(REQUIRED, DecoderDestroy, (Decoder))                                                                      \
  function(REQUIRED, DecoderStateCreate, (Handle, Decoder, State*))                                                  \
  function(REQUIRED, DecoderJpegSupported, (Decoder, Stream, DecodeParams, int*))                                    \
  function(REQUIRED, BufferPinnedCreateV2, (Handle, PinnedAllocator*, PinnedBuffer*))                                \
  function(REQUIRED, BufferPinnedDestroy, (PinnedBuffer))                                                            \
  function(REQUIRED, BufferDeviceCreateV2, (Handle, DeviceAllocator*, DeviceBuffer*))                                \
  function(REQUIRED, BufferDeviceDestroy, (DeviceBuffer))                                                            \
  function(REQUIRED, StateAttachPinnedBuffer, (State, PinnedBuffer))                                                 \
  function(REQUIRED, StateAttachDeviceBuffer, (State, DeviceBuffer))                                                 \
  function(REQUIRED, JpegStreamCreate, (Handle, Stream*))                                                            \
  function(REQUIRED, JpegStreamDestroy, (Stream))                                                                    \
  function(REQUIRED, JpegStreamParse, (Handle, const unsigned char*, size_t, int, int, Stream))                      \
  function(REQUIRED, JpegStreamParseHeader, (Handle, const unsigned char*, size_t, Stream))                          \
  function(REQUIRED, JpegStreamGetFrameDimensions, (Stream, unsigned*, unsigned*))                                   \
  function(REQUIRED, JpegStreamGetComponentsNum, (Stream, unsigned*))                                                \
  function(REQUIRED, DecodeParamsCreate, (Handle, DecodeParams*))                                                    \
  function(REQUIRED, DecodeParamsDestroy, (DecodeParams))                                                            \
  function(REQUIRED, DecodeParamsSetOutputFormat, (DecodeParams, OutputFormat))                                      \
  function(REQUIRED, DecodeParamsSetROI, (DecodeParams, int, int, int, int))                                         \
  function(REQUIRED, DecodeParamsSetAllowCMYK, (DecodeParams, int))                                                  \
  function(OPTIONAL, DecodeParamsSetScaleFactor, (DecodeParams, ScaleFactor))                                        \
  function(OPTIONAL, DecodeParamsSetExifOrientation, (DecodeParams, Orientation))                                    \
  function(REQUIRED, DecodeJpegHost, (Handle, Decoder, State, DecodeParams, Stream))                                 \
  function(REQUIRED, DecodeJpegTransferToDevice, (Handle, Decoder, State, Stream, CudaStream))                       \
  function(REQUIRED, DecodeJpegDevice, (Handle, Decoder, State, ImageBuffers*, CudaStream))                          \
  function(REQUIRED, EncoderStateCreate, (Handle, EncoderState*, CudaStream))                                        \
  function(REQUIRED, EncoderStateDestroy, (EncoderState))                                                            \
  function(REQUIRED, EncoderParamsCreate, (Handle, EncoderParams*, CudaStream))                                      \
  function(REQUIRED, EncoderParamsDestroy, (EncoderParams))                                                          \
  function(REQUIRED, EncoderParamsSetQuality, (EncoderParams, int, CudaStream))                                      \
  function(REQUIRED, EncoderParamsSetEncoding, (EncoderParams, Encoding, CudaStream))                                \
  function(REQUIRED, EncoderParamsSetOptimizedHuffman, (EncoderParams, int, CudaStream))                             \
  function(REQUIRED, EncoderParamsSetSamplingFactors, (EncoderParams, Subsampling, CudaStream))                      \
  function(OPTIONAL, EncoderParamsSetRestartInterval, (EncoderParams, unsigned, CudaStream))                         \
  function(REQUIRED, EncodeYUV,                                                                                      \
           (Handle, EncoderState, EncoderParams, const ImageBuffers*, Subsampling, int, int, CudaStream))            \
  function(REQUIRED, EncodeImage,                                                                                    \
           (Handle, EncoderState, EncoderParams, const ImageBuffers*, InputFormat, int, int, CudaStream))            \
  function(REQUIRED, EncodeRetrieveBitstream, (Handle, EncoderState, unsigned char*, size_t*, CudaStream))

POLYCODEC_CUDA_FUNCTIONS(POLYCODEC_NVJPEG_FUNCTIONS);

}  // namespace polycodec::nvjpeg

#endif
