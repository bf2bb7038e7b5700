/* Libraries, instances and calls, as externals of JavaScript's. */
#include "bridge.hpp"

namespace polycodec {

namespace {

template <class H>
napi_value External(napi_env env, H* handle, napi_finalize finalize) {
  napi_value value;
  if (napi_create_external(env, handle, finalize, nullptr, &value) == napi_ok) return value;
  finalize(env, handle, nullptr);
  return nullptr;
}

template <class Backend>
napi_value Backends(napi_env env, const std::vector<const Backend*>& backends, bool (*is_batch)(const Backend*)) {
  napi_value list;
  if (napi_create_array_with_length(env, backends.size(), &list) != napi_ok) return nullptr;
  for (uint32_t i = 0; i < backends.size(); i++) {
    napi_value entry, batch;
    if (napi_create_object(env, &entry) != napi_ok || napi_get_boolean(env, is_batch(backends[i]), &batch) != napi_ok ||
        !js::Set(env, entry, "id", js::Text(env, backends[i]->id)) ||
        !js::Set(env, entry, "codec", js::Text(env, backends[i]->codec)) || !js::Set(env, entry, "batch", batch) ||
        napi_set_element(env, list, i, entry) != napi_ok) {
      return nullptr;
    }
  }
  return list;
}

std::string OrEmpty(const char* text) { return text != nullptr ? text : ""; }

void FreeInstance(napi_env, void* data, void*) {
  auto* handle = static_cast<InstanceHandle*>(data);
  if (handle->target != nullptr) handle->target->Release();
  delete handle;
}

}  // namespace

napi_value OpenLibrary(napi_env env, napi_callback_info info) {
  std::array<napi_value, 1> arguments;
  std::string path, error;
  bool fresh = false;
  if (!js::Arguments(env, info, arguments) || !js::Read(env, arguments[0], path)) {
    return js::Throw(env, "openLibrary takes a path");
  }
  const Library* library = Library::Open(path, error, fresh);
  if (library == nullptr) {
    napi_throw_error(env, nullptr, error.c_str());
    return nullptr;
  }
  if (fresh) Environment::StopAtExit();
  auto* handle = new LibraryHandle{.target = library};
  const auto free_handle = [](napi_env, void* data, void*) { delete static_cast<LibraryHandle*>(data); };
  const napi_value external = External(env, handle, free_handle);
  const auto decodes_batches = [](const polycodec_decoder* decoder) { return decoder->decode_batch != nullptr; };
  const auto encodes_batches = [](const polycodec_encoder* encoder) { return encoder->encode_batch != nullptr; };
  const polycodec_extension& extension = *library->extension;
  napi_value result;
  if (napi_create_object(env, &result) != napi_ok || !js::Set(env, result, "handle", external) ||
      !js::Set(env, result, "name", js::Text(env, OrEmpty(extension.name))) ||
      !js::Set(env, result, "version", js::Text(env, OrEmpty(extension.version))) ||
      !js::Set(env, result, "libraries", js::Text(env, OrEmpty(extension.libraries))) ||
      !js::Set(env, result, "decoders", Backends<polycodec_decoder>(env, library->decoders, decodes_batches)) ||
      !js::Set(env, result, "encoders", Backends<polycodec_encoder>(env, library->encoders, encodes_batches))) {
    return nullptr;
  }
  return result;
}

napi_value CreateInstance(napi_env env, napi_callback_info info) {
  std::array<napi_value, 4> arguments;
  std::string id, direction;
  polycodec_params options;
  const bool given = js::Arguments(env, info, arguments);
  const LibraryHandle* handle = given ? HandleOf<LibraryHandle>(env, arguments[0]) : nullptr;
  if (handle == nullptr || !js::Read(env, arguments[1], id) || !js::Read(env, arguments[2], direction) ||
      !js::Read(env, arguments[3], options)) {
    return js::Throw(env, "createInstance takes a library, a backend's id, a direction and a flat object of options");
  }
  Instance* instance = nullptr;
  std::string error = handle->target->path + ": has no backend \"" + id + "\" to " + direction;
  polycodec_status status = POLYCODEC_BACKEND_UNSUPPORTED;
  if (direction == "decode") {
    for (const polycodec_decoder* decoder : handle->target->decoders) {
      if (id == decoder->id) instance = Instance::Create(decoder, options, error, status);
    }
  } else {
    for (const polycodec_encoder* encoder : handle->target->encoders) {
      if (id == encoder->id) instance = Instance::Create(encoder, options, error, status);
    }
  }
  if (instance == nullptr) {
    const napi_value reason = js::Error(env, error, "status", js::Number(env, status));
    if (reason != nullptr) napi_throw(env, reason);
    return nullptr;
  }
  return External(env, new InstanceHandle{.target = instance}, FreeInstance);
}

napi_value InstanceFacts(napi_env env, napi_callback_info info) {
  std::array<napi_value, 1> arguments;
  InstanceHandle* handle = js::Arguments(env, info, arguments) ? HandleOf<InstanceHandle>(env, arguments[0]) : nullptr;
  if (handle == nullptr) return js::Throw(env, "instanceFacts takes an instance");
  const Instance* instance = handle->target;  // null when it has been destroyed
  napi_value result;
  if (napi_create_object(env, &result) != napi_ok ||
      !js::Set(env, result, "miniBatch", js::Number(env, instance != nullptr ? instance->MiniBatch() : 1)) ||
      !js::Set(env, result, "libraries", js::Text(env, instance != nullptr ? instance->Description() : ""))) {
    return nullptr;
  }
  return result;
}

napi_value DestroyInstance(napi_env env, napi_callback_info info) {
  std::array<napi_value, 1> arguments;
  InstanceHandle* handle = js::Arguments(env, info, arguments) ? HandleOf<InstanceHandle>(env, arguments[0]) : nullptr;
  if (handle == nullptr) return js::Throw(env, "destroyInstance takes an instance");
  if (handle->target != nullptr) handle->target->Release();
  handle->target = nullptr;
  return nullptr;
}

napi_value OpenCall(napi_env env, napi_callback_info info) {
  std::array<napi_value, 1> arguments;
  napi_value property;
  std::string urgency;
  if (!js::Arguments(env, info, arguments) ||
      napi_get_named_property(env, arguments[0], "urgency", &property) != napi_ok || !js::Read(env, property, urgency)) {
    return js::Throw(env, "openCall takes an urgency");
  }
  auto* call = new Call(urgency == "interactive" ? Urgency::kInteractive : Urgency::kBatch);
  return External(env, new CallHandle{.target = call}, [](napi_env, void* data, void*) {
    auto* handle = static_cast<CallHandle*>(data);
    handle->target->Release();
    delete handle;
  });
}

napi_value CancelCall(napi_env env, napi_callback_info info) {
  std::array<napi_value, 1> arguments;
  const CallHandle* handle = js::Arguments(env, info, arguments) ? HandleOf<CallHandle>(env, arguments[0]) : nullptr;
  if (handle == nullptr) return js::Throw(env, "cancelCall takes a call");
  Executor::Shared().Cancel(handle->target);
  return nullptr;
}

napi_value GiveUpCall(napi_env env, napi_callback_info info) {
  std::array<napi_value, 1> arguments;
  const CallHandle* handle = js::Arguments(env, info, arguments) ? HandleOf<CallHandle>(env, arguments[0]) : nullptr;
  if (handle == nullptr) return js::Throw(env, "giveUpCall takes a call");
  Executor::Shared().GiveUp(handle->target);
  return nullptr;
}

}  // namespace polycodec
