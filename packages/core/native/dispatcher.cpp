#include "dispatcher.hpp"

#include <pthread.h>
#include <signal.h>

#include <condition_variable>
#include <deque>
#include <mutex>

namespace polycodec {

/* Shared with the thread, which may outlive the dispatcher by a moment. */
struct Dispatcher::State {
  std::mutex mutex;
  std::condition_variable wake;
  std::deque<std::function<void()>> queue;
  bool started = false, stopping = false;

  static void* Main(void* argument) {
    const std::shared_ptr<State> state = *static_cast<std::shared_ptr<State>*>(argument);
    delete static_cast<std::shared_ptr<State>*>(argument);
    pthread_setname_np(pthread_self(), "polycodec-batch");
    std::unique_lock lock(state->mutex);
    for (;;) {
      state->wake.wait(lock, [&] { return state->stopping || !state->queue.empty(); });
      if (state->queue.empty()) return nullptr;
      auto work = std::move(state->queue.front());
      state->queue.pop_front();
      lock.unlock();
      work();
      work = nullptr;
      lock.lock();
    }
  }
};

Dispatcher::Dispatcher() : state_(std::make_shared<State>()) {}

Dispatcher::~Dispatcher() {
  std::lock_guard lock(state_->mutex);
  state_->stopping = true;
  state_->wake.notify_all();
}

void Dispatcher::Post(std::function<void()> work) {
  std::unique_lock lock(state_->mutex);
  state_->queue.push_back(std::move(work));
  if (!state_->started) {
    state_->started = true;
    auto* argument = new std::shared_ptr<State>(state_);
    sigset_t all, before;
    sigfillset(&all);
    pthread_sigmask(SIG_SETMASK, &all, &before);
    pthread_t thread;
    const int failed = pthread_create(&thread, nullptr, State::Main, argument);
    pthread_sigmask(SIG_SETMASK, &before, nullptr);
    if (failed == 0) {
      pthread_detach(thread);
    } else {
      // No thread to be had: the caller does the work itself, and the next call tries again.
      delete argument;
      state_->started = false;
      work = std::move(state_->queue.back());
      state_->queue.pop_back();
      lock.unlock();
      work();
      return;
    }
  }
  state_->wake.notify_one();
}

}  // namespace polycodec
