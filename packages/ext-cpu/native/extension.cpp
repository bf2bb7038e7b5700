// The extension's table and its one exported symbol.
#include <polycodec.hpp>

#include "jpeg_decode.hpp"
#include "jpeg_encode.hpp"
#include "jpeg_fast_decode.hpp"

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
constexpr const polycodec_decoder* kDecoders[] = {&jpeg::fast::kDecoder, &kJpegDecoder, nullptr};
constexpr const polycodec_encoder* kEncoders[] = {&kJpegEncoder, nullptr};

#define POLYCODEC_QUOTE(text) #text
#define POLYCODEC_TEXT(macro) POLYCODEC_QUOTE(macro)

constexpr polycodec_extension kExtension = {
    .struct_size = sizeof(polycodec_extension),
    .abi_version = POLYCODEC_ABI_VERSION,
    .reserved = 0,
    .name = "@polycodec/ext-cpu",
    .version = "0.1.0",
    .decoders = kDecoders,
    .encoders = kEncoders,
    .libraries = "libjpeg-turbo " POLYCODEC_TEXT(LIBJPEG_TURBO_VERSION),
};

}  // namespace
}  // namespace polycodec

POLYCODEC_EXTENSION(polycodec::kExtension)
