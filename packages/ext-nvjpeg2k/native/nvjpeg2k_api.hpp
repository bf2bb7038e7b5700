/*
 * What is used of nvJPEG2000, declared by ourselves, so that building needs no CUDA toolkit and one binary serves the
 * versions 0.8 to 0.11 for CUDA 12 and 13. Values, layouts and signatures are those of nvjpeg2k.h; test/signatures.test.ts
 * compiles this file against the real header of 0.11 and compares each of them.
 *
 * Names drop the prefix: nvjpeg2kDecodeTile is `api.DecodeTile`, NVJPEG2K_STATUS_BAD_JPEG is `Status::kBadJpeg`.
 */
#ifndef POLYCODEC_NVJPEG2K_API_HPP
#define POLYCODEC_NVJPEG2K_API_HPP

#include <cstdint>

#include <polycodec_cuda_declarations.hpp>

namespace polycodec::nvjpeg2k {

using cuda::Allocator, cuda::CudaStream, cuda::DeviceAllocator, cuda::PinnedAllocator, cuda::Property, cuda::Status;

enum class Implementation : int { kDefault = 0 };
enum class ColorSpace : int { kNotSupported = -1, kUnknown = 0, kSrgb = 1, kGray = 2, kSycc = 3 };
enum class PixelType : int { kUint8 = 0, kUint16 = 1, kInt16 = 2 };
enum class ImageFormat : int { kPlanar = 0, kInterleaved = 1 };
enum class Progression : int { kLrcp = 0, kRlcp = 1, kRpcl = 2, kPcrl = 3, kCprl = 4 };
enum class StreamType : int { kJ2k = 0, kJp2 = 1 };
/* kQFactor: not of RGB that is not decorrelated. kTargetPsnr: not of high throughput. */
enum class QualityType : int { kTargetPsnr = 0, kQuantizationStep = 1, kQFactor = 2 };

constexpr size_t kMaxResolutions = 33;
/* High throughput, in EncodeConfig::rsiz and ::encode_modes. */
constexpr uint16_t kRsizHt = 0x4000;
constexpr uint32_t kModeHt = 0x40;

struct ComponentInfo {
  uint32_t width, height;
  uint8_t precision;
  uint8_t is_signed;
};

struct ImageInfo {
  uint32_t width, height;
  uint32_t tile_width, tile_height;
  uint32_t tiles_across, tiles_down;
  uint32_t components;
};

/* Addresses on the device, in arrays on the host: one a component, or one alone when interleaved. */
struct ImageBuffers {
  void** pixels;
  size_t* pitch;
  PixelType pixel_type;
  uint32_t components;
};

/* As from 0.8 on; before, another field stood where num_precincts is. */
struct EncodeConfig {
  StreamType stream_type;
  ColorSpace color_space;
  uint16_t rsiz;
  uint32_t image_width, image_height;
  uint32_t enable_tiling, tile_width, tile_height;
  uint32_t num_components;
  ComponentInfo* components;
  uint32_t enable_sop, enable_eph;
  Progression progression;
  uint32_t num_layers;
  uint32_t mct_mode;
  uint32_t num_resolutions;
  uint32_t code_block_width, code_block_height;
  uint32_t encode_modes;
  uint32_t irreversible;
  uint32_t num_precincts;
  uint32_t precinct_width[kMaxResolutions], precinct_height[kMaxResolutions];
};

/* Opaque. One thread at a time, but for Handle_ and Encoder_, which all may share. */
struct Handle_;
struct DecodeState_;
struct Stream_;
struct DecodeParams_;
struct Encoder_;
struct EncodeState_;
struct EncodeParams_;
using Handle = Handle_*;
using DecodeState = DecodeState_*;
using Stream = Stream_*;
using DecodeParams = DecodeParams_*;
using Encoder = Encoder_*;
using EncodeState = EncodeState_*;
using EncodeParams = EncodeParams_*;

/* REQUIRED: in all versions from 0.8 on. */
#define POLYCODEC_NVJPEG2K_FUNCTIONS(function)                                                              \
  function(REQUIRED, GetProperty, (Property, int*))                                                         \
  function(REQUIRED, CreateV2, (Implementation, DeviceAllocator*, PinnedAllocator*, Handle*))               \
  function(REQUIRED, Destroy, (Handle))                                                                     \
  function(REQUIRED, SetDeviceMemoryPadding, (size_t, Handle))                                              \
  function(REQUIRED, SetPinnedMemoryPadding, (size_t, Handle))                                              \
  function(REQUIRED, DecodeStateCreate, (Handle, DecodeState*))                                             \
  function(REQUIRED, DecodeStateDestroy, (DecodeState))                                                     \
  function(REQUIRED, StreamCreate, (Stream*))                                                               \
  function(REQUIRED, StreamDestroy, (Stream))                                                               \
  function(REQUIRED, StreamParse, (Handle, const unsigned char*, size_t, int, int, Stream))                 \
  function(REQUIRED, StreamGetImageInfo, (Stream, ImageInfo*))                                              \
  function(REQUIRED, StreamGetImageComponentInfo, (Stream, ComponentInfo*, uint32_t))                       \
  function(REQUIRED, StreamGetColorSpace, (Stream, ColorSpace*))                                            \
  function(REQUIRED, StreamGetResolutionsInTile, (Stream, uint32_t, uint32_t*))                             \
  function(REQUIRED, DecodeParamsCreate, (DecodeParams*))                                                   \
  function(REQUIRED, DecodeParamsDestroy, (DecodeParams))                                                   \
  function(REQUIRED, DecodeParamsSetDecodeArea, (DecodeParams, uint32_t, uint32_t, uint32_t, uint32_t))     \
  function(REQUIRED, DecodeParamsSetRGBOutput, (DecodeParams, int32_t))                                     \
  function(REQUIRED, DecodeParamsSetOutputFormat, (DecodeParams, ImageFormat))                              \
  function(REQUIRED, DecodeImage, (Handle, DecodeState, Stream, DecodeParams, ImageBuffers*, CudaStream))   \
  function(REQUIRED, DecodeTile,                                                                            \
           (Handle, DecodeState, Stream, DecodeParams, uint32_t, uint32_t, ImageBuffers*, CudaStream))      \
  function(REQUIRED, EncoderCreateSimple, (Encoder*))                                                       \
  function(REQUIRED, EncoderDestroy, (Encoder))                                                             \
  function(REQUIRED, EncodeStateCreate, (Encoder, EncodeState*))                                            \
  function(REQUIRED, EncodeStateDestroy, (EncodeState))                                                     \
  function(REQUIRED, EncodeParamsCreate, (EncodeParams*))                                                   \
  function(REQUIRED, EncodeParamsDestroy, (EncodeParams))                                                   \
  function(REQUIRED, EncodeParamsSetEncodeConfig, (EncodeParams, EncodeConfig*))                            \
  function(OPTIONAL, EncodeParamsSpecifyQuality, (EncodeParams, QualityType, double))                       \
  function(REQUIRED, EncodeParamsSetInputFormat, (EncodeParams, ImageFormat))                               \
  function(REQUIRED, Encode, (Encoder, EncodeState, EncodeParams, const ImageBuffers*, CudaStream))         \
  function(REQUIRED, EncodeRetrieveBitstream, (Encoder, EncodeState, unsigned char*, size_t*, CudaStream))

POLYCODEC_CUDA_FUNCTIONS(POLYCODEC_NVJPEG2K_FUNCTIONS);

}  // namespace polycodec::nvjpeg2k

#endif
