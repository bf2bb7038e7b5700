#include "session.hpp"

namespace polycodec::nvjpeg {
namespace {

/* Before it some lossless JPEGs came out wrong without a word: of 9 to 15 bits, or with tables before the frame header. */
constexpr int kFirstWithRightLossless = 130002;

unsigned FlagsOf(const Params& params) {
  const auto extra = static_cast<unsigned>(cuda::IntegerOption(params, "extraFlags", 0, 0, 0xffffffff));
  return extra | (params.Flag("fancyUpsampling", true) ? kFlagUpsamplingWithInterpolation : 0);
}

}  // namespace

Session::Session(polycodec_call* call, const Params& params, Implementation implementation)
    : cuda::Session<Functions>(call, cuda::SessionOptions(params), OpenLibrary(call)),
      implementation(implementation),
      device_allocator{cuda::AllocatorOf(device, cuda::Place::kDevice)},
      pinned_allocator{cuda::AllocatorOf(device, cuda::Place::kPinned)},
      flags_(FlagsOf(params)),
      handle_(api().Destroy) {
  if (implementation == Implementation::kLosslessJpeg && library.version < kFirstWithRightLossless) {
    cuda::Refuse("lossless JPEGs need nvJPEG 13.0.2, before which some come out wrong; this is " + text);
  }
}

Session::~Session() {
  if (handle() != nullptr) device.api->set_device(device.index);
}

void Session::Enter() {
  std::lock_guard lock(mutex_);
  device.MakeCurrent();
  if (handle() == nullptr) MakeHandle();
}

void Session::MakeHandle() {
  Owned<Handle> made(api().Destroy);
  const Status status = api().CreateExV2(implementation, &device_allocator, &pinned_allocator, flags_, made.out());
  try {
    Check(status, "nvjpegCreateExV2");
  } catch (const cuda::Failure& failure) {
    // To make it is the only way to ask whether there are hardware engines, or this way to decode at all.
    const bool is_absent = failure.status == POLYCODEC_CODESTREAM_UNSUPPORTED ||
                           (implementation == Implementation::kHardware && failure.status == POLYCODEC_FAIL);
    throw is_absent ? cuda::Failure(POLYCODEC_BACKEND_UNSUPPORTED, failure.what(), true) : failure;
  }
  if (options.device_padding > 0) POLYCODEC_NVJPEG_CALL(api(), SetDeviceMemoryPadding, options.device_padding, made.get());
  if (options.pinned_padding > 0) POLYCODEC_NVJPEG_CALL(api(), SetPinnedMemoryPadding, options.pinned_padding, made.get());
  *handle_.out() = made.Release();
}

}  // namespace polycodec::nvjpeg
