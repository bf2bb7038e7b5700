#include "objects.hpp"

#include <chrono>
#include <cstring>

namespace fake {
namespace {

std::mutex& Mutex() {
  static auto* mutex = new std::mutex;
  return *mutex;
}
std::unordered_set<const void*>& Alive() {
  static auto* alive = new std::unordered_set<const void*>;
  return *alive;
}

}  // namespace

Object::Object(const char* kind) : kind(kind) {
  Control::Shared().Born(kind);
  std::lock_guard lock(Mutex());
  Alive().insert(this);
}

Object::~Object() {
  if (pending > 0) Control::Shared().Fault("a %s destroyed while a stream uses it", kind);
  Control::Shared().Died(kind);
  std::lock_guard lock(Mutex());
  Alive().erase(this);
}

bool Object::IsAlive(const void* object, const char* kind) {
  std::lock_guard lock(Mutex());
  return object != nullptr && Alive().count(object) > 0 && std::strcmp(static_cast<const Object*>(object)->kind, kind) == 0;
}

bool Memory::Reserve(const Allocator& allocator, size_t bytes, size_t padding, CudaStream on, MemoryKind kind) {
  bytes = (bytes + padding - 1) / padding * padding;
  if (bytes <= size) return true;
  Release(allocator);
  if (allocator.allocate == nullptr) return true;  // the library's own memory is nobody's business
  void* taken = nullptr;
  if (allocator.allocate(allocator.context, &taken, bytes, on) != 0) return false;
  size_t left = 0;
  if (Cudart::Get().memory_kind(taken, &left) != kind || left < bytes) {
    Control::Shared().Fault("an allocator gave %zu bytes of the wrong kind for %zu", left, bytes);
  }
  address = taken, size = bytes, stream = on;
  return true;
}

void Memory::Release(const Allocator& allocator) {
  if (address != nullptr && allocator.free(allocator.context, address, size, stream) != 0) {
    Control::Shared().Fault("an allocator did not take its memory back");
  }
  address = nullptr, size = 0;
}

bool CheckHandle(const char* function, Handle handle) {
  if (!Object::IsAlive(handle, "handle")) {
    Control::Shared().Fault("%s: a handle that is not alive", function);
    return false;
  }
  int device = -1;
  if (Cudart::Get().get_device(&device) != 0 || device != handle->device) {
    Control::Shared().Fault("%s: a handle of device %d on device %d", function, handle->device, device);
  }
  return true;
}

bool CheckStream(const char* function, CudaStream stream) {
  if (stream != nullptr && Cudart::Get().stream_is_live(stream)) return true;
  Control::Shared().Fault("%s: %s", function, stream == nullptr ? "the default stream" : "a CUDA stream that is not alive");
  return false;
}

bool CheckImage(const char* function, const ImageBuffers& image, unsigned planes, size_t row_bytes, unsigned rows) {
  for (unsigned c = 0; c < planes; c++) {
    size_t left = 0;
    const size_t need = image.pitch[c] * (rows - 1) + row_bytes;
    if (image.pitch[c] < row_bytes || Cudart::Get().memory_kind(image.channel[c], &left) != kDeviceMemory || left < need) {
      Control::Shared().Fault("%s: channel %u: %zu bytes of device memory at pitch %zu, %zu rows of %zu bytes asked for",
                              function, c, left, image.pitch[c], size_t{rows}, row_bytes);
      return false;
    }
  }
  return true;
}

Status Enqueue(const char* function, CudaStream stream, std::vector<Object*> objects, std::function<void()> work) {
  struct Job {
    std::vector<Object*> objects;
    std::function<void()> work;
  };
  if (!CheckStream(function, stream)) return Status::kInvalidParameter;
  for (Object* object : objects) object->pending++;
  auto* job = new Job{std::move(objects), std::move(work)};
  const auto run = [](void* context) {
    const std::unique_ptr<Job> own(static_cast<Job*>(context));
    if (const long ms = Control::Shared().Setting("hang_ms", 0)) std::this_thread::sleep_for(std::chrono::milliseconds(ms));
    own->work();
    for (Object* object : own->objects) object->pending--;
  };
  if (Cudart::Get().enqueue(stream, run, job) == 0) return Status::kSuccess;
  for (Object* object : job->objects) object->pending--;
  delete job;
  return Status::kExecutionFailed;
}

void Deliver(const Picture& picture, OutputFormat format, const ImageBuffers& image) {
  const unsigned planes = PlanesOf(format, picture.channels);
  for (unsigned y = 0; y < picture.height; y++) {
    if (planes <= 1) {
      std::memcpy(image.channel[0] + y * image.pitch[0], picture.At(0, y), size_t{picture.width} * picture.channels * picture.bytes);
      continue;
    }
    for (unsigned c = 0; c < planes; c++) {
      // A gray picture fills the planes of a colour format alike.
      for (unsigned x = 0; x < picture.width; x++) image.channel[c][y * image.pitch[c] + x] = picture.At(x, y)[c];
    }
  }
}

uint64_t Digest(const unsigned char* data, size_t size) {
  uint64_t digest = 14695981039346656037ull;
  for (size_t i = 0; i < size; i++) digest = (digest ^ data[i]) * 1099511628211ull;
  return digest;
}

}  // namespace fake

FAKE_CONTROL()
