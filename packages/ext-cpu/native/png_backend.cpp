#include "png_backend.hpp"

#include <cstring>
#include <stdexcept>

#include <polycodec.hpp>

#include "png_decode.hpp"
#include "png_encode.hpp"

namespace polycodec::png {
namespace {

CrcPolicy PolicyOf(const char* text) {
  if (std::strcmp(text, "error") == 0) return CrcPolicy::kError;
  if (std::strcmp(text, "warn") == 0) return CrcPolicy::kWarn;
  if (std::strcmp(text, "ignore") == 0) return CrcPolicy::kIgnore;
  throw std::invalid_argument("option crc is \"error\", \"warn\" or \"ignore\"");
}

struct PngDecoder {
  static constexpr const char* kId = "polycodec-png";
  static constexpr const char* kCodec = "png";
  struct Options : DecodeOptions {
    explicit Options(const Params& params) { crc = PolicyOf(params.Text("crc", "error")); }
  };
  struct Worker : DecodeWorker {
    explicit Worker(const Options& given) { options = given; }
  };
  static polycodec_status Decode(Worker& worker, const polycodec_decode_task& task) { return png::Decode(worker, task); }
};

struct PngEncoder {
  static constexpr const char* kId = "polycodec-png";
  static constexpr const char* kCodec = "png";
  using Worker = EncodeWorker;
  static polycodec_status Encode(Worker& worker, const polycodec_encode_task& task) { return png::Encode(worker, task); }
};

}  // namespace

constexpr polycodec_decoder kPngDecoder = Decoder<PngDecoder>();
constexpr polycodec_encoder kPngEncoder = Encoder<PngEncoder>();

}  // namespace polycodec::png
