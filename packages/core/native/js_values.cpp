#include "js_values.hpp"

#include <cstdlib>
#include <cstring>

#include "pixel_pressure.hpp"

namespace polycodec::js {

napi_value Throw(napi_env env, const char* message) {
  napi_throw_type_error(env, "ERR_POLYCODEC_INVALID_ARGUMENT", message);
  return nullptr;
}

bool Read(napi_env env, napi_value value, double& number) {
  return napi_get_value_double(env, value, &number) == napi_ok;
}

bool Read(napi_env env, napi_value value, bool& truth) { return napi_get_value_bool(env, value, &truth) == napi_ok; }

bool Read(napi_env env, napi_value value, std::string& text) {
  char most[1024];
  size_t length;
  if (napi_get_value_string_utf8(env, value, most, sizeof most, &length) != napi_ok) return false;
  // Close to the end, a character of several bytes may not have fitted in.
  if (length < sizeof most - 4) {
    text.assign(most, length);
    return true;
  }
  if (napi_get_value_string_utf8(env, value, nullptr, 0, &length) != napi_ok) return false;
  text.resize(length + 1);
  if (napi_get_value_string_utf8(env, value, text.data(), length + 1, &length) != napi_ok) return false;
  text.resize(length);
  return true;
}

bool Read(napi_env env, napi_value value, Bytes& bytes) {
  napi_typedarray_type type;
  void* data;
  if (napi_get_typedarray_info(env, value, &type, &bytes.size, &data, nullptr, nullptr) != napi_ok) return false;
  bytes.data = static_cast<uint8_t*>(data);
  return type == napi_uint8_array || type == napi_uint8_clamped_array;
}

bool ReadNumbers(napi_env env, napi_value value, const double** numbers, size_t* count) {
  napi_typedarray_type type;
  void* data;
  if (napi_get_typedarray_info(env, value, &type, count, &data, nullptr, nullptr) != napi_ok) return false;
  *numbers = static_cast<const double*>(data);
  return type == napi_float64_array;
}

bool Read(napi_env env, napi_value value, polycodec_params& params) {
  napi_value names;
  uint32_t count;
  if (napi_get_property_names(env, value, &names) != napi_ok || napi_get_array_length(env, names, &count) != napi_ok) {
    return false;
  }
  params.entries.reserve(count);
  for (uint32_t i = 0; i < count; i++) {
    napi_value name, property;
    napi_valuetype type;
    polycodec_params::Entry entry{};
    if (napi_get_element(env, names, i, &name) != napi_ok || !Read(env, name, entry.name) ||
        napi_get_property(env, value, name, &property) != napi_ok || napi_typeof(env, property, &type) != napi_ok) {
      return false;
    }
    bool truth = false;
    if (type == napi_undefined) continue;
    if (type == napi_boolean && Read(env, property, truth)) {
      entry.number = truth ? 1 : 0;
    } else if (type == napi_string && Read(env, property, entry.text)) {
      entry.is_text = true;
    } else if (type != napi_number || !Read(env, property, entry.number)) {
      return false;
    }
    params.entries.push_back(std::move(entry));
  }
  return true;
}

bool ReadNumber(napi_env env, napi_value object, const char* name, double& number) {
  napi_value value;
  return napi_get_named_property(env, object, name, &value) == napi_ok && Read(env, value, number);
}

bool IsUndefined(napi_env env, napi_value value) {
  napi_valuetype type;
  return napi_typeof(env, value, &type) == napi_ok && (type == napi_undefined || type == napi_null);
}

napi_value Number(napi_env env, double number) {
  napi_value value;
  return napi_create_double(env, number, &value) == napi_ok ? value : nullptr;
}

napi_value Text(napi_env env, const std::string& text) {
  napi_value value;
  return napi_create_string_utf8(env, text.data(), text.size(), &value) == napi_ok ? value : nullptr;
}

bool Set(napi_env env, napi_value object, const char* name, napi_value value) {
  return value != nullptr && napi_set_named_property(env, object, name, value) == napi_ok;
}

napi_value Error(napi_env env, const std::string& message, const char* property, napi_value value) {
  napi_value error;
  const napi_value text = Text(env, message);
  if (text == nullptr || napi_create_error(env, nullptr, text, &error) != napi_ok) return nullptr;
  return Set(env, error, property, value) ? error : nullptr;
}

napi_value BufferOf(napi_env env, ScopedSlab&& slab, size_t length) {
  napi_value buffer;
  if (length > 0) {
    const auto give_back = [](napi_env env, void* base, void* capacity) {
      pixel_pressure::Closed(env, base);
      SlabPool::Shared().Give({static_cast<uint8_t*>(base), reinterpret_cast<size_t>(capacity)});
    };
    const napi_status status = napi_create_external_arraybuffer(env, slab.data(), length, give_back,
                                                                reinterpret_cast<void*>(slab.capacity()), &buffer);
    if (status == napi_ok) {
      pixel_pressure::Opened(env, slab.data(), length);
      slab.Detach();  // the finalizer's now
      return buffer;
    }
    if (status != napi_no_external_buffers_allowed) return nullptr;
  }
  void* data;
  if (napi_create_arraybuffer(env, length, &data, &buffer) != napi_ok) return nullptr;
  if (length > 0) std::memcpy(data, slab.data(), length);
  return buffer;
}

napi_value NewBuffer(napi_env env, size_t size, uint8_t** bytes) {
  napi_value buffer;
  void* data = std::malloc(size);
  if (size > 0 && data != nullptr) {
    const auto give_back = [](napi_env, void* base, void*) { std::free(base); };
    const napi_status status = napi_create_external_arraybuffer(env, data, size, give_back, nullptr, &buffer);
    *bytes = static_cast<uint8_t*>(data);
    if (status == napi_ok) return buffer;
  }
  std::free(data);
  if (napi_create_arraybuffer(env, size, &data, &buffer) != napi_ok) return nullptr;
  *bytes = static_cast<uint8_t*>(data);
  return buffer;
}

}  // namespace polycodec::js
