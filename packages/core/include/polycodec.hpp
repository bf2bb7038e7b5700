/*
 * polycodec.hpp - C++20 convenience over polycodec.h: a backend is a struct of types and one function.
 *
 *     struct Png {
 *       static constexpr const char* kId = "libspng";
 *       static constexpr const char* kCodec = "png";
 *       struct Options { explicit Options(const polycodec::Params& params); };       // optional
 *       struct Worker { explicit Worker(const Options&); std::vector<uint8_t> row; }; // what a thread keeps
 *       static polycodec_status Decode(Worker&, const polycodec_decode_task&);
 *     };
 *     constexpr polycodec_decoder kPng = polycodec::Decoder<Png>();
 *
 * Exceptions may be thrown inside; they end here as a status, for none may cross the C interface. Header only.
 */
#ifndef POLYCODEC_HPP
#define POLYCODEC_HPP

#include <concepts>
#include <exception>
#include <new>
#include <type_traits>

#include "polycodec.h"

namespace polycodec {

/*
 * The host table: set by POLYCODEC_EXTENSION before any other function of the extension runs. Hidden, so that two
 * extensions in one process do not share it.
 */
#if defined(__GNUC__)
__attribute__((visibility("hidden")))
#endif
inline const polycodec_host* host = nullptr;

/* Named values. Valid while the call it was given to runs. */
class Params {
 public:
  explicit Params(const polycodec_params* params) : params_(params) {}
  double Number(const char* name, double otherwise) const {
    return params_ != nullptr ? host->number(params_, name, otherwise) : otherwise;
  }
  bool Flag(const char* name, bool otherwise) const { return Number(name, otherwise ? 1 : 0) != 0; }
  const char* Text(const char* name, const char* otherwise) const {
    return params_ != nullptr ? host->text(params_, name, otherwise) : otherwise;
  }

 private:
  const polycodec_params* params_;
};

/* Runs `work`; what it throws becomes a status and a message. */
template <std::invocable Work>
polycodec_status Guarded(polycodec_call* call, Work&& work) noexcept {
  const char* fact;
  polycodec_status status = POLYCODEC_FAIL;
  try {
    return work();
  } catch (const std::bad_alloc&) {
    fact = "out of memory";
    status = POLYCODEC_OUT_OF_MEMORY;
  } catch (const std::exception& error) {
    if (call != nullptr) host->message(call, "unexpected exception: %s", error.what());
    return status;
  } catch (...) {
    fact = "unexpected exception";
  }
  if (call != nullptr) host->message(call, "%s", fact);
  return status;
}

namespace detail {

struct NoOptions {
  explicit NoOptions(const Params&) {}
};

template <class Backend>
struct OptionsOf {
  using type = NoOptions;
};
template <class Backend>
  requires requires { typename Backend::Options; }
struct OptionsOf<Backend> {
  using type = typename Backend::Options;
};

/* The four functions that make and destroy what a backend keeps. */
template <class Backend>
struct Kept {
  using Options = typename OptionsOf<Backend>::type;
  using Worker = typename Backend::Worker;

  static polycodec_status CreateInstance(polycodec_call* call, const polycodec_params* params, void** instance) {
    return Guarded(call, [&] {
      *instance = new Options(Params(params));
      return POLYCODEC_SUCCESS;
    });
  }
  static void DestroyInstance(void* instance) { delete static_cast<Options*>(instance); }

  static polycodec_status CreateWorker(void* instance, void** worker) {
    return Guarded(nullptr, [&] {
      if constexpr (std::constructible_from<Worker, const Options&>) {
        *worker = new Worker(*static_cast<const Options*>(instance));
      } else {
        *worker = new Worker();
      }
      return POLYCODEC_SUCCESS;
    });
  }
  static void DestroyWorker(void* worker) { delete static_cast<Worker*>(worker); }
};

}  // namespace detail

/* The table of a decoder that works sample by sample. */
template <class Backend>
constexpr polycodec_decoder Decoder() {
  using Kept = detail::Kept<Backend>;
  return {
      .struct_size = sizeof(polycodec_decoder),
      .id = Backend::kId,
      .codec = Backend::kCodec,
      .instance_create = Kept::CreateInstance,
      .instance_destroy = Kept::DestroyInstance,
      .worker_create = Kept::CreateWorker,
      .worker_destroy = Kept::DestroyWorker,
      .decode =
          [](void* worker, const polycodec_decode_task* task) {
            return Guarded(task->call,
                           [&] { return Backend::Decode(*static_cast<typename Kept::Worker*>(worker), *task); });
          },
      .decode_batch = nullptr,
      .device_memory = 0,
      .mini_batch = nullptr,
      .describe = nullptr,
      .decode_pair = nullptr,
      .pairs = nullptr,
  };
}

/* The table of an encoder that works sample by sample. */
template <class Backend>
constexpr polycodec_encoder Encoder() {
  using Kept = detail::Kept<Backend>;
  return {
      .struct_size = sizeof(polycodec_encoder),
      .id = Backend::kId,
      .codec = Backend::kCodec,
      .instance_create = Kept::CreateInstance,
      .instance_destroy = Kept::DestroyInstance,
      .worker_create = Kept::CreateWorker,
      .worker_destroy = Kept::DestroyWorker,
      .encode =
          [](void* worker, const polycodec_encode_task* task) {
            return Guarded(task->call,
                           [&] { return Backend::Encode(*static_cast<typename Kept::Worker*>(worker), *task); });
          },
      .encode_batch = nullptr,
      .device_memory = 0,
      .mini_batch = nullptr,
      .describe = nullptr,
  };
}

}  // namespace polycodec

/* Defines the one exported symbol. Declines a host that is older than this header. */
#define POLYCODEC_EXTENSION(table)                                                                            \
  extern "C" POLYCODEC_EXPORT const polycodec_extension* polycodec_extension_v1(const polycodec_host* given) { \
    if (given == nullptr || given->abi_version < POLYCODEC_ABI_VERSION ||                                     \
        given->struct_size < sizeof(polycodec_host)) {                                                        \
      return nullptr;                                                                                         \
    }                                                                                                         \
    polycodec::host = given;                                                                                  \
    return &(table);                                                                                          \
  }

#endif /* POLYCODEC_HPP */
