/* What chunks of decode and of encode tasks have in common: an instance, outcomes, and the two ways to run. */
#ifndef POLYCODEC_CODEC_CHUNK_HPP
#define POLYCODEC_CODEC_CHUNK_HPP

#include <algorithm>
#include <atomic>
#include <vector>

#include "environment.hpp"
#include "library.hpp"
#include "outcomes.hpp"

namespace polycodec {

class CodecChunk : public Chunk {
 public:
  napi_value Result(napi_env env) final {
    return ChunkResult(env, outcomes_, instance_->decoder() != nullptr ? Made::kPixels : Made::kCodeStreams);
  }

  /* To the executor, task by task; or to the instance's own thread, in one piece. */
  static bool Launch(Chunk* chunk) {
    auto* self = static_cast<CodecChunk*>(chunk);
    if (!self->instance_->batch()) return Executor::Shared().Submit(self);
    batch_tasks += self->count();
    self->instance_->dispatcher().Post([self] {
      self->RunBatch();
      batch_tasks -= self->count();
      self->Done();
    });
    return true;
  }
  /* Tasks that dispatchers have and the executor does not know of. */
  static inline std::atomic<size_t> batch_tasks{0};

 protected:
  CodecChunk(Call* call, Instance* instance, size_t count, uint32_t threads)
      : Chunk(call, count, threads), instance_(instance), outcomes_(count) {
    const uint32_t all = Executor::Shared().Stats().threads;
    threads_ = threads > 0 ? std::min(threads, all) : all;
    instance->Retain();
  }
  ~CodecChunk() override { instance_->Release(); }
  /* All tasks in one call of the backend. */
  virtual void RunBatch() = 0;

  Instance* const instance_;
  std::vector<Outcome> outcomes_;
  uint32_t threads_;  /* what a batch may use */
};

/* Runs body(i) for each i on the pool; for what a batch needs done before and after. */
template <class Body>
void Spread(Call* call, uint32_t threads, size_t count, Body body) {
  Executor::Shared().ParallelFor(
      call, nullptr, threads, count, [](void* context, size_t i) { (*static_cast<Body*>(context))(i); }, &body);
}

}  // namespace polycodec

#endif
