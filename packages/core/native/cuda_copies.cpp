/* Copies between JavaScript's memory and devices, off the JavaScript thread. */
#include <cstring>
#include <memory>

#include "bridge.hpp"
#include "cuda_threads.hpp"
#include "task_fields.hpp"

namespace polycodec {

namespace {

/* One copy. What it makes is a device's buffer, or an ArrayBuffer. */
class CopyChunk final : public Chunk {
 public:
  CopyChunk(Call* call, const cuda::Runtime& runtime, int device, size_t bytes, std::optional<cudart::Stream> user)
      : Chunk(call, 1, 1), runtime_(runtime), device_(device), bytes_(bytes), user_(user) {}

  void Run(size_t, uint32_t, uint32_t) override {
    cuda::OwnThread();
    if (is_download_) return Download();
    cudart::Error error;
    to_ = cuda::BufferRef(cuda::DeviceBuffer::Take(runtime_, device_, bytes_, error));
    if (!to_) {
      is_out_of_memory_ = error == cudart::kMemoryAllocation;
      why_ = runtime_.Explain(error, "cudaMalloc") + ", for " + std::to_string(bytes_) + " bytes on device " +
             std::to_string(device_);
      return;
    }
    const void* from = from_ ? from_->data() : host_;
    // Pixels that another device has are copied on a stream of that one, to which the user's belongs.
    why_ = cuda::CopyNow(runtime_, from_ ? from_->device() : device_, to_->data(), from, bytes_, user_);
    if (user_.has_value() && !from_) to_->UsedOn(*user_);
  }

  bool Rejects() const override { return !why_.empty(); }
  napi_value Result(napi_env env) override {
    if (!why_.empty()) {
      const char* code = is_out_of_memory_ ? "ERR_POLYCODEC_OUT_OF_MEMORY" : "ERR_POLYCODEC_DEVICE";
      return js::Error(env, why_, "code", js::Text(env, code));
    }
    return is_download_ ? js::BufferOf(env, std::move(slab_), bytes_) : DeviceBufferOf(env, std::move(to_));
  }

  static bool Launch(Chunk* chunk) {
    auto* self = static_cast<CopyChunk*>(chunk);
    cuda::ThreadOf(self->device_).Post([self] {
      self->Run(0, 0, 1);
      self->Done();
    });
    return true;
  }

  void From(const void* host) { host_ = host; }
  void From(cuda::DeviceBuffer* buffer) { from_ = cuda::BufferRef::Retained(buffer); }
  void ToHost() { is_download_ = true; }

 private:
  void Download() {
    slab_ = ScopedSlab(bytes_);
    if (!slab_) {
      is_out_of_memory_ = true;
      why_ = "no memory for " + std::to_string(bytes_) + " bytes of pixels";
      return;
    }
    why_ = cuda::CopyNow(runtime_, from_->device(), slab_.data(), from_->data(), bytes_, user_);
  }

  const cuda::Runtime& runtime_;
  const int device_;
  const size_t bytes_;
  const std::optional<cudart::Stream> user_;
  const void* host_ = nullptr;   /* kept alive by the environment */
  cuda::BufferRef from_, to_;
  ScopedSlab slab_;
  bool is_download_ = false, is_out_of_memory_ = false;
  std::string why_;
};

struct Arguments {
  napi_value source;
  int device = 0;
  size_t bytes = 0;
  std::optional<cudart::Stream> stream;
};

/* (source, device, bytes, stream or undefined). Null: thrown. */
std::unique_ptr<CopyChunk> ChunkOf(napi_env env, napi_callback_info info, Arguments& given) {
  std::array<napi_value, 4> arguments;
  double device, bytes, stream;
  if (!js::Arguments(env, info, arguments) || !js::Read(env, arguments[1], device) ||
      !js::Read(env, arguments[2], bytes)) {
    js::Throw(env, "a copy takes a source, a device's number, a number of bytes, and a stream or undefined");
    return nullptr;
  }
  if (js::Read(env, arguments[3], stream)) given.stream = StreamAt(stream);
  std::string why;
  const cuda::Runtime* runtime = cuda::Runtime::Get(why);
  given.source = arguments[0];
  given.device = static_cast<int>(ToU32(device));
  given.bytes = ToU64(bytes);
  if (runtime != nullptr && given.device >= runtime->device_count()) why = "there is no such device";
  if (!why.empty()) {
    napi_throw_error(env, "ERR_POLYCODEC_DEVICE", why.c_str());
    return nullptr;
  }
  Call* call = new Call(Urgency::kSoon);
  auto chunk = std::make_unique<CopyChunk>(call, *runtime, given.device, given.bytes, given.stream);
  call->Release();
  return chunk;
}

/* The source as a device's buffer, held by the chunk. false: thrown. */
bool FromDevice(napi_env env, const Arguments& given, CopyChunk& chunk) {
  const auto* handle = HandleOf<DeviceBufferHandle>(env, given.source);
  if (handle == nullptr || handle->target == nullptr || given.bytes > handle->target->size()) {
    js::Throw(env, "the source has been released, or is too small");
    return false;
  }
  chunk.From(handle->target);
  return true;
}

bool FromHost(napi_env env, const Arguments& given, CopyChunk& chunk) {
  js::Bytes bytes;
  if (!js::Read(env, given.source, bytes) || given.bytes > bytes.size) {
    js::Throw(env, "the source is no Uint8Array, or too small");
    return false;
  }
  chunk.From(bytes.data);
  return true;
}

}  // namespace

napi_value Upload(napi_env env, napi_callback_info info) {
  Arguments given;
  auto chunk = ChunkOf(env, info, given);
  if (!chunk || !FromHost(env, given, *chunk)) return nullptr;
  return Environment::Of(env)->Start(chunk.release(), {given.source}, CopyChunk::Launch);
}

napi_value UploadSync(napi_env env, napi_callback_info info) {
  Arguments given;
  auto chunk = ChunkOf(env, info, given);
  if (!chunk || !FromHost(env, given, *chunk)) return nullptr;
  return Environment::Of(env)->RunBlocking(chunk.release(), CopyChunk::Launch);
}

napi_value Download(napi_env env, napi_callback_info info) {
  Arguments given;
  auto chunk = ChunkOf(env, info, given);
  if (!chunk || !FromDevice(env, given, *chunk)) return nullptr;
  chunk->ToHost();
  return Environment::Of(env)->Start(chunk.release(), {given.source}, CopyChunk::Launch);
}

napi_value CopyDevice(napi_env env, napi_callback_info info) {
  Arguments given;
  auto chunk = ChunkOf(env, info, given);
  if (!chunk || !FromDevice(env, given, *chunk)) return nullptr;
  return Environment::Of(env)->Start(chunk.release(), {given.source}, CopyChunk::Launch);
}

}  // namespace polycodec
