#include "environment.hpp"

#include <atomic>
#include <chrono>
#include <cstdlib>

#include "library.hpp"

namespace polycodec {

namespace {
constexpr auto kPatience = std::chrono::milliseconds(2000);
std::atomic<size_t> live_references{0};
std::atomic<bool> exiting{false};

/* An environment's data: one reference to what its chunks share. */
using Shared = std::shared_ptr<Environment>;
}  // namespace

size_t Environment::LiveReferences() { return live_references; }

void Environment::StopAtExit() {
  std::atexit([] {
    if (exiting.exchange(true)) return;
    const auto until = std::chrono::steady_clock::now() + kPatience;
    Executor::Shared().Shutdown(static_cast<uint32_t>(kPatience.count()));
    Instance::AwaitDestroyed(until);
  });
}

bool Environment::Attach(napi_env env) {
  auto* shared = new Shared(std::make_shared<Environment>());
  Environment* self = shared->get();
  self->env_ = env;
  napi_value name;
  const auto release = [](napi_env, void* data, void*) { delete static_cast<Shared*>(data); };
  if (napi_create_string_utf8(env, "polycodec", NAPI_AUTO_LENGTH, &name) != napi_ok ||
      napi_set_instance_data(env, shared, release, nullptr) != napi_ok) {
    delete shared;
    return false;
  }
  auto* context = new Shared(*shared);
  if (napi_create_threadsafe_function(env, nullptr, nullptr, name, 0, 1, context, release, context, OnFinished,
                                      &self->wake_) != napi_ok) {
    delete context;
    return false;
  }
  napi_unref_threadsafe_function(env, self->wake_);
  return napi_add_env_cleanup_hook(env, OnTeardown, self) == napi_ok;
}

Environment* Environment::Of(napi_env env) {
  void* data = nullptr;
  return napi_get_instance_data(env, &data) == napi_ok && data != nullptr ? static_cast<Shared*>(data)->get() : nullptr;
}

/* Keeps the event loop alive while anything is pending (rule 7). */
void Environment::Hold(bool on) {
  if (on && pending_++ == 0) napi_ref_threadsafe_function(env_, wake_);
  if (!on && --pending_ == 0) napi_unref_threadsafe_function(env_, wake_);
}

napi_value Environment::Start(Chunk* chunk, std::initializer_list<napi_value> kept, bool (*start)(Chunk*)) {
  napi_value promise, list;
  uint32_t i = 0;
  bool ok = napi_create_array_with_length(env_, kept.size(), &list) == napi_ok;
  for (napi_value value : kept) ok = ok && napi_set_element(env_, list, i++, value) == napi_ok;
  ok = ok && napi_create_reference(env_, list, 1, &chunk->kept_) == napi_ok;
  if (ok) live_references++;
  if (!ok || napi_create_promise(env_, &chunk->deferred_, &promise) != napi_ok) {
    Drop(chunk);
    delete chunk;
    return nullptr;
  }
  chunk->environment_ = shared_from_this();
  chunk->place_ = live_.insert(live_.end(), chunk);
  napi_remove_env_cleanup_hook(env_, OnTeardown, this);  // rule 5
  napi_add_env_cleanup_hook(env_, OnTeardown, this);
  Hold(true);
  if (!start(chunk)) {
    napi_value message, error;
    if (napi_create_string_utf8(env_, "the system gives no thread", NAPI_AUTO_LENGTH, &message) == napi_ok &&
        napi_create_error(env_, nullptr, message, &error) == napi_ok) {
      napi_reject_deferred(env_, chunk->deferred_, error);
    }
    Drop(chunk);
    live_.erase(chunk->place_);
    Hold(false);
    delete chunk;
  }
  return promise;
}

napi_value Environment::RunBlocking(Chunk* chunk, bool (*start)(Chunk*)) {
  chunk->environment_ = shared_from_this();
  if (!start(chunk)) {
    napi_throw_error(env_, nullptr, "the system gives no thread");
    delete chunk;
    return nullptr;
  }
  {
    std::unique_lock lock(mutex_);
    changed_.wait(lock, [chunk] { return chunk->finished_; });
  }
  napi_value result = chunk->Result(env_);
  if (result != nullptr && chunk->Rejects()) {
    napi_throw(env_, result);
    result = nullptr;
  }
  delete chunk;
  return result;
}

void Chunk::Done() {
  const std::shared_ptr<Environment> environment = environment_;
  environment->Finished(this);
}

/* On any thread; also on the JavaScript thread, when a chunk is cancelled or empty (rules 3, 4, 6). */
void Environment::Finished(Chunk* chunk) {
  std::unique_lock lock(mutex_);
  chunk->finished_ = true;
  if (chunk->abandoned_) {
    lock.unlock();
    delete chunk;
    return;
  }
  if (chunk->deferred_ != nullptr && !closed_) {
    finished_.push_back(chunk);
    if (finished_.size() == 1 && !exiting) napi_call_threadsafe_function(wake_, nullptr, napi_tsfn_nonblocking);
  }
  changed_.notify_all();
}

void Environment::OnFinished(napi_env env, napi_value, void* context, void*) {
  if (env == nullptr) return;  // torn down: the hook has seen to the chunks
  Environment& self = **static_cast<Shared*>(context);
  std::vector<Chunk*> finished;
  {
    std::lock_guard lock(self.mutex_);
    if (self.closed_) return;
    finished.swap(self.finished_);
  }
  for (Chunk* chunk : finished) self.Settle(chunk);
}

void Environment::Settle(Chunk* chunk) {
  napi_handle_scope scope;
  if (napi_open_handle_scope(env_, &scope) == napi_ok) {
    napi_value result = chunk->Result(env_);
    if (result != nullptr) {
      const auto settle = chunk->Rejects() ? napi_reject_deferred : napi_resolve_deferred;
      settle(env_, chunk->deferred_, result);
    }
    napi_close_handle_scope(env_, scope);
  }
  Drop(chunk);
  live_.erase(chunk->place_);
  Hold(false);
  delete chunk;
}

/* Lets go of the JavaScript values (rule 2). */
void Environment::Drop(Chunk* chunk) {
  if (chunk->kept_ == nullptr) return;
  napi_delete_reference(env_, chunk->kept_);
  chunk->kept_ = nullptr;
  live_references--;
}

void Environment::OnTeardown(void* data) {
  const Shared self = static_cast<Environment*>(data)->shared_from_this();
  {
    std::lock_guard lock(self->mutex_);
    self->closed_ = true;
  }
  for (Chunk* chunk : self->live_) {
    // A chunk that is already finished has no call to be cancelled, but that does no harm.
    Executor::Shared().Cancel(chunk->call());
  }
  std::list<Chunk*> over;
  {
    std::unique_lock lock(self->mutex_);
    self->changed_.wait_for(lock, kPatience, [&self] {
      for (const Chunk* chunk : self->live_) {
        if (!chunk->finished_) return false;
      }
      return true;
    });
    for (Chunk* chunk : self->live_) {
      self->Drop(chunk);
      if (chunk->finished_) {
        over.push_back(chunk);
      } else {
        chunk->abandoned_ = true;
      }
    }
    self->live_.clear();
  }
  for (Chunk* chunk : over) delete chunk;
  napi_release_threadsafe_function(self->wake_, napi_tsfn_abort);
}

}  // namespace polycodec
