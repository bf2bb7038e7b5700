#include "session.hpp"

namespace polycodec::nvjpeg {
namespace {

using cuda::Failure;
using cuda::IntegerOption;

constexpr uint64_t kMaxBytes = uint64_t{1} << 50;
constexpr uint64_t kMaxPadding = 1 << 30;
/* Before it some lossless JPEGs came out wrong without a word: of 9 to 15 bits, or with tables before the frame header. */
constexpr int kFirstWithRightLossless = 130002;

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
      fancy_upsampling(params.Flag("fancyUpsampling", true)),
      extra_flags(static_cast<unsigned>(IntegerOption(params, "extraFlags", 0, 0, 0xffffffff))),
      device_padding(IntegerOption(params, "deviceMemoryPadding", 0, 0, kMaxPadding)),
      pinned_padding(IntegerOption(params, "hostMemoryPadding", 0, 0, kMaxPadding)) {}

Session::Session(polycodec_call* call, const SessionOptions& options, Implementation implementation)
    : library(Library::Open(call)),
      device(OpenDevice(call, options, library)),
      flags(options.extra_flags | (options.fancy_upsampling ? kFlagUpsamplingWithInterpolation : 0)),
      device_allocator{AllocatorOf(device, cuda::Place::kDevice)},
      pinned_allocator{AllocatorOf(device, cuda::Place::kPinned)},
      options_(options),
      implementation_(implementation) {
  text = library.text + ", " + cuda::Describe(device);
  if (implementation == Implementation::kLosslessJpeg && library.version < kFirstWithRightLossless) {
    throw Failure(POLYCODEC_BACKEND_UNSUPPORTED, "lossless JPEGs need nvJPEG 13.0.2, before which some come out wrong; this is " + text);
  }
}

Session::~Session() {
  if (handle == nullptr) return;
  device.api->set_device(device.index);
  api().Destroy(handle);
}

void Session::Enter() {
  std::lock_guard lock(mutex_);
  if (!disabled_.empty()) throw Failure(POLYCODEC_BACKEND_UNSUPPORTED, disabled_ + ", and the backend is off since");
  device.MakeCurrent();
  if (handle == nullptr) MakeHandle();
}

void Session::MakeHandle() {
  Handle made = nullptr;
  const Status status = api().CreateExV2(implementation_, &device_allocator, &pinned_allocator, flags, &made);
  if (status != Status::kSuccess) {
    // A mismatch is the library's answer where there are no hardware engines.
    throw Failure(POLYCODEC_BACKEND_UNSUPPORTED, std::string("nvjpegCreateExV2: ") + StatusName(status),
                  status == Status::kArchMismatch);
  }
  try {
    if (options_.device_padding > 0) POLYCODEC_NVJPEG_CALL(api(), SetDeviceMemoryPadding, options_.device_padding, made);
    if (options_.pinned_padding > 0) POLYCODEC_NVJPEG_CALL(api(), SetPinnedMemoryPadding, options_.pinned_padding, made);
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

}  // namespace polycodec::nvjpeg
