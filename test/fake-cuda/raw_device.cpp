/*
 * A backend for CUDA devices that has no codec: raw samples (test/raw-codec.ts) go to the device and from there to where the task
 * wants them. It shows and tests the way that real ones go through polycodec_cuda.h: pinned memory, a stream for each task of
 * the chunk, device memory, the user's stream, and giving all of it back whatever fails. Options: `maxDeviceBytes`.
 */
#include <cstdio>
#include <cstring>
#include <memory>
#include <vector>

#include "polycodec_cuda.h"

namespace {

const polycodec_host* host;
const polycodec_cuda* cuda;

struct Instance {
  int32_t device;
  polycodec_cuda_memory* memory;
};

/* What one task holds of the device, until its stream is done. */
struct Work {
  const Instance& instance;
  polycodec_cuda_stream stream = nullptr;
  void *pinned = nullptr, *samples = nullptr;
  size_t bytes = 0;
  int error = 0;
  const char* what = "";

  explicit Work(const Instance& instance) : instance(instance) { Try("stream_take", cuda->stream_take(instance.device, &stream)); }
  ~Work() {
    if (stream == nullptr) return;
    if (pinned != nullptr) cuda->pinned_free(instance.memory, pinned, bytes, stream);
    if (samples != nullptr) cuda->device_free(instance.memory, samples, bytes, stream);
    if (error == 0) {
      cuda->stream_give(instance.device, stream);
    } else {
      cuda->stream_drop(instance.device, stream);
    }
  }
  /* The first error stays. */
  bool Try(const char* name, int result) {
    if (error == 0 && result != 0) {
      error = result;
      what = name;
    }
    return error == 0;
  }
  bool Take(size_t size) {
    bytes = size;
    return Try("pinned_malloc", cuda->pinned_malloc(instance.memory, &pinned, size, stream)) &&
           Try("device_malloc", cuda->device_malloc(instance.memory, &samples, size, stream));
  }
};

size_t RowBytes(const polycodec_layout& layout) { return static_cast<size_t>(layout.width) * layout.channels; }

void StartDecode(Work& work, const polycodec_decode_task& task, polycodec_status& status) {
  const auto* end = static_cast<const uint8_t*>(std::memchr(task.data, '\n', task.size));
  const size_t row = RowBytes(task.output), size = row * task.output.height;
  if (end == nullptr || static_cast<size_t>(task.data + task.size - end - 1) < size) {
    host->message(task.call, "the samples end early");
    status = POLYCODEC_IMAGE_TRUNCATED;
    return;
  }
  if (!work.Take(size)) return;
  std::memcpy(work.pinned, end + 1, size);
  if (!work.Try("copy", cuda->copy(work.samples, work.pinned, size, work.stream))) return;
  if (task.device < 0) {
    work.Try("copy", cuda->copy(work.pinned, work.samples, size, work.stream));
    return;
  }
  if (task.has_cuda_stream && !work.Try("join", cuda->join(task.device, task.cuda_stream, work.stream))) return;
  if (!work.Try("copy_2d", cuda->copy_2d(task.pixels, task.output.row_stride, work.samples, row, row,
                                         task.output.height, work.stream))) {
    return;
  }
  if (task.has_cuda_stream) work.Try("join", cuda->join(task.device, work.stream, task.cuda_stream));
}

void FinishDecode(Work& work, const polycodec_decode_task& task) {
  if (!work.Try("stream_synchronize", cuda->stream_synchronize(work.stream)) || task.device >= 0) return;
  const size_t row = RowBytes(task.output);
  for (uint32_t y = 0; y < task.output.height; y++) {
    std::memcpy(task.pixels + y * task.output.row_stride, static_cast<uint8_t*>(work.pinned) + y * row, row);
  }
}

void DecodeBatch(void* opaque, const polycodec_decode_task* const* tasks, size_t count, polycodec_status* statuses) {
  const auto& instance = *static_cast<Instance*>(opaque);
  std::vector<std::unique_ptr<Work>> works(count);
  const int error = cuda->set_device(instance.device);
  for (size_t i = 0; i < count; i++) {
    statuses[i] = POLYCODEC_SUCCESS;
    if (host->cancelled(tasks[i]->call)) {
      statuses[i] = POLYCODEC_CANCELLED;
      continue;
    }
    works[i] = std::make_unique<Work>(instance);
    if (works[i]->Try("set_device", error)) StartDecode(*works[i], *tasks[i], statuses[i]);
  }
  for (size_t i = 0; i < count; i++) {
    if (!works[i] || statuses[i] != POLYCODEC_SUCCESS) continue;
    if (works[i]->error == 0) FinishDecode(*works[i], *tasks[i]);
    statuses[i] = cuda->status(tasks[i]->call, works[i]->error, works[i]->what);
  }
}

void Encode(const Instance& instance, const polycodec_encode_task& task, polycodec_status& status) {
  Work work(instance);
  const size_t row = RowBytes(task.input), size = row * task.input.height;
  char head[128];
  const int length = std::snprintf(head, sizeof head, "RAWPIXEL{\"width\":%u,\"height\":%u,\"channels\":%u}\n",
                                   task.input.width, task.input.height, task.input.channels);
  size_t actual;
  uint8_t* out = host->sink_reserve(task.call, static_cast<size_t>(length) + size, &actual);
  if (work.error == 0 && work.Take(size)) {
    if (task.has_cuda_stream && task.device >= 0) work.Try("join", cuda->join(task.device, task.cuda_stream, work.stream));
    work.Try("copy_2d", cuda->copy_2d(work.samples, row, task.pixels, task.input.row_stride, row, task.input.height,
                                      work.stream));
    work.Try("copy", cuda->copy(work.pinned, work.samples, size, work.stream));
    work.Try("stream_synchronize", cuda->stream_synchronize(work.stream));
  }
  status = cuda->status(task.call, work.error, work.what);
  if (status != POLYCODEC_SUCCESS) return;
  std::memcpy(out, head, static_cast<size_t>(length));
  std::memcpy(out + length, work.pinned, size);
  host->sink_finish(task.call, static_cast<size_t>(length) + size);
}

void EncodeBatch(void* opaque, const polycodec_encode_task* const* tasks, size_t count, polycodec_status* statuses) {
  const auto& instance = *static_cast<Instance*>(opaque);
  const int error = cuda->set_device(instance.device);
  for (size_t i = 0; i < count; i++) {
    statuses[i] = cuda->status(tasks[i]->call, error, "set_device");
    if (error == 0) Encode(instance, *tasks[i], statuses[i]);
  }
}

polycodec_status Create(polycodec_call* call, const polycodec_params* options, void** instance) {
  cuda = POLYCODEC_CUDA_OF(host, call);
  if (cuda == nullptr) return POLYCODEC_BACKEND_UNSUPPORTED;
  const auto device = static_cast<int32_t>(host->number(options, "deviceId", 0));
  const auto limit = static_cast<uint64_t>(host->number(options, "maxDeviceBytes", 0));
  polycodec_cuda_memory* memory = cuda->memory_open(call, device, limit, 0);
  if (memory == nullptr) return POLYCODEC_BACKEND_UNSUPPORTED;
  *instance = new Instance{.device = device, .memory = memory};
  return POLYCODEC_SUCCESS;
}

void Destroy(void* opaque) {
  auto* instance = static_cast<Instance*>(opaque);
  cuda->memory_close(instance->memory);
  delete instance;
}

}  // namespace

