// The extension's table and its one exported symbol: each backend is a session with a way to decode, or to encode.
#include <polycodec_cuda_backend.hpp>

#include "batch_decode.hpp"
#include "cuda_decode.hpp"
#include "encode.hpp"
#include "single_decode.hpp"

namespace polycodec::nvjpeg {
namespace {

using cuda::DecoderTable, cuda::EncoderTable;

constexpr polycodec_decoder kHardware = DecoderTable<Session, BatchDecoder, Implementation::kHardware>("nvjpeg-hw", "jpeg");
constexpr polycodec_decoder kHybrid = DecoderTable<Session, SingleDecoder, Implementation::kHybrid>("nvjpeg-hybrid", "jpeg");
constexpr polycodec_decoder kCuda = DecoderTable<Session, CudaDecoder, Implementation::kGpuHybrid>("nvjpeg-cuda", "jpeg");
constexpr polycodec_decoder kLossless =
    DecoderTable<Session, BatchDecoder, Implementation::kLosslessJpeg>("nvjpeg-lossless", "jpeg");
constexpr polycodec_encoder kEncoder = EncoderTable<Session, JpegEncoder, Implementation::kDefault>("nvjpeg-encoder", "jpeg");
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
