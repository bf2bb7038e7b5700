/* What a live backend stands on: a device, the library, and a handle of it made for one implementation. */
#pragma once

#include <polycodec_cuda_session.hpp>

#include "nvjpeg_library.hpp"

namespace polycodec::nvjpeg {

using cuda::Owned;

class Session : public cuda::Session<Functions> {
 public:
  /* Makes nothing on the device. Throws Failure(BACKEND_UNSUPPORTED) that tells why the backend is off. */
  Session(polycodec_call* call, const Params& params, Implementation implementation);
  ~Session();

  bool interpolates() const { return (flags_ & kFlagUpsamplingWithInterpolation) != 0; }
  /*
   * To be called before anything else of the device's or the handle's, on every thread: makes the device current, and the
   * handle when it is missing. Throws Failure if that fails.
   */
  void Enter();
  Handle handle() const { return handle_.get(); }

  const Implementation implementation;  // that the handle is made for
  DeviceAllocator device_allocator;
  PinnedAllocator pinned_allocator;

 private:
  void MakeHandle();

  const unsigned flags_;  // of nvjpegCreateEx
  Owned<Handle> handle_;
};

}  // namespace polycodec::nvjpeg
