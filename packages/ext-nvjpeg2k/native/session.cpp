#include "session.hpp"

namespace polycodec::nvjpeg2k {

Session::Session(polycodec_call* call, const Params& params, Purpose purpose)
    : cuda::Session<Functions>(call, cuda::SessionOptions(params), OpenLibrary(call)),
      purpose_(purpose),
      device_allocator_{cuda::AllocatorOf(device, cuda::Place::kDevice)},
      pinned_allocator_{cuda::AllocatorOf(device, cuda::Place::kPinned)},
      handle_(api().Destroy),
      encoder_(api().EncoderDestroy) {
  if (purpose == Purpose::kEncode && library.version >= kFirstUnknownConfig) {
    cuda::Refuse("what encoders are told has another layout in every few versions, and is known up to nvJPEG2000 0.11; this is " +
                 text);
  }
}

Session::~Session() {
  if (handle() != nullptr || encoder() != nullptr) device.api->set_device(device.index);
}

void Session::Enter() {
  std::lock_guard lock(mutex_);
  device.MakeCurrent();
  if (purpose_ == Purpose::kEncode) {
    // The library has no allocators for encoders.
    if (encoder() == nullptr) POLYCODEC_NVJPEG2K_CALL(api(), EncoderCreateSimple, encoder_.out());
  } else if (handle() == nullptr) {
    MakeHandle();
  }
}

void Session::MakeHandle() {
  Owned<Handle> made(api().Destroy);
  POLYCODEC_NVJPEG2K_CALL(api(), CreateV2, Implementation::kDefault, &device_allocator_, &pinned_allocator_, made.out());
  if (options.device_padding > 0) POLYCODEC_NVJPEG2K_CALL(api(), SetDeviceMemoryPadding, options.device_padding, made.get());
  if (options.pinned_padding > 0) POLYCODEC_NVJPEG2K_CALL(api(), SetPinnedMemoryPadding, options.pinned_padding, made.get());
  *handle_.out() = made.Release();
}

}  // namespace polycodec::nvjpeg2k
