/* The threads: how they start, and how they run what they take. */
#include <signal.h>
#include <sys/resource.h>
#include <sys/syscall.h>
#include <unistd.h>

#include <cstdio>

#include "executor_spread.hpp"

namespace polycodec {

namespace {
struct ThreadStart {
  Executor* executor;
  uint32_t index;
};

constexpr uint32_t kNoThread = UINT32_MAX;
/* Which thread of the pool this is. */
thread_local uint32_t current_thread = kNoThread;
}  // namespace

/* Signals are the main thread's: a handler of Node's must never run on one of ours. */
bool Executor::StartThread() {
  auto* start = new ThreadStart{this, started_};
  sigset_t all, before;
  sigfillset(&all);
  pthread_sigmask(SIG_SETMASK, &all, &before);
  pthread_t thread;
  const int failed = pthread_create(&thread, nullptr, ThreadMain, start);
  pthread_sigmask(SIG_SETMASK, &before, nullptr);
  if (failed != 0) {
    delete start;
    return false;
  }
  pthread_detach(thread);
  started_++;
  return true;
}

void* Executor::ThreadMain(void* argument) {
  const ThreadStart start = *static_cast<ThreadStart*>(argument);
  delete static_cast<ThreadStart*>(argument);
  char name[16];
  std::snprintf(name, sizeof name, "polycodec-%u", start.index);
  pthread_setname_np(pthread_self(), name);
  // On Linux a thread has a priority of its own. A little lower than the event loop's and libuv's: they have short work
  // and are waited for. At equal priority a stat took 4 to 7 ms at the 99th percentile while all cores decode, so 2.
  const auto self = static_cast<id_t>(syscall(SYS_gettid));
  setpriority(PRIO_PROCESS, self, getpriority(PRIO_PROCESS, self) + 5);
  start.executor->Work(start.index);
  return nullptr;
}

void Executor::Work(uint32_t thread) {
  current_thread = thread;
  std::unique_lock lock(mutex_);
  for (;;) {
    if (const Pick pick = Take()) {
      busy_++;
      if ((wakeups_ < sleeping_ || started_ < threads_ + lost_) && HasWork() && WakeOne()) wake_.notify_one();
      Run(pick, thread, lock);
      continue;
    }
    sleeping_++;
    wake_.wait(lock, [this] { return wakeups_ > 0; });
    wakeups_--;
    sleeping_--;
  }
}

/* Runs what was taken. */
void Executor::Run(const Pick& pick, uint32_t seat, std::unique_lock<std::mutex>& lock) {
  const Call* call = pick.spread != nullptr ? pick.spread->call : pick.job->call_;
  const bool is_urgent = call->urgency_ == Urgency::kInteractive;
  if (is_urgent) urgent_++;
  seats_[seat].call = call;
  Job* over = nullptr;
  if (pick.spread != nullptr) {
    Help(pick.spread, lock);
  } else {
    Job* job = pick.job;
    lock.unlock();
    job->Run(pick.index, seat, pick.threads);
    lock.lock();
    job->running_--;
    live_tasks_--;
    if (--job->unsettled_ == 0) over = job;
  }
  if (is_urgent) urgent_--;
  if (seats_[seat].lost) lost_--;
  seats_[seat] = {};
  if (seat < 2 * threads_) busy_--;
  if (stopping_ && busy_ == 0) left_.notify_all();
  if (over == nullptr) return;
  // Not busy any more: what JavaScript does next, on hearing of it, may count on this thread.
  live_jobs_.erase(over->live_);
  lock.unlock();
  over->Done();
  lock.lock();
}

void Executor::RunUrgent() {
  if (current_thread == kNoThread) return;  // a blocking call of the JavaScript thread: it is waited for itself
  std::unique_lock lock(mutex_);
  while (const Pick pick = Take(round_[static_cast<size_t>(Urgency::kInteractive)])) {
    Run(pick, 2 * threads_ + current_thread, lock);
  }
}

}  // namespace polycodec
