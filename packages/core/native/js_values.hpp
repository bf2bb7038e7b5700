/*
 * Reading and making JavaScript values. Plain Node-API calls: each answers false (or null) where the value is not what
 * it should be, and where the environment is being terminated; none throws.
 */
#ifndef POLYCODEC_JS_VALUES_HPP
#define POLYCODEC_JS_VALUES_HPP

#include <node_api.h>

#include <array>
#include <string>

#include "host.hpp"
#include "slabs.hpp"

namespace polycodec::js {

struct Bytes {
  uint8_t* data = nullptr;
  size_t size = 0;
};

/* The call's arguments; undefined where there are fewer. */
template <size_t N>
bool Arguments(napi_env env, napi_callback_info info, std::array<napi_value, N>& arguments) {
  size_t count = N;
  return napi_get_cb_info(env, info, &count, arguments.data(), nullptr, nullptr) == napi_ok;
}

/* Throws a TypeError; returns null, for `return js::Throw(...)`. */
napi_value Throw(napi_env env, const char* message);

bool Read(napi_env env, napi_value value, double& number);
bool Read(napi_env env, napi_value value, bool& truth);
bool Read(napi_env env, napi_value value, std::string& text);
/* A Uint8Array (or a Buffer). */
bool Read(napi_env env, napi_value value, Bytes& bytes);
/* A flat object of booleans, numbers and strings. */
bool Read(napi_env env, napi_value value, polycodec_params& params);
/* A Float64Array. */
bool ReadNumbers(napi_env env, napi_value value, const double** numbers, size_t* count);
bool ReadNumber(napi_env env, napi_value object, const char* name, double& number);
bool IsUndefined(napi_env env, napi_value value);

napi_value Number(napi_env env, double number);
napi_value Text(napi_env env, const std::string& text);
bool Set(napi_env env, napi_value object, const char* name, napi_value value);
/* An Error with these properties besides its message. */
napi_value Error(napi_env env, const std::string& message, const char* property, napi_value value);

/* An ArrayBuffer of `length` bytes on a slab; a copy in V8's memory, and the slab left, where the environment allows none of ours. */
napi_value BufferOf(napi_env env, ScopedSlab&& slab, size_t length);
/*
 * An ArrayBuffer of `size` bytes, not zeroed, that V8 did not allocate itself: before each that it does, it collects
 * young garbage if there are 32 MiB of young pixels, which means every fifty small images.
 */
napi_value NewBuffer(napi_env env, size_t size, uint8_t** bytes);

/* Handles are externals; the first word of what they point to says what it is. */
enum class HandleKind : uint64_t { kLibrary = 0x706f6c796c696200, kInstance, kCall, kDeviceBuffer, kSlab };

}  // namespace polycodec::js

#endif
