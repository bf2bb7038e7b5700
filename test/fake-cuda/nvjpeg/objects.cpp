#include "objects.hpp"

#include <algorithm>
#include <cstring>
#include <mutex>
#include <unordered_set>

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
  fakeCudaCount(kind, 1);
  std::lock_guard lock(Mutex());
  Alive().insert(this);
}

Object::~Object() {
  if (pending > 0) fakeCudaViolation("a %s destroyed while a stream uses it", kind);
  fakeCudaCount(kind, -1);
  std::lock_guard lock(Mutex());
  Alive().erase(this);
}

bool Object::IsAlive(const void* object, const char* kind) {
  std::lock_guard lock(Mutex());
  return object != nullptr && Alive().count(object) > 0 && std::strcmp(static_cast<const Object*>(object)->kind, kind) == 0;
}

bool Memory::Reserve(const Allocator& allocator, size_t bytes, size_t padding, CudaStream on, Kind kind) {
  bytes = (bytes + padding - 1) / padding * padding;
  if (bytes <= size) return true;
  Release(allocator);
  if (allocator.allocate == nullptr) return true;  // the library's own memory is nobody's business
  void* taken = nullptr;
  if (allocator.allocate(allocator.context, &taken, bytes, on) != 0) return false;
  if (fakeCudaKind(taken) != kind || fakeCudaBytes(taken, bytes, "nvJPEG's allocator") == nullptr) {
    fakeCudaViolation("an allocator gave memory of the wrong kind, or less than %zu bytes", bytes);
  }
  address = taken, size = bytes, stream = on;
  return true;
}

void Memory::Release(const Allocator& allocator) {
  if (address != nullptr && allocator.free(allocator.context, address, size, stream) != 0) {
    fakeCudaViolation("an allocator did not take its memory back");
  }
  address = nullptr, size = 0;
}

bool CheckHandle(const char* function, Handle handle) {
  if (!Object::IsAlive(handle, "handle")) {
    fakeCudaViolation("%s: a handle that is not alive", function);
    return false;
  }
  if (const int device = fakeCudaCurrentDevice(); device != handle->device) {
    fakeCudaViolation("%s: a handle of device %d on device %d", function, handle->device, device);
  }
  return true;
}

bool CheckStream(const char* function, CudaStream stream) {
  if (stream == nullptr) fakeCudaViolation("%s: the default stream", function);
  return stream != nullptr && fakeCudaStreamDevice(stream) >= 0;
}

bool CheckImage(const char* function, const ImageBuffers& image, unsigned planes, size_t row_bytes) {
  for (unsigned c = 0; c < planes; c++) {
    if (fakeCudaKind(image.channel[c]) == kDevice && image.pitch[c] >= row_bytes) continue;
    fakeCudaViolation("%s: channel %u is not device memory with a pitch of %zu or more", function, c, row_bytes);
    return false;
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
    own->work();
    for (Object* object : own->objects) object->pending--;
  };
  if (fakeCudaEnqueue(stream, run, job) == 0) return Status::kSuccess;
  for (Object* object : job->objects) object->pending--;
  delete job;
  return Status::kExecutionFailed;
}

void Deliver(const char* function, const Picture& picture, OutputFormat format, const ImageBuffers& image) {
  const unsigned planes = std::max(1u, PlanesOf(format, picture.channels));
  const size_t row = size_t{picture.width} * (planes > 1 ? 1 : picture.channels * picture.bytes);
  for (unsigned c = 0; c < planes; c++) {
    const size_t bytes = image.pitch[c] * (picture.height - 1) + row;
    auto* to = static_cast<uint8_t*>(fakeCudaBytes(image.channel[c], bytes, function));
    if (to == nullptr) return;
    for (unsigned y = 0; y < picture.height; y++, to += image.pitch[c]) {
      if (planes == 1) {
        std::memcpy(to, picture.At(0, y), row);
      } else {
        for (unsigned x = 0; x < picture.width; x++) to[x] = picture.At(x, y)[c];
      }
    }
  }
}

uint64_t Digest(const unsigned char* data, size_t size) {
  uint64_t digest = 14695981039346656037ull;
  for (size_t i = 0; i < size; i++) digest = (digest ^ data[i]) * 1099511628211ull;
  return digest;
}

}  // namespace fake
