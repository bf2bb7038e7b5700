// The extension's table and its one exported symbol: each backend is a session with a way to decode, or to encode.
#include <polycodec_cuda_backend.hpp>

#include "decode.hpp"
#include "encode.hpp"

namespace polycodec::nvjpeg2k {
namespace {

class DecoderBackend {
 public:
  DecoderBackend(polycodec_call* call, const Params& params)
      : session(call, params, Session::Purpose::kDecode), decoder(session, DecodeOptions(params)) {}
  Session session;
  PictureDecoder decoder;
};

class EncoderBackend {
 public:
  EncoderBackend(polycodec_call* call, const Params& params)
      : session(call, params, Session::Purpose::kEncode), encoder(session) {}
  Session session;
  PictureEncoder encoder;
};

constexpr polycodec_decoder DecoderTable() {
  polycodec_decoder table{};
  table.struct_size = sizeof table;
  table.id = "nvjpeg2k";
  table.codec = "jpeg2k";
  table.instance_create = cuda::Create<DecoderBackend>;
  table.instance_destroy = [](void* instance) { delete static_cast<DecoderBackend*>(instance); };
  table.decode_batch = [](void* instance, const polycodec_decode_task* const* tasks, size_t count,
                          polycodec_status* statuses) {
    static_cast<DecoderBackend*>(instance)->decoder.Decode(tasks, count, statuses);
  };
  table.device_memory = 1;
  table.describe = [](void* instance) { return static_cast<DecoderBackend*>(instance)->session.text.c_str(); };
  return table;
}

constexpr polycodec_encoder EncoderTable() {
  polycodec_encoder table{};
  table.struct_size = sizeof table;
  table.id = "nvjpeg2k-encoder";
  table.codec = "jpeg2k";
  table.instance_create = cuda::Create<EncoderBackend>;
  table.instance_destroy = [](void* instance) { delete static_cast<EncoderBackend*>(instance); };
  table.encode_batch = [](void* instance, const polycodec_encode_task* const* tasks, size_t count,
                          polycodec_status* statuses) {
    static_cast<EncoderBackend*>(instance)->encoder.Encode(tasks, count, statuses);
  };
  table.device_memory = 1;
  table.describe = [](void* instance) { return static_cast<EncoderBackend*>(instance)->session.text.c_str(); };
  return table;
}

constexpr polycodec_decoder kDecoder = DecoderTable();
constexpr polycodec_encoder kEncoder = EncoderTable();
constexpr const polycodec_decoder* kDecoders[] = {&kDecoder, nullptr};
constexpr const polycodec_encoder* kEncoders[] = {&kEncoder, nullptr};

constexpr polycodec_extension kExtension = {
    .struct_size = sizeof(polycodec_extension),
    .abi_version = POLYCODEC_ABI_VERSION,
    .reserved = 0,
    .name = "@polycodec/ext-nvjpeg2k",
    .version = "0.1.0",
    .decoders = kDecoders,
    .encoders = kEncoders,
    .libraries = "nvJPEG2000, opened at run time",
};

}  // namespace
}  // namespace polycodec::nvjpeg2k

POLYCODEC_EXTENSION(polycodec::nvjpeg2k::kExtension)