POLYCODEC_EXPORT const polycodec_extension* polycodec_extension_v1(const polycodec_host* given) {
  host = given;
  static const polycodec_decoder decoder = {.struct_size = sizeof decoder, .id = "raw-gpu", .codec = "raw",
                                            .instance_create = Create, .instance_destroy = Destroy,
                                            .worker_create = nullptr, .worker_destroy = nullptr, .decode = nullptr,
                                            .decode_batch = DecodeBatch, .device_memory = 1};
  static const polycodec_encoder encoder = {.struct_size = sizeof encoder, .id = "raw-gpu", .codec = "raw",
                                            .instance_create = Create, .instance_destroy = Destroy,
                                            .worker_create = nullptr, .worker_destroy = nullptr, .encode = nullptr,
                                            .encode_batch = EncodeBatch, .device_memory = 1};
  static const polycodec_decoder* const decoders[] = {&decoder, nullptr};
  static const polycodec_encoder* const encoders[] = {&encoder, nullptr};
  static const polycodec_extension extension = {.struct_size = sizeof extension, .abi_version = POLYCODEC_ABI_VERSION,
                                                .reserved = 0, .name = "raw-gpu", .version = "0",
                                                .decoders = decoders, .encoders = encoders, .libraries = nullptr};
  return &extension;
}
