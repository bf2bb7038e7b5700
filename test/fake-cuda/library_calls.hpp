/*
 * What the functions of the fake codec libraries do alike. `function`: the caller's name, for violations. FAKES: see fake_cuda.h.
 */
#pragma once

#include <library_objects.hpp>

#include <cstdlib>

/* Of the fake runtime, which these libraries are linked to. */
extern "C" int cudaSetDevice(int device);

namespace fake {

using polycodec::cuda::Property;

/* A number of the environment. */
inline long Setting(const char* name, long otherwise) {
  const char* text = std::getenv(name);
  return text != nullptr && *text != 0 ? std::atol(text) : otherwise;
}

/* `version`: 130302 is 13.3.2. `last`: the last status that the library has. */
inline Status GetProperty(const char* function, long version, Status last, Property property, int* value) {
  // Works without a driver, too, of which fakeCudaEnter tells by an error of CUDA's.
  if (const int injected = fakeCudaEnter(function); injected > 0 && injected <= static_cast<int>(last)) {
    return static_cast<Status>(injected);
  }
  *value = static_cast<int>(property == Property::kMajor   ? version / 10000
                            : property == Property::kMinor ? version / 100 % 100
                                                           : version % 100);
  return Status::kSuccess;
}

template <class T>
Status DestroyShared(const char* function, T* shared) {
  if (!CheckShared(function, shared)) return Status::kInvalidParameter;
  if (shared->children != 0) fakeCudaViolation("%s: %d objects of the %s are alive", function, shared->children.load(), T::kKind);
  delete shared;
  return Status::kSuccess;
}

template <class Handle>
Status SetPadding(const char* function, Handle* handle, size_t Handle::*padding, size_t bytes) {
  if (!CheckShared(function, handle) || bytes == 0) return Status::kInvalidParameter;
  handle->*padding = bytes;
  return Status::kSuccess;
}

/* Makes what belongs to a handle. */
template <class Handle, class T, class... Arguments>
Status Make(const char* function, Handle* handle, T** made, Arguments... arguments) {
  if (!CheckShared(function, handle) || made == nullptr) return Status::kInvalidParameter;
  *made = new T(handle, arguments...);
  return Status::kSuccess;
}

template <class T>
Status Destroy(const char* function, T* object) {
  if (const Use use(function, object); !use) return Status::kInvalidParameter;
  delete object;
  return Status::kSuccess;
}

/*
 * The bytes of an encoder's state. Without `data` their number, which is known when the picture is done; with it the bytes, in the
 * stream's order.
 */
template <class Handle, class State>
Status RetrieveBitstream(const char* function, Handle* handle, State* state, unsigned char* data, size_t* length, void* stream) {
  const Use use(function, state);
  if (!CheckShared(function, handle) || !use || length == nullptr || !state->bytes) return Status::kInvalidParameter;
  if (data == nullptr) {
    if (state->pending > 0) fakeCudaViolation("%s: the size is asked for before the picture is done", function);
    *length = state->bytes->size();
    return Status::kSuccess;
  }
  if (*length < state->bytes->size()) return Status::kInvalidParameter;
  *length = state->bytes->size();
  return Enqueue(function, stream, {state}, [data, bytes = state->bytes] { std::memcpy(data, bytes->data(), bytes->size()); });
}

}  // namespace fake
