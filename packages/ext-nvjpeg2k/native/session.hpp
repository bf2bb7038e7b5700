/* What a live backend stands on: a device, the library, and a handle of it to decode or to encode with. */
#pragma once

#include <polycodec_cuda_session.hpp>

#include "nvjpeg2k_library.hpp"

namespace polycodec::nvjpeg2k {

using cuda::Owned;

class Session : public cuda::Session<Functions> {
 public:
  enum class Purpose { kDecode, kEncode };

  /* Makes nothing on the device. Throws Failure(BACKEND_UNSUPPORTED) that tells why the backend is off. */
  Session(polycodec_call* call, const Params& params, Purpose purpose);
  ~Session();

  /*
   * To be called before anything else of the device's or the handle's, on every thread: makes the device current, and the
   * handle when it is missing. Throws Failure if that fails.
   */
  void Enter();
  Handle handle() const { return handle_.get(); }     // after Enter, to decode
  Encoder encoder() const { return encoder_.get(); }  // after Enter, to encode

 private:
  void MakeHandle();

  const Purpose purpose_;
  DeviceAllocator device_allocator_;
  PinnedAllocator pinned_allocator_;
  Owned<Handle> handle_;
  Owned<Encoder> encoder_;
};

}  // namespace polycodec::nvjpeg2k
