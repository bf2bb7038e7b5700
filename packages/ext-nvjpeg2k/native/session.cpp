#include "session.hpp"

namespace polycodec::nvjpeg2k {
namespace {

using cuda::Failure;
using cuda::IntegerOption;

constexpr uint64_t kMaxBytes = uint64_t{1} << 50;
constexpr uint64_t kMaxPadding = 1 << 30;

/* One function stands for both: the host's pools take and give in the form that the library calls. */
Allocator AllocatorOf(const cuda::Device& device, cuda::Place place) {
  const bool pinned = place == cuda::Place::kPinned;
  const auto allocate = pinned ? device.api->pinned_malloc : device.api->device_malloc;
  const auto free = pinned ? device.api->pinned_free : device.api->device_free;
  // A stream is a void pointer there, and a pointer to a driver's struct here.
  return {reinterpret_cast<Allocate>(allocate), reinterpret_cast<Free>(free), device.memory};
}

cuda::Device OpenDevice(polycodec_call* call, const SessionOptions& options, const Library& library) {
  // The host says what is missing; the library that is there is worth a word, too.
  if (POLYCODEC_CUDA_OF(host, call) == nullptr) host->warn(call, "found %s", library.text.c_str());
  return cuda::Device(call, options.device, options.max_device_memory, options.max_pinned_memory);
}

}  // namespace

SessionOptions::SessionOptions(const Params& params)
    : device(static_cast<int>(IntegerOption(params, "deviceId", 0, 0, 1023))),
      max_device_memory(IntegerOption(params, "maxDeviceMemory", 0, 0, kMaxBytes)),
      max_pinned_memory(IntegerOption(params, "maxPinnedMemory", 0, 0, kMaxBytes)),
      device_padding(IntegerOption(params, "deviceMemoryPadding", 0, 0, kMaxPadding)),
      pinned_padding(IntegerOption(params, "hostMemoryPadding", 0, 0, kMaxPadding)) {}

Session::Session(polycodec_call* call, const SessionOptions& options, Purpose purpose)
    : library(Library::Open(call)),
      device(OpenDevice(call, options, library)),
      options_(options),
      purpose_(purpose),
      device_allocator_{AllocatorOf(device, cuda::Place::kDevice)},
      pinned_allocator_{AllocatorOf(device, cuda::Place::kPinned)} {
  text = library.text + ", " + cuda::Describe(device);
  if (purpose == Purpose::kEncode && library.version >= kFirstUnknownConfig) {
    throw Failure(POLYCODEC_BACKEND_UNSUPPORTED,
                  "what encoders are told has another layout in every few versions, and is known up to nvJPEG2000 0.11; this is " +
                      text);
  }
}

Session::~Session() {
  if (handle == nullptr && encoder == nullptr) return;
  device.api->set_device(device.index);
  if (handle != nullptr) api().Destroy(handle);
  if (encoder != nullptr) api().EncoderDestroy(encoder);
}

void Session::Enter() {
  std::lock_guard lock(mutex_);
  if (!disabled_.empty()) throw Failure(POLYCODEC_BACKEND_UNSUPPORTED, disabled_ + ", and the backend is off since");
  device.MakeCurrent();
  if (purpose_ == Purpose::kEncode) {
    // The library has no allocators for encoders.
    if (encoder == nullptr) POLYCODEC_NVJPEG2K_CALL(api(), EncoderCreateSimple, &encoder);
  } else if (handle == nullptr) {
    MakeHandle();
  }
}

void Session::MakeHandle() {
  Handle made = nullptr;
  POLYCODEC_NVJPEG2K_CALL(api(), CreateV2, Implementation::kDefault, &device_allocator_, &pinned_allocator_, &made);
  try {
    if (options_.device_padding > 0) POLYCODEC_NVJPEG2K_CALL(api(), SetDeviceMemoryPadding, options_.device_padding, made);
    if (options_.pinned_padding > 0) POLYCODEC_NVJPEG2K_CALL(api(), SetPinnedMemoryPadding, options_.pinned_padding, made);
  } catch (...) {
    api().Destroy(made);
    throw;
  }
  handle = made;
}

void Session::Disable(const std::string& fact) {
  std::lock_guard lock(mutex_);
  if (disabled_.empty()) disabled_ = fact;
}

}  // namespace polycodec::nvjpeg2k
