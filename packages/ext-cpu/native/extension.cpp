// The extension's table and its one exported symbol. Everything that crosses it is a status: exceptions end here.
#include <polycodec.h>

#include <new>

#include "host.hpp"
#include "jpeg_decode.hpp"
#include "jpeg_encode.hpp"

namespace polycodec {

const polycodec_host* host = nullptr;

namespace {

template <typename Work>
polycodec_status WithoutExceptions(polycodec_call* call, Work&& work) noexcept {
  try {
    return work();
  } catch (const std::bad_alloc&) {
    if (call != nullptr) host->message(call, "out of memory");
    return POLYCODEC_OUT_OF_MEMORY;
  } catch (...) {
    if (call != nullptr) host->message(call, "unexpected exception");
    return POLYCODEC_FAIL;
  }
}

polycodec_status DecodeInstanceCreate(polycodec_call* call, const polycodec_params* params, void** instance) {
  return WithoutExceptions(call, [&] {
    auto* options = new jpeg::DecodeOptions;
    *instance = options;
    if (params == nullptr) return POLYCODEC_SUCCESS;
    options->fancyUpsampling = host->number(params, "fancyUpsampling", 1) != 0;
    options->fastIdct = host->number(params, "fastIdct", 0) != 0;
    return POLYCODEC_SUCCESS;
  });
}

void DecodeInstanceDestroy(void* instance) { delete static_cast<jpeg::DecodeOptions*>(instance); }

polycodec_status DecodeWorkerCreate(void* instance, void** worker) {
  return WithoutExceptions(nullptr, [&] {
    auto* made = new jpeg::DecodeWorker;
    if (instance != nullptr) made->options = *static_cast<const jpeg::DecodeOptions*>(instance);
    *worker = made;
    return POLYCODEC_SUCCESS;
  });
}

void DecodeWorkerDestroy(void* worker) { delete static_cast<jpeg::DecodeWorker*>(worker); }

polycodec_status Decode(void* worker, const polycodec_decode_task* task) {
  return WithoutExceptions(task->call, [&] { return jpeg::Decode(*static_cast<jpeg::DecodeWorker*>(worker), *task); });
}

polycodec_status EncodeWorkerCreate(void*, void** worker) {
  return WithoutExceptions(nullptr, [&] {
    *worker = new jpeg::EncodeWorker;
    return POLYCODEC_SUCCESS;
  });
}

void EncodeWorkerDestroy(void* worker) { delete static_cast<jpeg::EncodeWorker*>(worker); }

polycodec_status Encode(void* worker, const polycodec_encode_task* task) {
  return WithoutExceptions(task->call, [&] { return jpeg::Encode(*static_cast<jpeg::EncodeWorker*>(worker), *task); });
}

constexpr polycodec_decoder kJpegDecoder = {
    .struct_size = sizeof(polycodec_decoder),
    .id = "libjpeg-turbo",
    .codec = "jpeg",
    .instance_create = DecodeInstanceCreate,
    .instance_destroy = DecodeInstanceDestroy,
    .worker_create = DecodeWorkerCreate,
    .worker_destroy = DecodeWorkerDestroy,
    .decode = Decode,
    .decode_batch = nullptr,
};

constexpr polycodec_encoder kJpegEncoder = {
    .struct_size = sizeof(polycodec_encoder),
    .id = "libjpeg-turbo",
    .codec = "jpeg",
    .instance_create = nullptr,
    .instance_destroy = nullptr,
    .worker_create = EncodeWorkerCreate,
    .worker_destroy = EncodeWorkerDestroy,
    .encode = Encode,
    .encode_batch = nullptr,
};

constexpr const polycodec_decoder* kDecoders[] = {&kJpegDecoder, nullptr};
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

extern "C" POLYCODEC_EXPORT const polycodec_extension* polycodec_extension_v1(const polycodec_host* host) {
  if (host == nullptr || host->abi_version < POLYCODEC_ABI_VERSION || host->struct_size < sizeof(polycodec_host)) {
    return nullptr;
  }
  polycodec::host = host;
  return &polycodec::kExtension;
}
