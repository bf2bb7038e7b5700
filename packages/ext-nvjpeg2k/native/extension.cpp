// The extension's table and its one exported symbol: each backend is a session with a way to decode, or to encode.
#include <polycodec_cuda_backend.hpp>

#include "decode.hpp"
#include "encode.hpp"

namespace polycodec::nvjpeg2k {
namespace {

constexpr polycodec_decoder kDecoder =
    cuda::DecoderTable<Session, PictureDecoder, Session::Purpose::kDecode>("nvjpeg2k", "jpeg2k");
constexpr polycodec_encoder kEncoder =
    cuda::EncoderTable<Session, PictureEncoder, Session::Purpose::kEncode>("nvjpeg2k-encoder", "jpeg2k");
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
