/*
 * Extensions: opening their shared libraries, and the instances and worker objects of their backends.
 *
 * A library is opened once per process and never closed. An instance lives from createInstance until its handle is
 * gone and its last chunk is done. A worker object belongs to one thread and one instance, is made when that thread
 * first works for the instance, and is destroyed with it: by then no thread works for the instance any more.
 */
#ifndef POLYCODEC_LIBRARY_HPP
#define POLYCODEC_LIBRARY_HPP

#include <atomic>
#include <chrono>
#include <memory>
#include <mutex>
#include <string>
#include <vector>

#include "dispatcher.hpp"
#include "executor.hpp"
#include "host.hpp"
#include "polycodec.h"

namespace polycodec {

struct Library {
  std::string path;
  const polycodec_extension* extension;
  std::vector<const polycodec_decoder*> decoders;
  std::vector<const polycodec_encoder*> encoders;

  /* Null: `error` says why. The same library for the same file; `fresh`: nobody had opened it before. */
  static const Library* Open(const std::string& path, std::string& error, bool& fresh);
};

struct InstanceStats {
  size_t instances, workers;
};

/* A live backend, of either direction. Counted references. */
class Instance {
 public:
  /* Null: `error` and `status` say why. */
  static Instance* Create(const polycodec_decoder* decoder, const polycodec_params& options, std::string& error,
                          polycodec_status& status);
  static Instance* Create(const polycodec_encoder* encoder, const polycodec_params& options, std::string& error,
                          polycodec_status& status);
  static InstanceStats Stats();
  /* Waits until none is being destroyed by its own thread, or until then. */
  static bool AwaitDestroyed(std::chrono::steady_clock::time_point until);

  void Retain() { references_.fetch_add(1, std::memory_order_relaxed); }
  void Release() {
    if (references_.fetch_sub(1, std::memory_order_acq_rel) == 1) delete this;
  }

  const polycodec_decoder* decoder() const { return decoder_; }
  const polycodec_encoder* encoder() const { return encoder_; }
  /* Does it take whole chunks? */
  bool batch() const {
    return decoder_ != nullptr ? decoder_->decode_batch != nullptr : encoder_->encode_batch != nullptr;
  }
  void* state() const { return state_; }
  /* The CUDA device it was told to work on, if it takes tasks with pixels there; else -1. */
  int device() const { return device_; }
  /* Are there tasks that it would rather have in pairs? */
  bool MayPair() const;
  /* Would it rather have the task together with another one (decode_pair)? */
  bool Pairs(void* worker, const polycodec_decode_task& task) const;
  /* How many tasks its device takes at a time. */
  uint32_t MiniBatch() const;
  /* What it has found to stand on; empty: it does not say. */
  std::string Description() const;

  /* The worker object of executor thread `thread`; to be called on that thread. */
  polycodec_status WorkerOf(uint32_t thread, void** worker);
  Dispatcher& dispatcher();

  static constexpr uint32_t kMaxThreads = 512;
  static constexpr uint32_t kSeats = Executor::kSeats * kMaxThreads;

 private:
  struct Worker {
    void* object = nullptr;
    bool made = false;
  };
  template <class Backend>
  static Instance* CreateFrom(const Backend* backend, const polycodec_params& options, std::string& error,
                              polycodec_status& status);
  Instance() : workers_(new Worker[kSeats]) {}
  ~Instance();

  std::atomic<uint32_t> references_{1};
  const polycodec_decoder* decoder_ = nullptr;
  const polycodec_encoder* encoder_ = nullptr;
  void* state_ = nullptr;
  int device_ = -1;
  std::unique_ptr<Worker[]> workers_;  /* element i is touched by thread i alone, until the end */
  std::mutex mutex_;
  std::unique_ptr<Dispatcher> dispatcher_;
};

}  // namespace polycodec

#endif
