#include "cuda_runtime.hpp"

#include <dlfcn.h>

#include <algorithm>
#include <atomic>
#include <memory>
#include <mutex>

#include "cuda_library.hpp"
#include "cuda_loss.hpp"

namespace polycodec::cuda {

namespace {

std::atomic<const Runtime*> found{nullptr};
thread_local bool is_own_thread = false;
thread_local int current_device = -1;

bool Bind(void* library, cudart::Functions& functions, std::string& missing) {
  const auto find = [&](const char* name, auto& function) {
    function = reinterpret_cast<std::remove_reference_t<decltype(function)>>(dlsym(library, name));
    if (function == nullptr && missing.empty()) missing = name;
  };
#define POLYCODEC_FIND(name, parameters) find(#name, functions.name);
  POLYCODEC_CUDART_FUNCTIONS(POLYCODEC_FIND)
#undef POLYCODEC_FIND
  find("cudaGetErrorName", functions.cudaGetErrorName);
  find("cudaGetErrorString", functions.cudaGetErrorString);
  const auto properties = dlsym(library, "cudaGetDeviceProperties_v2");
  functions.cudaGetDeviceProperties = reinterpret_cast<cudart::GetDeviceProperties>(properties);
  if (properties == nullptr) find("cudaGetDeviceProperties", functions.cudaGetDeviceProperties);
  return missing.empty();
}

}  // namespace

std::string VersionText(int version) {
  return std::to_string(version / 1000) + "." + std::to_string(version % 1000 / 10);
}

const Runtime* Runtime::Found() { return found.load(std::memory_order_acquire); }

const Runtime* Runtime::Get(std::string& why) {
  if (const Runtime* runtime = Found()) return runtime;
  static auto* mutex = new std::mutex;
  std::lock_guard lock(*mutex);
  if (const Runtime* runtime = Found()) return runtime;
  const Runtime* runtime = Open(why);
  found.store(runtime, std::memory_order_release);
  return runtime;
}

/* A driver that is too old for the newest runtime may do for the one before. */
const Runtime* Runtime::Open(std::string& why) {
  bool is_there = false;
  for (const char* soname : {"libcudart.so.13", "libcudart.so.12"}) {
    std::string missing;
    const Library* library = OpenLibrary("the CUDA runtime", {soname}, missing);
    if (library == nullptr) continue;
    is_there = true;
    auto runtime = std::make_unique<Runtime>();
    runtime->path_ = library->path;
    std::string reason;
    if (Bind(library->handle, runtime->functions_, missing)) {
      reason = runtime->Start();
      if (reason.empty()) return runtime.release();
    } else {
      reason = library->path + " has no " + missing;
    }
    why += (why.empty() ? "" : "; ") + reason;
  }
  if (!is_there) OpenLibrary("the CUDA runtime", {"libcudart.so.13", "libcudart.so.12"}, why);
  return nullptr;
}

/* Empty: it can be used. */
std::string Runtime::Start() {
  const std::string self = path_ + ": ";
  cudart::Error error = Checked(functions_.cudaRuntimeGetVersion(&version_));
  if (error != cudart::kSuccess) return self + Explain(error, "cudaRuntimeGetVersion");
  const std::string is = "the CUDA runtime " + VersionText(version_) + " (" + path_ + ")";
  error = Checked(functions_.cudaDriverGetVersion(&driver_version_));
  if (error != cudart::kSuccess) return self + Explain(error, "cudaDriverGetVersion");
  if (driver_version_ == 0) return is + " is there, but no NVIDIA driver";
  error = Checked(functions_.cudaGetDeviceCount(&device_count_));
  if (error == cudart::kInsufficientDriver) {
    return is + " is too new for the NVIDIA driver, which supports CUDA " + VersionText(driver_version_);
  }
  if (error == cudart::kNoDevice || (error == cudart::kSuccess && device_count_ <= 0)) {
    return is + " and a driver for CUDA " + VersionText(driver_version_) + " are there, but no NVIDIA device";
  }
  if (error != cudart::kSuccess) return self + Explain(error, "cudaGetDeviceCount");
  device_count_ = std::min(device_count_, kMaxDevices);
  return {};
}

std::string Runtime::Explain(cudart::Error error, const char* what) const {
  const char* name = functions_.cudaGetErrorName(error);
  const char* text = functions_.cudaGetErrorString(error);
  return std::string(what) + (*what != '\0' ? ": " : "") + (name != nullptr ? name : "an unknown error") + " (" +
         std::to_string(error) + ")" + (text != nullptr ? std::string(": ") + text : std::string());
}

cudart::Error Runtime::Noted(cudart::Error error, int device) const {
  functions_.cudaGetLastError();
  if (IsFatal(error)) Lose(device, error, Explain(error, ""));
  return error;
}

cudart::Error Runtime::SetDevice(int device) const {
  if (const cudart::Error loss = LossOf(device); loss != cudart::kSuccess) return loss;
  const cudart::Error error = Checked(functions_.cudaSetDevice(device), device);
  if (error == cudart::kSuccess) current_device = device;
  return error;
}

cudart::Error Runtime::DeviceOf(int index, Device& device) const {
  if (index < 0 || index >= device_count_) return cudart::kInvalidDevice;
  const auto properties = std::make_unique<cudart::DeviceProperties>();
  int max_pitch = 0;
  cudart::Error error = Checked(functions_.cudaGetDeviceProperties(properties.get(), index));
  const auto attribute = [&](int which, int& value) {
    if (error == cudart::kSuccess) error = Checked(functions_.cudaDeviceGetAttribute(&value, which, index));
  };
  attribute(cudart::kComputeMajor, device.compute_major);
  attribute(cudart::kComputeMinor, device.compute_minor);
  attribute(cudart::kMaxPitch, max_pitch);
  properties->name[sizeof properties->name - 1] = '\0';
  device.name = properties->name;
  device.total_bytes = properties->total_bytes;
  device.max_pitch = static_cast<uint64_t>(std::max(max_pitch, 0));
  return error;
}

void OwnThread() { is_own_thread = true; }
int CurrentDeviceOfThread() { return current_device; }

CurrentDevice::CurrentDevice(const Runtime& runtime, int device) : runtime_(runtime), error_(LossOf(device)) {
  int current = -1;
  if (error_ == cudart::kSuccess) error_ = runtime.Checked(runtime.functions().cudaGetDevice(&current));
  if (error_ != cudart::kSuccess || current == device) return;
  error_ = runtime.SetDevice(device);
  if (error_ == cudart::kSuccess) before_ = current;
}

CurrentDevice::~CurrentDevice() {
  if (before_ >= 0 && !is_own_thread) runtime_.Checked(runtime_.functions().cudaSetDevice(before_));
}

}  // namespace polycodec::cuda
