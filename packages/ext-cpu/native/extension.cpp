// The extension's table and its one exported symbol.
#include <libdeflate.h>
#include <polycodec.hpp>

#include "bmp_decode.hpp"
#include "bmp_encode.hpp"
#include "gif_decode.hpp"
#include "jpeg_decode.hpp"
#include "jpeg_encode.hpp"
#include "jpeg_fast_encode/encode.hpp"
#include "jpegls_decode.hpp"
#include "jpegls_encode.hpp"
#include "png_backend.hpp"
#include "pnm_decode.hpp"
#include "pnm_encode.hpp"
#include "qoi_decode.hpp"
#include "qoi_encode.hpp"
#include "webp_decode.hpp"
#include "webp_encode.hpp"

namespace polycodec {
namespace {

struct JpegDecoder {
  static constexpr const char* kId = "libjpeg-turbo";
  static constexpr const char* kCodec = "jpeg";
  struct Options : jpeg::DecodeOptions {
    explicit Options(const Params& params)
        : DecodeOptions{.fancyUpsampling = params.Flag("fancyUpsampling", true),
                        .fastIdct = params.Flag("fastIdct", false)} {}
  };
  struct Worker : jpeg::DecodeWorker {
    explicit Worker(const Options& given) { options = given; }
  };
  static polycodec_status Decode(Worker& worker, const polycodec_decode_task& task) {
    return jpeg::Decode(worker, task);
  }
};

struct JpegEncoder {
  static constexpr const char* kId = "libjpeg-turbo";
  static constexpr const char* kCodec = "jpeg";
  using Worker = jpeg::EncodeWorker;
  static polycodec_status Encode(Worker& worker, const polycodec_encode_task& task) {
    return jpeg::Encode(worker, task);
  }
};

constexpr polycodec_decoder kJpegDecoder = Decoder<JpegDecoder>();
constexpr polycodec_encoder kJpegEncoder = Encoder<JpegEncoder>();
constexpr const polycodec_decoder* kDecoders[] = {
    &kBmpDecoder,
    &gif::kGifDecoder,
    &kJpegDecoder,
    &kJpeglsDecoder,
    &png::kPngDecoder,
    &kPnmDecoder,
    &kQoiDecoder,
    &webp::kWebpDecoder,
    nullptr,
};
constexpr const polycodec_encoder* kEncoders[] = {
    &kBmpEncoder,
    &jpeg_encode::kEncoder,
    &kJpegEncoder,
    &kJpeglsEncoder,
    &png::kPngEncoder,
    &kPnmEncoder,
    &kQoiEncoder,
    &webp::kWebpEncoder,
    nullptr,
};

#define POLYCODEC_QUOTE(text) #text
#define POLYCODEC_TEXT(macro) POLYCODEC_QUOTE(macro)

#define POLYCODEC_TEXTS(major, minor, patch) POLYCODEC_TEXT(major) "." POLYCODEC_TEXT(minor) "." POLYCODEC_TEXT(patch)

constexpr const char* kLibraries =
    "libjpeg-turbo " POLYCODEC_TEXT(LIBJPEG_TURBO_VERSION)
    ", CharLS " POLYCODEC_TEXTS(CHARLS_VERSION_MAJOR, CHARLS_VERSION_MINOR, CHARLS_VERSION_PATCH)
    ", libdeflate " LIBDEFLATE_VERSION_STRING;

constexpr polycodec_extension kExtension = {
    .struct_size = sizeof(polycodec_extension),
    .abi_version = POLYCODEC_ABI_VERSION,
    .reserved = 0,
    .name = "@polycodec/ext-cpu",
    .version = "0.1.0",
    .decoders = kDecoders,
    .encoders = kEncoders,
    .libraries = kLibraries,
};

}  // namespace
}  // namespace polycodec

POLYCODEC_EXTENSION(polycodec::kExtension)
