// The extension's table and its one exported symbol.
#include <string>

#include <charls/charls.h>
#include <libdeflate.h>
#include <openjpeg-2.5/opj_config.h>
#include <openjph/ojph_version.h>
#include <polycodec.hpp>

#include "bmp_decode.hpp"
#include "bmp_encode.hpp"
#include "gif_decode.hpp"
#include "jpeg_decode.hpp"
#include "jpeg_deep_decode.hpp"
#include "jpeg_deep_encode.hpp"
#include "jpeg_encode.hpp"
#include "jpeg_fast_decode.hpp"
#include "jpeg_fast_encode/encode.hpp"
#include "jpeg_fast_level.hpp"
#include "jpegls_decode.hpp"
#include "jpegls_encode.hpp"
#include "openjpeg_decode.hpp"
#include "openjpeg_encode.hpp"
#include "openjph_decode.hpp"
#include "openjph_encode.hpp"
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
    &jpeg::fast::kDecoder,
    &gif::kGifDecoder,
    &kJpegDecoder,
    &kJpeglsDecoder,
    &jpegdeep::kLosslessDecoder,
    &jpeg2k::kOpenJpegDecoder,
    &jpeg2k::kOpenJphDecoder,
    &png::kPngDecoder,
    &kPnmDecoder,
    &kQoiDecoder,
    &jpegdeep::kTwelveBitDecoder,
    &webp::kWebpDecoder,
    nullptr,
};
constexpr const polycodec_encoder* kEncoders[] = {
    &kBmpEncoder,
    &jpeg_encode::kEncoder,
    &kJpegEncoder,
    &kJpeglsEncoder,
    &jpegdeep::kLosslessEncoder,
    &jpeg2k::kOpenJpegEncoder,
    &jpeg2k::kOpenJphEncoder,
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
    ", libdeflate " LIBDEFLATE_VERSION_STRING
    ", OpenJPEG " POLYCODEC_TEXTS(OPJ_VERSION_MAJOR, OPJ_VERSION_MINOR, OPJ_VERSION_BUILD)
    ", OpenJPH " POLYCODEC_TEXTS(OPENJPH_VERSION_MAJOR, OPENJPH_VERSION_MINOR, OPENJPH_VERSION_PATCH);

// In the order of both `Level`s.
constexpr const char* kInstructions[] = {"plain C++", "AVX2", "AVX-512"};

// Made on the first call, when the host has said which instructions it allows.
const polycodec_extension& Extension() {
  static const std::string libraries = std::string(kLibraries) + ", jpeg-fast decoding with " +
                                       kInstructions[static_cast<int>(jpeg::fast::BestLevel())] + " and encoding with " +
                                       kInstructions[static_cast<int>(jpeg_encode::AllowedLevel())];
  static const polycodec_extension extension = {
      .struct_size = sizeof(polycodec_extension),
      .abi_version = POLYCODEC_ABI_VERSION,
      .reserved = 0,
      .name = "@polycodec/ext-cpu",
      .version = "0.1.0",
      .decoders = kDecoders,
      .encoders = kEncoders,
      .libraries = libraries.c_str(),
  };
  return extension;
}

}  // namespace
}  // namespace polycodec

POLYCODEC_EXTENSION(polycodec::Extension())
