// The extension's table and its one exported symbol: each backend is a session with a way to decode, or to encode.
#include <polycodec_cuda_backend.hpp>

#include "backends.hpp"
#include "batch_decode.hpp"
#include "encode.hpp"
#include "single_decode.hpp"

namespace polycodec::nvjpeg {
namespace {

/* Backends that only take batches; what makes an instance and the names are all they differ in. */
template <class Instance>
void Destroy(void* instance) {
  delete static_cast<Instance*>(instance);
}

template <class Instance>
void DecodeBatch(void* instance, const polycodec_decode_task* const* tasks, size_t count, polycodec_status* statuses) {
  static_cast<Instance*>(instance)->Decode(tasks, count, statuses);
}

template <class Instance>
constexpr polycodec_decoder DecoderOf(const char* id) {
  polycodec_decoder decoder{};
  decoder.struct_size = sizeof decoder;
  decoder.id = id;
  decoder.codec = "jpeg";
  decoder.instance_create = cuda::Create<Instance>;
  decoder.instance_destroy = Destroy<Instance>;
  decoder.decode_batch = DecodeBatch<Instance>;
  decoder.device_memory = 1;
  decoder.mini_batch = [](void* instance) { return static_cast<Instance*>(instance)->mini_batch(); };
  decoder.describe = [](void* instance) { return static_cast<Instance*>(instance)->session.text.c_str(); };
  return decoder;
}

constexpr polycodec_encoder EncoderOf(const char* id) {
  polycodec_encoder encoder{};
  encoder.struct_size = sizeof encoder;
  encoder.id = id;
  encoder.codec = "jpeg";
  encoder.instance_create = cuda::Create<EncoderBackend>;
  encoder.instance_destroy = Destroy<EncoderBackend>;
  encoder.encode_batch = [](void* instance, const polycodec_encode_task* const* tasks, size_t count,
                            polycodec_status* statuses) {
    static_cast<EncoderBackend*>(instance)->Encode(tasks, count, statuses);
  };
  encoder.device_memory = 1;
  encoder.describe = [](void* instance) { return static_cast<EncoderBackend*>(instance)->session.text.c_str(); };
  return encoder;
}

constexpr polycodec_decoder kHardware = DecoderOf<HardwareBackend>("nvjpeg-hw");
constexpr polycodec_decoder kHybrid = DecoderOf<HybridBackend>("nvjpeg-hybrid");
constexpr polycodec_decoder kCuda = DecoderOf<CudaBackend>("nvjpeg-cuda");
constexpr polycodec_decoder kLossless = DecoderOf<LosslessBackend>("nvjpeg-lossless");
constexpr polycodec_encoder kEncoder = EncoderOf("nvjpeg-encoder");
constexpr const polycodec_decoder* kDecoders[] = {&kHardware, &kHybrid, &kCuda, &kLossless, nullptr};
constexpr const polycodec_encoder* kEncoders[] = {&kEncoder, nullptr};

constexpr polycodec_extension kExtension = {
    .struct_size = sizeof(polycodec_extension),
    .abi_version = POLYCODEC_ABI_VERSION,
    .reserved = 0,
    .name = "@polycodec/ext-nvjpeg",
    .version = "0.1.0",
    .decoders = kDecoders,
    .encoders = kEncoders,
    .libraries = "nvJPEG, opened at run time",
};

}  // namespace
}  // namespace polycodec::nvjpeg

POLYCODEC_EXTENSION(polycodec::nvjpeg::kExtension)
