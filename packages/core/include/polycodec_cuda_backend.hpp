/*
 * polycodec_cuda_backend.hpp - what backends on codec libraries for NVIDIA devices have in common: options, objects of the
 * library's, work whose failure is one task's, tables. Beside it polycodec_cuda_declarations.hpp says what the libraries declare
 * alike, _library.hpp opens one, _session.hpp keeps a device and the library for an instance, _pixels.hpp moves pixels,
 * _encoder.hpp runs an encoder. C++20, header only.
 */
#ifndef POLYCODEC_CUDA_BACKEND_HPP
#define POLYCODEC_CUDA_BACKEND_HPP

#include <cmath>
#include <cstdint>
#include <string>
#include <utility>

#include "polycodec_cuda.hpp"
#include "polycodec_cuda_declarations.hpp"

namespace polycodec::cuda {

/* A number of `params` that must be an integer from `least` to `most`; throws Failure(BACKEND_UNSUPPORTED) if it is not. */
inline uint64_t IntegerOption(const Params& params, const char* name, uint64_t otherwise, uint64_t least, uint64_t most) {
  const double value = params.Number(name, static_cast<double>(otherwise));
  if (std::floor(value) == value && value >= static_cast<double>(least) && value <= static_cast<double>(most)) {
    return static_cast<uint64_t>(value);
  }
  throw Failure(POLYCODEC_BACKEND_UNSUPPORTED, std::string("the option ") + name + " is " + std::to_string(value) +
                                                   ", expected an integer from " + std::to_string(least) + " to " +
                                                   std::to_string(most));
}

/* "CUDA runtime 13.0, driver for CUDA 13.0, device 0 NVIDIA H100 (9.0)": for `doctor`. */
inline std::string Describe(const Device& device) {
  const auto dotted = [](int version) { return std::to_string(version / 1000) + "." + std::to_string(version / 10 % 100); };
  std::string text = "CUDA runtime " + dotted(device.api->runtime_version) + ", driver for CUDA " +
                     dotted(device.api->driver_version) + ", device " + std::to_string(device.index);
  polycodec_cuda_device facts{};
  facts.struct_size = sizeof facts;
  if (device.api->device(device.index, &facts) != 0) return text;
  return text + " " + facts.name + " (" + std::to_string(facts.compute_major) + "." + std::to_string(facts.compute_minor) + ")";
}

/* A pointer of the library's, destroyed by the function given. */
template <class T>
class Owned {
 public:
  using Destroy = Status (*)(T);
  explicit Owned(Destroy destroy) : destroy_(destroy) {}
  ~Owned() { Reset(); }
  Owned(Owned&& other) noexcept : destroy_(other.destroy_), value_(std::exchange(other.value_, nullptr)) {}
  Owned& operator=(Owned&&) = delete;
  T* out() { return &value_; }
  T get() const { return value_; }
  /* The caller destroys it. */
  T Release() { return std::exchange(value_, nullptr); }
  void Reset() {
    if (T value = Release(); value != nullptr) destroy_(value);
  }

 private:
  Destroy destroy_;
  T value_ = nullptr;
};

/*
 * Runs `work` for one task, whose failure becomes the task's status and message. true: it succeeded, and the status is left
 * alone. `broken`, if given, is set when what the work was done with must be made anew.
 */
template <class Work>
bool Try(polycodec_call* call, polycodec_status& status, bool* broken, Work&& work) noexcept {
  bool succeeded = false;
  const polycodec_status outcome = Guarded(call, [&] {
    try {
      work();
      succeeded = true;
      return POLYCODEC_SUCCESS;
    } catch (const Failure& failure) {
      if (failure.what()[0] != 0) host->message(call, "%s", failure.what());
      if (broken != nullptr) *broken |= failure.broken;
      return failure.status;
    }
  });
  if (!succeeded) status = outcome;
  return succeeded;
}

inline void RequireNotCancelled(const polycodec_call* call) {
  if (host->cancelled(call)) throw Failure(POLYCODEC_CANCELLED, "cancelled");
}

/*
 * An instance of a backend: a session for one purpose, and a coder, which works on it and reads options of its own. What their
 * constructors throw is the reason for which the backend is off.
 */
template <class Session, class Coder, auto purpose>
struct Instance {
  Instance(polycodec_call* call, const Params& params) : session(call, params, purpose), coder(session, params) {}

  static polycodec_status Create(polycodec_call* call, const polycodec_params* params, void** instance) {
    polycodec_status status = POLYCODEC_SUCCESS;
    Try(call, status, nullptr, [&] { *instance = new Instance(call, Params(params)); });
    return status;
  }

  /* What the tables of decoders and encoders have in common. */
  template <class Table>
  static constexpr Table BasicTable(const char* id, const char* codec) {
    Table table{};
    table.struct_size = sizeof table;
    table.id = id;
    table.codec = codec;
    table.instance_create = Create;
    table.instance_destroy = [](void* instance) { delete static_cast<Instance*>(instance); };
    table.device_memory = 1;
    table.describe = [](void* instance) { return static_cast<Instance*>(instance)->session.text.c_str(); };
    return table;
  }

  Session session;
  Coder coder;
};

/* The table of a decoder that has Decode(tasks, count, statuses) and, if chunks shall be multiples of something, mini_batch(). */
template <class Session, class Decoder, auto purpose>
constexpr polycodec_decoder DecoderTable(const char* id, const char* codec) {
  using Live = Instance<Session, Decoder, purpose>;
  polycodec_decoder table = Live::template BasicTable<polycodec_decoder>(id, codec);
  table.decode_batch = [](void* instance, const polycodec_decode_task* const* tasks, size_t count,
                          polycodec_status* statuses) {
    static_cast<Live*>(instance)->coder.Decode(tasks, count, statuses);
  };
  if constexpr (requires(const Decoder& decoder) { decoder.mini_batch(); }) {
    table.mini_batch = [](void* instance) { return static_cast<Live*>(instance)->coder.mini_batch(); };
  }
  return table;
}

/* The table of an encoder that has Encode(tasks, count, statuses). */
template <class Session, class Encoder, auto purpose>
constexpr polycodec_encoder EncoderTable(const char* id, const char* codec) {
  using Live = Instance<Session, Encoder, purpose>;
  polycodec_encoder table = Live::template BasicTable<polycodec_encoder>(id, codec);
  table.encode_batch = [](void* instance, const polycodec_encode_task* const* tasks, size_t count,
                          polycodec_status* statuses) {
    static_cast<Live*>(instance)->coder.Encode(tasks, count, statuses);
  };
  return table;
}

}  // namespace polycodec::cuda

#endif
