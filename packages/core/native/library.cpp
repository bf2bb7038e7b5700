#include "library.hpp"

#include <dlfcn.h>
#include <stdlib.h>

#include <algorithm>
#include <condition_variable>
#include <cstring>
#include <map>

namespace polycodec {

namespace {

std::atomic<size_t> live_instances{0}, live_workers{0};

/* How many instances' own threads are destroying them. */
class Dying {
 public:
  static Dying& Shared() {
    static auto* dying = new Dying;
    return *dying;
  }
  void Change(int by) {
    std::lock_guard lock(mutex_);
    count_ += by;
    changed_.notify_all();
  }
  bool Await(std::chrono::steady_clock::time_point until) {
    std::unique_lock lock(mutex_);
    return changed_.wait_until(lock, until, [this] { return count_ == 0; });
  }

 private:
  std::mutex mutex_;
  std::condition_variable changed_;
  int count_ = 0;
};

/* The sizes of version 1: what an extension must have at least. Later fields are looked at only if they are there. */
constexpr size_t kMinExtension = offsetof(polycodec_extension, libraries) + sizeof(const char*);
constexpr size_t kMinDecoder = offsetof(polycodec_decoder, decode_batch) + sizeof(void*);
constexpr size_t kMinEncoder = offsetof(polycodec_encoder, encode_batch) + sizeof(void*);

bool HasOneWay(const polycodec_decoder* d) { return (d->decode != nullptr) != (d->decode_batch != nullptr); }
bool HasOneWay(const polycodec_encoder* e) { return (e->encode != nullptr) != (e->encode_batch != nullptr); }

template <class Backend>
bool Collect(const Backend* const* list, size_t minimum, std::vector<const Backend*>& into, std::string& error) {
  for (; list != nullptr && *list != nullptr; list++) {
    const Backend* backend = *list;
    if (backend->struct_size < minimum || backend->id == nullptr || backend->codec == nullptr || !HasOneWay(backend)) {
      error = "a backend's table is incomplete: it needs its size, id, codec, and either the per-sample or the batch "
              "function";
      return false;
    }
    into.push_back(backend);
  }
  return true;
}

const Library* OpenNew(const std::string& path, std::string& error) {
  int flags = RTLD_NOW | RTLD_LOCAL;
#if !defined(__SANITIZE_ADDRESS__)
  flags |= RTLD_DEEPBIND;  // a bundled library's `inflate` must not bind to the one in node
#endif
  void* handle = dlopen(path.c_str(), flags);
  if (handle == nullptr) {
    const char* reason = dlerror();
    error = reason != nullptr ? reason : "dlopen gives no reason";
    return nullptr;
  }
  auto entry = reinterpret_cast<polycodec_extension_v1_fn>(dlsym(handle, "polycodec_extension_v1"));
  if (entry == nullptr) {
    error = path + ": exports no polycodec_extension_v1";
    return nullptr;
  }
  const polycodec_extension* extension = entry(HostTable());
  if (extension == nullptr) {
    error = path + ": declines to work with this version of Polycodec";
    return nullptr;
  }
  if (extension->struct_size < kMinExtension || extension->abi_version != POLYCODEC_ABI_VERSION) {
    error = path + ": is made for version " + std::to_string(extension->abi_version) +
            " of polycodec.h; this is version " + std::to_string(POLYCODEC_ABI_VERSION);
    return nullptr;
  }
  auto* library = new Library{.path = path, .extension = extension, .decoders = {}, .encoders = {}};
  if (!Collect(extension->decoders, kMinDecoder, library->decoders, error) ||
      !Collect(extension->encoders, kMinEncoder, library->encoders, error)) {
    error = path + ": " + error;
    delete library;
    return nullptr;
  }
  return library;
}

}  // namespace

const Library* Library::Open(const std::string& path, std::string& error, bool& fresh) {
  static auto* mutex = new std::mutex;
  static auto* open = new std::map<std::string, const Library*>;
  char* real = realpath(path.c_str(), nullptr);
  const std::string key = real != nullptr ? real : path;
  free(real);
  std::lock_guard lock(*mutex);
  if (auto known = open->find(key); known != open->end()) return known->second;
  const Library* library = OpenNew(key, error);
  fresh = library != nullptr;
  if (fresh) open->emplace(key, library);
  return library;
}

/* A field that tables from before it do not have. */
bool TakesDeviceMemory(const polycodec_decoder* d) {
  return d->struct_size >= offsetof(polycodec_decoder, device_memory) + sizeof d->device_memory && d->device_memory != 0;
}
bool TakesDeviceMemory(const polycodec_encoder* e) {
  return e->struct_size >= offsetof(polycodec_encoder, device_memory) + sizeof e->device_memory && e->device_memory != 0;
}

int DeviceIn(const polycodec_params& options) {
  for (const polycodec_params::Entry& entry : options.entries) {
    if (entry.name == "deviceId" && !entry.is_text && entry.number >= 0) return static_cast<int>(entry.number);
  }
  return 0;
}

template <class Backend>
Instance* Instance::CreateFrom(const Backend* backend, const polycodec_params& options, std::string& error,
                               polycodec_status& status) {
  void* state = nullptr;
  status = POLYCODEC_SUCCESS;
  if (backend->instance_create != nullptr) {
    polycodec_call call;
    status = backend->instance_create(&call, &options, &state);
    if (status != POLYCODEC_SUCCESS) {
      error = call.notes && !call.notes->message.empty() ? call.notes->message : "gives no reason";
      if (call.notes) {
        for (const std::string& warning : call.notes->warnings) error += "; " + warning;
      }
      return nullptr;
    }
  }
  auto* instance = new Instance;
  instance->state_ = state;
  if (TakesDeviceMemory(backend)) instance->device_ = DeviceIn(options);
  live_instances++;
  return instance;
}

Instance* Instance::Create(const polycodec_decoder* decoder, const polycodec_params& options, std::string& error,
                           polycodec_status& status) {
  Instance* instance = CreateFrom(decoder, options, error, status);
  if (instance != nullptr) instance->decoder_ = decoder;
  return instance;
}

Instance* Instance::Create(const polycodec_encoder* encoder, const polycodec_params& options, std::string& error,
                           polycodec_status& status) {
  Instance* instance = CreateFrom(encoder, options, error, status);
  if (instance != nullptr) instance->encoder_ = encoder;
  return instance;
}

Instance::~Instance() {
  const auto destroy_worker = decoder_ != nullptr ? decoder_->worker_destroy : encoder_->worker_destroy;
  const auto destroy = decoder_ != nullptr ? decoder_->instance_destroy : encoder_->instance_destroy;
  for (uint32_t i = 0; i < kSeats; i++) {
    if (!workers_[i].made) continue;
    if (destroy_worker != nullptr) destroy_worker(workers_[i].object);
    live_workers--;
  }
  const auto end = [destroy, state = state_] {
    if (destroy != nullptr) destroy(state);
    live_instances--;
  };
  if (!dispatcher_) {
    end();
    return;
  }
  // What it has on a device goes by a thread that may wait for the device: the last reference goes on the JavaScript thread.
  auto& dying = Dying::Shared();
  dying.Change(1);
  dispatcher_->Post([end, &dying] {
    end();
    dying.Change(-1);
  });
}

bool Instance::AwaitDestroyed(std::chrono::steady_clock::time_point until) { return Dying::Shared().Await(until); }

polycodec_status Instance::WorkerOf(uint32_t thread, void** worker) {
  Worker& own = workers_[thread];
  if (!own.made) {
    const auto create = decoder_ != nullptr ? decoder_->worker_create : encoder_->worker_create;
    if (create == nullptr) {
      *worker = state_;  // a backend that keeps nothing per thread works with its instance
      return POLYCODEC_SUCCESS;
    }
    const polycodec_status status = create(state_, &own.object);
    if (status != POLYCODEC_SUCCESS) return status;
    own.made = true;
    live_workers++;
  }
  *worker = own.object;
  return POLYCODEC_SUCCESS;
}

namespace {

/* A field that is newer than version 1; null where the table ends before it. */
#define POLYCODEC_NEWER(table, field) \
  ((table)->struct_size >= offsetof(std::remove_cvref_t<decltype(*(table))>, field) + sizeof((table)->field) ? (table)->field : nullptr)

template <class Backend>
uint32_t MiniBatchOf(const Backend* backend, void* state) {
  const auto ask = POLYCODEC_NEWER(backend, mini_batch);
  return ask != nullptr ? std::max(1u, ask(state)) : 1;
}

template <class Backend>
std::string DescriptionOf(const Backend* backend, void* state) {
  const auto ask = POLYCODEC_NEWER(backend, describe);
  const char* text = ask != nullptr ? ask(state) : nullptr;
  return text != nullptr ? text : "";
}

}  // namespace

bool Instance::MayPair() const { return POLYCODEC_NEWER(decoder_, pairs) != nullptr && decoder_->decode_pair != nullptr; }

bool Instance::Pairs(void* worker, const polycodec_decode_task& task) const { return MayPair() && decoder_->pairs(worker, &task) != 0; }

uint32_t Instance::MiniBatch() const {
  return decoder_ != nullptr ? MiniBatchOf(decoder_, state_) : MiniBatchOf(encoder_, state_);
}

std::string Instance::Description() const {
  return decoder_ != nullptr ? DescriptionOf(decoder_, state_) : DescriptionOf(encoder_, state_);
}

Dispatcher& Instance::dispatcher() {
  std::lock_guard lock(mutex_);
  if (!dispatcher_) dispatcher_ = std::make_unique<Dispatcher>();
  return *dispatcher_;
}

InstanceStats Instance::Stats() { return {live_instances, live_workers}; }

}  // namespace polycodec
