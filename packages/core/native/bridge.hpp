/*
 * The bridge: the functions that src/runtime/runtime.ts declares. One native call takes a whole chunk of tasks, one
 * call of the threadsafe function and one promise bring it back; on empty tasks that costs below 0.5 us each.
 *
 * What must hold between JavaScript's memory and the threads is written above `Environment` (the lifetime rules).
 */
#ifndef POLYCODEC_BRIDGE_HPP
#define POLYCODEC_BRIDGE_HPP

#include <node_api.h>

#include "cuda_buffer.hpp"
#include "environment.hpp"
#include "js_values.hpp"
#include "library.hpp"

namespace polycodec {

/* What an external of JavaScript's points to. */
template <class T, js::HandleKind Kind>
struct Handle {
  static constexpr js::HandleKind kKind = Kind;
  const js::HandleKind kind = kKind;
  T* target;
};
using LibraryHandle = Handle<const Library, js::HandleKind::kLibrary>;
using InstanceHandle = Handle<Instance, js::HandleKind::kInstance>;
using CallHandle = Handle<Call, js::HandleKind::kCall>;
using DeviceBufferHandle = Handle<cuda::DeviceBuffer, js::HandleKind::kDeviceBuffer>;

/*
 * New pixels that no JavaScript has looked at. An ArrayBuffer for each at once would make V8 collect young garbage after
 * every fifty small images, half of a millisecond each, and most of them twice: it counts what young buffers hold.
 */
struct SlabHandle {
  static constexpr js::HandleKind kKind = js::HandleKind::kSlab;
  const js::HandleKind kind = kKind;
  ScopedSlab slab; /* empty: it has been opened or released */
  size_t length;
};

/* The handle's own struct; null: not one of these. */
template <class H>
H* HandleOf(napi_env env, napi_value value) {
  void* data = nullptr;
  if (napi_get_value_external(env, value, &data) != napi_ok || data == nullptr) return nullptr;
  auto* handle = static_cast<H*>(data);
  return handle->kind == H::kKind ? handle : nullptr;
}

/* The external for a buffer, whose reference it takes over; null: the environment is being terminated. */
napi_value DeviceBufferOf(napi_env env, cuda::BufferRef&& buffer);
/* The same for the first `length` bytes of a slab. */
napi_value SlabOf(napi_env env, ScopedSlab&& slab, size_t length);

/* cuda_bridge.cpp */
napi_value CudaInfo(napi_env env, napi_callback_info info);
napi_value WrapDevice(napi_env env, napi_callback_info info);
napi_value DescribeDevice(napi_env env, napi_callback_info info);
napi_value ReleaseDevice(napi_env env, napi_callback_info info);
/* cuda_dlpack.cpp */
napi_value DlpackCapsule(napi_env env, napi_callback_info info);
/* cuda_copies.cpp */
napi_value Upload(napi_env env, napi_callback_info info);
napi_value UploadSync(napi_env env, napi_callback_info info);
napi_value Download(napi_env env, napi_callback_info info);
napi_value CopyDevice(napi_env env, napi_callback_info info);
/* decode.cpp */
napi_value Decode(napi_env env, napi_callback_info info);
napi_value DecodeSync(napi_env env, napi_callback_info info);
/* encode.cpp */
napi_value Encode(napi_env env, napi_callback_info info);
napi_value EncodeSync(napi_env env, napi_callback_info info);
/* file_chunks.cpp */
napi_value ReadRanges(napi_env env, napi_callback_info info);
napi_value ReadRangeSync(napi_env env, napi_callback_info info);
napi_value WriteFile(napi_env env, napi_callback_info info);
/* handles.cpp */
napi_value OpenLibrary(napi_env env, napi_callback_info info);
napi_value CreateInstance(napi_env env, napi_callback_info info);
napi_value InstanceFacts(napi_env env, napi_callback_info info);
napi_value DestroyInstance(napi_env env, napi_callback_info info);
napi_value OpenCall(napi_env env, napi_callback_info info);
napi_value CancelCall(napi_env env, napi_callback_info info);
napi_value GiveUpCall(napi_env env, napi_callback_info info);
/* memory.cpp */
napi_value Allocate(napi_env env, napi_callback_info info);
napi_value Release(napi_env env, napi_callback_info info);
napi_value OpenSlab(napi_env env, napi_callback_info info);
napi_value ReleaseSlab(napi_env env, napi_callback_info info);
napi_value Transform(napi_env env, napi_callback_info info);
napi_value WriteTensor(napi_env env, napi_callback_info info);
/* tables.cpp */
napi_value Tables(napi_env env, napi_callback_info info);

}  // namespace polycodec

#endif
