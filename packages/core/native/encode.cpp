/* Encoding a chunk: pixels in, code streams out, to JavaScript or to files. */
#include <algorithm>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "bridge.hpp"
#include "codec_chunk.hpp"
#include "files.hpp"
#include "task_fields.hpp"

namespace polycodec {

namespace {

struct EncodeItem {
  js::Bytes pixels;
  cuda::BufferRef device_pixels; /* the pixels, when they are on a device */
  std::vector<polycodec_metadata> metadata;
  std::unique_ptr<std::string> path;  /* null: the bytes go to JavaScript */
};

/* One sample on its way through a thread. */
class EncodeRun {
 public:
  /* `device`: where the backend can read pixels itself. false: the outcome says why not. */
  bool Prepare(const EncodeItem& item, const double* fields, const polycodec_params& params, int device,
               Outcome& outcome) {
    task_ = {.struct_size = sizeof task_, .call = &call_, .input = LayoutAt(fields, encode_field::input),
             .pixels = item.pixels.data, .params = &params, .metadata = item.metadata.data(),
             .metadata_count = item.metadata.size(), .max_scratch_bytes = ToU64(fields[encode_field::maxScratchBytes]),
             .threads = call_.threads, .device = -1,
             .has_cuda_stream = static_cast<int32_t>(ToU32(fields[encode_field::hasCudaStream])),
             .cuda_stream = StreamAt(fields[encode_field::cudaStream])};
    const uint64_t extent = ExtentOf(task_.input);
    if (extent <= (item.device_pixels ? item.device_pixels->size() : item.pixels.size)) {
      return !item.device_pixels || Reach(*item.device_pixels.get(), extent, device, outcome);
    }
    outcome.Fail(POLYCODEC_FAIL, "the pixels are fewer than their layout says");
    return false;
  }

  void Finish(polycodec_status status, const EncodeItem& item, bool overwrite, Outcome& outcome) {
    outcome.status = status;
    if (call_.notes) outcome.notes = std::move(call_.notes);
    if (status != POLYCODEC_SUCCESS) return;
    if (call_.sink_size == 0) return outcome.Fail(POLYCODEC_FAIL, "the encoder wrote no bytes");
    outcome.size = call_.sink_size;
    if (item.path) {
      files::Error error = files::Write(*item.path, call_.sink.data(), call_.sink_size, overwrite);
      if (error) outcome.Fail(POLYCODEC_IO_ERROR, std::move(error.message));
    } else {
      Keep(outcome);
    }
  }

  polycodec_call& call() { return call_; }
  const polycodec_encode_task& task() const { return task_; }

 private:
  /* Pixels on a device: the backend reads them there if it works on that device, else the host's copy of them. */
  bool Reach(const cuda::DeviceBuffer& buffer, uint64_t extent, int device, Outcome& outcome) {
    if (buffer.device() == device) {
      task_.pixels = buffer.data();
      task_.device = device;
      return true;
    }
    cuda::OwnThread();
    copy_ = ScopedSlab(extent);
    if (!copy_) {
      outcome.Fail(POLYCODEC_OUT_OF_MEMORY, "no memory for " + std::to_string(extent) + " bytes of pixels");
      return false;
    }
    std::optional<cudart::Stream> user;
    if (task_.has_cuda_stream != 0) user = task_.cuda_stream;
    std::string why =
        cuda::CopyNow(*cuda::Runtime::Found(), buffer.device(), copy_.data(), buffer.data(), extent, user);
    task_.pixels = copy_.data();
    if (why.empty()) return true;
    outcome.Fail(POLYCODEC_FAIL, std::move(why));
    return false;
  }

  /* The sink is as large as the encoder feared; what is kept is as large as the code stream. */
  void Keep(Outcome& outcome) {
    if (call_.sink.capacity() <= outcome.size + outcome.size / 4) {
      outcome.memory = std::move(call_.sink);
      return;
    }
    outcome.memory = ScopedSlab(outcome.size);
    if (!outcome.memory) return outcome.Fail(POLYCODEC_OUT_OF_MEMORY, "no memory for the code stream");
    std::copy_n(call_.sink.data(), outcome.size, outcome.memory.data());
  }

  polycodec_call call_;
  polycodec_encode_task task_{};
  ScopedSlab copy_; /* of pixels that are on a device */
};

/* What the whole chunk shares. */
struct EncodeSettings {
  polycodec_params params;
  bool overwrite = false;
  uint32_t threads = 1;
};

class EncodeChunk final : public CodecChunk {
 public:
  EncodeChunk(Call* call, Instance* instance, std::vector<EncodeItem>&& items, const double* fields,
              EncodeSettings&& settings)
      : CodecChunk(call, instance, items.size(), settings.threads), items_(std::move(items)), fields_(fields),
        settings_(std::move(settings)) {}

  void Run(size_t i, uint32_t thread, uint32_t threads) override {
    Outcome& outcome = outcomes_[i];
    if (call()->cancelled()) return;
    outcome.start_ns = NowNs();
    outcome.worker = static_cast<int32_t>(thread);
    {
      EncodeRun run;
      run.call().call = call();
      run.call().job = this;
      run.call().threads = threads;
      void* worker;
      if (run.Prepare(items_[i], fields_ + i * encode_field::count, settings_.params, instance_->device(), outcome)) {
        polycodec_status status = instance_->WorkerOf(thread, &worker);
        if (status == POLYCODEC_SUCCESS) status = instance_->encoder()->encode(worker, &run.task());
        run.Finish(status, items_[i], settings_.overwrite, outcome);
      }
    }
    outcome.end_ns = NowNs();
  }

