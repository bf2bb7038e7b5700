/*
 * Device images as DLPack tensors (version 1), for native consumers of the same process: an external that points to a
 * DLManagedTensorVersioned*. Who takes the tensor over writes null there, and calls its deleter when done, on any thread; else
 * the external's finalizer does.
 */
#include <memory>
#include <vector>

#include "bridge.hpp"

namespace polycodec {

namespace {

/* dlpack.h of DLPack 1.0, as far as it is used. */
struct DLDevice {
  int32_t device_type, device_id;
};
struct DLDataType {
  uint8_t code, bits;
  uint16_t lanes;
};
struct DLTensor {
  void* data;
  DLDevice device;
  int32_t ndim;
  DLDataType dtype;
  int64_t* shape;
  int64_t* strides;
  uint64_t byte_offset;
};
struct DLManagedTensorVersioned {
  struct {
    uint32_t major, minor;
  } version;
  void* manager_ctx;
  void (*deleter)(DLManagedTensorVersioned* self);
  uint64_t flags;
  DLTensor dl_tensor;
};
constexpr int32_t kCuda = 2; /* kDLCUDA */

/* The tensor with what it points to. */
struct Managed {
  DLManagedTensorVersioned tensor{};
  std::vector<int64_t> shape, strides;
  cuda::BufferRef buffer;
};

bool ReadNumbers(napi_env env, napi_value list, std::vector<int64_t>& numbers) {
  uint32_t count;
  if (napi_get_array_length(env, list, &count) != napi_ok) return false;
  for (uint32_t i = 0; i < count; i++) {
    napi_value element;
    double number;
    if (napi_get_element(env, list, i, &element) != napi_ok || !js::Read(env, element, number)) return false;
    numbers.push_back(static_cast<int64_t>(number));
  }
  return true;
}

void Finalize(napi_env, void* data, void*) {
  auto** held = static_cast<DLManagedTensorVersioned**>(data);
  if (*held != nullptr) (*held)->deleter(*held);
  delete held;
}

}  // namespace

/* (buffer, shape, strides in elements, code, bits) */
napi_value DlpackCapsule(napi_env env, napi_callback_info info) {
  std::array<napi_value, 5> arguments;
  auto managed = std::make_unique<Managed>();
  double code, bits;
  const bool given = js::Arguments(env, info, arguments);
  const auto* handle = given ? HandleOf<DeviceBufferHandle>(env, arguments[0]) : nullptr;
  if (handle == nullptr || handle->target == nullptr || !ReadNumbers(env, arguments[1], managed->shape) ||
      !ReadNumbers(env, arguments[2], managed->strides) || managed->shape.size() != managed->strides.size() ||
      !js::Read(env, arguments[3], code) || !js::Read(env, arguments[4], bits)) {
    return js::Throw(env, "dlpackCapsule takes a device's buffer, a shape, strides, a type's code and bits");
  }
  managed->buffer = cuda::BufferRef::Retained(handle->target);
  managed->tensor = {.version = {1, 0}, .manager_ctx = managed.get(),
                     .deleter = [](DLManagedTensorVersioned* self) { delete static_cast<Managed*>(self->manager_ctx); },
                     .flags = 0,
                     .dl_tensor = {.data = handle->target->data(), .device = {kCuda, handle->target->device()},
                                   .ndim = static_cast<int32_t>(managed->shape.size()),
                                   .dtype = {static_cast<uint8_t>(code), static_cast<uint8_t>(bits), 1},
                                   .shape = managed->shape.data(), .strides = managed->strides.data(),
                                   .byte_offset = 0}};
  auto** held = new DLManagedTensorVersioned*(&managed.release()->tensor);
  napi_value external;
  if (napi_create_external(env, held, Finalize, nullptr, &external) == napi_ok) return external;
  Finalize(env, held, nullptr);
  return nullptr;
}

}  // namespace polycodec
