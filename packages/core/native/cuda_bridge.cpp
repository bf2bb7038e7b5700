/* What JavaScript sees of CUDA: the devices, and pixels on them. */
#include "bridge.hpp"
#include "cuda_loss.hpp"
#include "task_fields.hpp"

namespace polycodec {

namespace {

napi_value DeviceInfo(napi_env env, const cuda::Runtime& runtime, int index) {
  cuda::Device device;
  const cudart::Error error = runtime.DeviceOf(index, device);
  const std::string name = error == cudart::kSuccess ? device.name : runtime.Explain(error, "cudaGetDeviceProperties");
  const std::string capability = std::to_string(device.compute_major) + "." + std::to_string(device.compute_minor);
  napi_value object;
  const bool ok = napi_create_object(env, &object) == napi_ok && js::Set(env, object, "id", js::Number(env, index)) &&
                  js::Set(env, object, "name", js::Text(env, name)) &&
                  js::Set(env, object, "computeCapability", js::Text(env, capability)) &&
                  js::Set(env, object, "totalBytes", js::Number(env, static_cast<double>(device.total_bytes)));
  if (!ok) return nullptr;
  const char* loss = cuda::WhyLost(index);
  return loss == nullptr || js::Set(env, object, "lost", js::Text(env, loss)) ? object : nullptr;
}

}  // namespace

/* The CudaInfo of runtime.ts. */
napi_value CudaInfo(napi_env env, napi_callback_info) {
  std::string why;
  const cuda::Runtime* runtime = cuda::Runtime::Get(why);
  napi_value info, devices;
  if (napi_create_object(env, &info) != napi_ok) return nullptr;
  if (runtime == nullptr) return js::Set(env, info, "reason", js::Text(env, why)) ? info : nullptr;
  const auto count = static_cast<uint32_t>(runtime->device_count());
  if (napi_create_array_with_length(env, count, &devices) != napi_ok) return nullptr;
  for (uint32_t i = 0; i < count; i++) {
    const napi_value device = DeviceInfo(env, *runtime, static_cast<int>(i));
    if (device == nullptr || napi_set_element(env, devices, i, device) != napi_ok) return nullptr;
  }
  const bool ok = js::Set(env, info, "runtimeVersion", js::Text(env, cuda::VersionText(runtime->version()))) &&
                  js::Set(env, info, "driverVersion", js::Text(env, cuda::VersionText(runtime->driver_version()))) &&
                  js::Set(env, info, "path", js::Text(env, runtime->path())) && js::Set(env, info, "devices", devices);
  return ok ? info : nullptr;
}

napi_value DeviceBufferOf(napi_env env, cuda::BufferRef&& buffer) {
  auto* handle = new DeviceBufferHandle{.target = buffer.Detach()};
  const auto finalize = [](napi_env, void* data, void*) {
    auto* own = static_cast<DeviceBufferHandle*>(data);
    if (own->target != nullptr) own->target->Release();
    delete own;
  };
  napi_value value;
  if (napi_create_external(env, handle, finalize, nullptr, &value) == napi_ok) return value;
  finalize(env, handle, nullptr);
  return nullptr;
}

/* (address, length): memory of the user's, which must be a device's. */
napi_value WrapDevice(napi_env env, napi_callback_info info) {
  std::array<napi_value, 2> arguments;
  uint64_t address;
  bool lossless;
  double length;
  if (!js::Arguments(env, info, arguments) ||
      napi_get_value_bigint_uint64(env, arguments[0], &address, &lossless) != napi_ok || !lossless ||
      !js::Read(env, arguments[1], length)) {
    return js::Throw(env, "wrapDevice takes an address, which is a bigint, and a length");
  }
  std::string why;
  const cuda::Runtime* runtime = cuda::Runtime::Get(why);
  auto* pointer = reinterpret_cast<void*>(static_cast<uintptr_t>(address));
  cudart::PointerAttributes attributes{};
  if (runtime != nullptr) {
    const cudart::Error error = runtime->Checked(runtime->functions().cudaPointerGetAttributes(&attributes, pointer));
    if (error != cudart::kSuccess) why = runtime->Explain(error, "cudaPointerGetAttributes");
    else if (attributes.type != cudart::kPointerDevice && attributes.type != cudart::kPointerManaged) {
      why = "the address is not in a CUDA device's memory";
    }
  }
  if (!why.empty()) {
    napi_throw_error(env, nullptr, why.c_str());
    return nullptr;
  }
  return DeviceBufferOf(env, cuda::BufferRef(cuda::DeviceBuffer::Wrap(attributes.device, pointer, ToU64(length))));
}

/* { address, byteLength, deviceId }; undefined: it has been released. */
napi_value DescribeDevice(napi_env env, napi_callback_info info) {
  std::array<napi_value, 1> arguments;
  const auto* handle = js::Arguments(env, info, arguments) ? HandleOf<DeviceBufferHandle>(env, arguments[0]) : nullptr;
  napi_value result, address;
  if (handle == nullptr) return js::Throw(env, "describeDevice takes a device's buffer");
  if (handle->target == nullptr) return napi_get_undefined(env, &result) == napi_ok ? result : nullptr;
  const cuda::DeviceBuffer& buffer = *handle->target;
  const bool ok =
      napi_create_object(env, &result) == napi_ok &&
      napi_create_bigint_uint64(env, reinterpret_cast<uintptr_t>(buffer.data()), &address) == napi_ok &&
      js::Set(env, result, "address", address) &&
      js::Set(env, result, "byteLength", js::Number(env, static_cast<double>(buffer.size()))) &&
      js::Set(env, result, "deviceId", js::Number(env, buffer.device()));
  return ok ? result : nullptr;
}

napi_value ReleaseDevice(napi_env env, napi_callback_info info) {
  std::array<napi_value, 1> arguments;
  auto* handle = js::Arguments(env, info, arguments) ? HandleOf<DeviceBufferHandle>(env, arguments[0]) : nullptr;
  if (handle == nullptr) return js::Throw(env, "releaseDevice takes a device's buffer");
  if (handle->target != nullptr) std::exchange(handle->target, nullptr)->Release();
  return nullptr;
}

}  // namespace polycodec