  void RunBatch() override {
    const uint64_t start = NowNs();
    const std::unique_ptr<EncodeRun[]> runs(new EncodeRun[items_.size()]);
    std::vector<const polycodec_encode_task*> tasks;
    std::vector<size_t> places;
    for (size_t i = 0; i < items_.size() && !call()->cancelled(); i++) {
      runs[i].call().call = call();
      runs[i].call().threads = threads_;
      if (!runs[i].Prepare(items_[i], fields_ + i * encode_field::count, settings_.params, instance_->device(),
                           outcomes_[i])) {
        continue;
      }
      tasks.push_back(&runs[i].task());
      places.push_back(i);
    }
    std::vector<polycodec_status> statuses(tasks.size(), POLYCODEC_FAIL);
    if (!tasks.empty()) {
      instance_->encoder()->encode_batch(instance_->state(), tasks.data(), tasks.size(), statuses.data());
    }
    const uint64_t end = NowNs();
    Spread(call(), threads_, places.size(), [&](size_t k) {
      const size_t i = places[k];
      runs[i].Finish(statuses[k], items_[i], settings_.overwrite, outcomes_[i]);
      outcomes_[i].start_ns = start;
      outcomes_[i].end_ns = end;
    });
  }

 private:
  const std::vector<EncodeItem> items_;
  const double* const fields_;
  const EncodeSettings settings_;
};

/* Pairs of kind and bytes. */
bool UnpackMetadata(napi_env env, napi_value list, std::vector<polycodec_metadata>& metadata) {
  uint32_t length;
  if (napi_get_array_length(env, list, &length) != napi_ok || length % 2 != 0) return false;
  for (uint32_t i = 0; i < length; i += 2) {
    napi_value kind, value;
    double number;
    js::Bytes bytes;
    if (napi_get_element(env, list, i, &kind) != napi_ok || napi_get_element(env, list, i + 1, &value) != napi_ok ||
        !js::Read(env, kind, number) || !js::Read(env, value, bytes)) {
      return false;
    }
    const auto kind_number = static_cast<int32_t>(ToU32(number));
    metadata.push_back({.kind = kind_number, .reserved = 0, .data = bytes.data, .size = bytes.size});
  }
  return true;
}

bool UnpackItem(napi_env env, const std::array<napi_value, 3>& lists, uint32_t i, EncodeItem& item) {
  napi_value pixels, metadata, path;
  if (napi_get_element(env, lists[0], i, &pixels) != napi_ok) return false;
  if (const auto* slab = HandleOf<SlabHandle>(env, pixels)) {
    if (!slab->slab) return false;
    item.pixels = {slab->slab.data(), slab->length};
  } else if (!js::Read(env, pixels, item.pixels)) {
    const auto* buffer = HandleOf<DeviceBufferHandle>(env, pixels);
    if (buffer == nullptr || buffer->target == nullptr) return false;
    item.device_pixels = cuda::BufferRef::Retained(buffer->target);
  }
  if (napi_get_element(env, lists[1], i, &metadata) != napi_ok ||
      napi_get_element(env, lists[2], i, &path) != napi_ok) {
    return false;
  }
  if (!js::IsUndefined(env, metadata) && !UnpackMetadata(env, metadata, item.metadata)) return false;
  if (js::IsUndefined(env, path)) return true;
  item.path = std::make_unique<std::string>();
  return js::Read(env, path, *item.path);
}

/* (call, instance, pixels, fields, params, metadata, paths, overwrite, threads) */
Chunk* MakeChunk(napi_env env, const std::array<napi_value, 9>& arguments) {
  const auto* call = HandleOf<CallHandle>(env, arguments[0]);
  const auto* instance = HandleOf<InstanceHandle>(env, arguments[1]);
  const double* fields;
  size_t field_count;
  uint32_t count;
  double threads;
  EncodeSettings settings;
  if (call == nullptr || instance == nullptr || instance->target == nullptr || instance->target->encoder() == nullptr ||
      napi_get_array_length(env, arguments[2], &count) != napi_ok ||
      !js::ReadNumbers(env, arguments[3], &fields, &field_count) || field_count != count * encode_field::count ||
      !js::Read(env, arguments[4], settings.params) || !js::Read(env, arguments[7], settings.overwrite) ||
      !js::Read(env, arguments[8], threads)) {
    return nullptr;
  }
  settings.threads = ToU32(threads);
  std::vector<EncodeItem> items(count);
  for (uint32_t i = 0; i < count; i++) {
    napi_handle_scope scope;
    if (napi_open_handle_scope(env, &scope) != napi_ok) return nullptr;
    const bool ok = UnpackItem(env, {arguments[2], arguments[5], arguments[6]}, i, items[i]);
    napi_close_handle_scope(env, scope);
    if (!ok) return nullptr;
  }
  return new EncodeChunk(call->target, instance->target, std::move(items), fields, std::move(settings));
}

constexpr const char* kUsage =
    "encode takes a call, an encoding instance, pixels, ENCODE_FIELDS numbers a task, params, metadata, paths, "
    "overwrite and a number of threads";

}  // namespace

napi_value Encode(napi_env env, napi_callback_info info) {
  std::array<napi_value, 9> arguments;
  Chunk* chunk = js::Arguments(env, info, arguments) ? MakeChunk(env, arguments) : nullptr;
  if (chunk == nullptr) return js::Throw(env, kUsage);
  return Environment::Of(env)->Start(chunk, {arguments[2], arguments[3], arguments[5]}, CodecChunk::Launch);
}

napi_value EncodeSync(napi_env env, napi_callback_info info) {
  std::array<napi_value, 9> arguments;
  Chunk* chunk = js::Arguments(env, info, arguments) ? MakeChunk(env, arguments) : nullptr;
  if (chunk == nullptr) return js::Throw(env, kUsage);
  return Environment::Of(env)->RunBlocking(chunk, CodecChunk::Launch);
}

}  // namespace polycodec
