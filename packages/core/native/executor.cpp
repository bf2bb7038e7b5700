#include "executor.hpp"

#include <signal.h>
#include <sys/resource.h>
#include <sys/syscall.h>
#include <unistd.h>

#include <algorithm>
#include <chrono>
#include <cstdio>

namespace polycodec {

/* A loop that a task spreads over threads. Lives on the stack of ParallelFor. */
struct Spread {
  Call* call;
  Job* job;
  size_t count;
  Executor::Body body;
  void* context;
  uint32_t max_helpers;
  uint32_t helpers = 0;        /* under the executor's mutex */
  std::atomic<size_t> next{0};
  std::list<Spread*>::iterator place{};

  void Drain() {
    for (size_t i; (i = next.fetch_add(1, std::memory_order_relaxed)) < count;) body(context, i);
  }
  bool Wants() const { return helpers < max_helpers && next.load(std::memory_order_relaxed) < count; }
};

namespace {
struct ThreadStart {
  Executor* executor;
  uint32_t index;
};

constexpr uint32_t kNoThread = UINT32_MAX;
/* Which thread of the pool this is. */
thread_local uint32_t current_thread = kNoThread;
}  // namespace

Executor& Executor::Shared() {
  static Executor* shared = new Executor;
  return *shared;
}

void Executor::SetThreads(uint32_t threads) {
  std::lock_guard lock(mutex_);
  if (started_ > 0 || threads == 0) return;
  threads_ = threads;
  seats_.resize(size_t{kSeats} * threads);
}

ExecutorStats Executor::Stats() {
  std::lock_guard lock(mutex_);
  return {threads_, live_tasks_};
}

bool Executor::Submit(Job* job) {
  std::unique_lock lock(mutex_);
  if (job->count_ == 0) {
    lock.unlock();
    job->Done();
    return true;
  }
  job->unsettled_ = job->count_;
  live_tasks_ += job->count_;
  if (stopping_ || job->call_->cancelled()) {
    live_tasks_ -= job->count_;
    lock.unlock();
    job->Done();
    return true;
  }
  if (started_ == 0 && !StartThread()) {
    live_tasks_ -= job->count_;
    return false;
  }
  queued_ += job->count_;
  if (job->call_->urgency_ == Urgency::kInteractive) wanting_ += static_cast<uint32_t>(job->count_);
  job->live_ = live_jobs_.insert(live_jobs_.end(), job);
  job->place_ = job->call_->jobs_.insert(job->call_->jobs_.end(), job);
  Open(job->call_);
  const bool notify = WakeOne();
  lock.unlock();
  if (notify) wake_.notify_one();
  return true;
}

void Executor::Cancel(Call* call) {
  call->cancelled_.store(true, std::memory_order_relaxed);
  std::list<Job*> over;
  {
    std::lock_guard lock(mutex_);
    for (Job* job : call->jobs_) {
      const size_t left = job->count_ - job->next_;
      job->next_ = job->count_;
      job->unsettled_ -= left;
      queued_ -= left;
      live_tasks_ -= left;
      if (call->urgency_ == Urgency::kInteractive) wanting_ -= static_cast<uint32_t>(left);
      if (job->unsettled_ == 0) {
        live_jobs_.erase(job->live_);
        over.push_back(job);
      }
    }
    call->jobs_.clear();
    if (call->open_) CloseIfEmpty(call);
  }
  for (Job* job : over) job->Done();
}

void Executor::GiveUp(const Call* call) {
  std::unique_lock lock(mutex_);
  for (uint32_t seat = 0; seat < 2 * threads_ && lost_ < threads_; seat++) {
    // A task is as good as lost when another one, in the middle of it, is.
    const bool is_its = seats_[seat].call == call || seats_[2 * threads_ + seat].call == call;
    if (!is_its || seats_[seat].lost) continue;
    seats_[seat].lost = true;
    lost_++;
  }
  const bool notify = HasWork() && WakeOne();
  lock.unlock();
  if (notify) wake_.notify_one();
}

bool Executor::Shutdown(uint32_t timeout_ms) {
  std::unique_lock lock(mutex_);
  stopping_ = true;
  for (Job* job : live_jobs_) job->call_->cancelled_.store(true, std::memory_order_relaxed);
  return left_.wait_for(lock, std::chrono::milliseconds(timeout_ms), [this] { return busy_ == 0; });
}

void Executor::Open(Call* call) {
  if (call->open_) return;
  std::list<Call*>& round = round_[static_cast<size_t>(call->urgency_)];
  call->turn_ = round.insert(round.end(), call);
  call->open_ = true;
  call->Retain();
}

void Executor::CloseIfEmpty(Call* call) {
  if (!call->jobs_.empty() || !call->spreads_.empty()) return;
  round_[static_cast<size_t>(call->urgency_)].erase(call->turn_);
  call->open_ = false;
  call->Release();
}

/* Takes a helper's place or a task of this call; false: nothing that its caps allow. */
bool Executor::TakeFrom(Call* call, Pick& pick) {
  for (Spread* spread : call->spreads_) {
    Job* job = spread->job;
    if (!spread->Wants() || (job != nullptr && job->running_ >= job->cap_)) continue;
    spread->helpers++;
    if (job != nullptr) job->running_++;
    pick.spread = spread;
    return true;
  }
  for (Job* job : call->jobs_) {
    if (job->running_ >= job->cap_) continue;
    pick.job = job;
    pick.index = job->next_++;
    job->running_++;
    queued_--;
    const bool is_urgent = call->urgency_ == Urgency::kInteractive;
    if (is_urgent) wanting_--;
    // A task may spread only over threads that no other task waits for; an urgent one also over those that will run it in between.
    const uint32_t rest = job->cap_ - job->running_;
    const uint32_t others = is_urgent ? urgent_ : busy_;
    const uint32_t idle = threads_ > others + 1 ? threads_ - others - 1 : 0;
    const size_t spare = std::min(rest, idle);
    pick.threads = 1 + static_cast<uint32_t>(spare > queued_ ? spare - queued_ : 0);
    if (job->next_ == job->count_) call->jobs_.erase(job->place_);
    return true;
  }
  return false;
}

Executor::Pick Executor::Take() {
  Pick pick;
  if (!HasRoom()) return pick;  // somebody who was given up has come back: his substitute is not needed any more
  for (size_t urgency = 0; urgency < kUrgencies && !pick; urgency++) pick = Take(round_[urgency]);
  return pick;
}

Executor::Pick Executor::Take(std::list<Call*>& round) {
  Pick pick;
  if (stopping_) return pick;
  for (auto turn = round.begin(); turn != round.end(); ++turn) {
    Call* call = *turn;
    if (!TakeFrom(call, pick)) continue;
    round.splice(round.end(), round, turn);  // its next turn comes after everybody else's
    CloseIfEmpty(call);
    return pick;
  }
  return pick;
}

/* Is there something that a thread without a task could take? */
bool Executor::HasWork() const {
  if (stopping_ || !HasRoom()) return false;
  for (const std::list<Call*>& round : round_) {
    for (const Call* call : round) {
      for (const Spread* spread : call->spreads_) {
        if (spread->Wants() && (spread->job == nullptr || spread->job->running_ < spread->job->cap_)) return true;
      }
      for (const Job* job : call->jobs_) {
        if (job->running_ < job->cap_) return true;
      }
    }
  }
  return false;
}

void Executor::RunUrgent() {
  if (current_thread == kNoThread) return;  // a blocking call of the JavaScript thread: it is waited for itself
  std::unique_lock lock(mutex_);
  while (const Pick pick = Take(round_[static_cast<size_t>(Urgency::kInteractive)])) {
    Run(pick, 2 * threads_ + current_thread, lock);
  }
}

/* Gets one more thread to look for work; true: the caller must notify `wake_` once the mutex is free. */
bool Executor::WakeOne() {
  if (wakeups_ < sleeping_) {
    wakeups_++;
    return true;
  }
  // Those that are on their way (woken or just started) will look for more themselves.
  if (sleeping_ == 0 && started_ < threads_ + lost_ && busy_ == started_) StartThread();
  return false;
}

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

void Executor::Help(Spread* spread, std::unique_lock<std::mutex>& lock) {
  Job* job = spread->job;
  lock.unlock();
  spread->Drain();
  lock.lock();
  if (job != nullptr) job->running_--;
  if (--spread->helpers == 0) left_.notify_all();
}

void Executor::ParallelFor(Call* call, Job* job, uint32_t threads, size_t count, Body body, void* context) {
  if (threads <= 1 || count <= 1) {
    for (size_t i = 0; i < count; i++) body(context, i);
    return;
  }
  const auto max_helpers = static_cast<uint32_t>(std::min<size_t>(threads, count) - 1);
  Spread spread{.call = call, .job = job, .count = count, .body = body, .context = context, .max_helpers = max_helpers};
  {
    std::unique_lock lock(mutex_);
    spread.place = call->spreads_.insert(call->spreads_.end(), &spread);
    Open(call);
    if (call->urgency_ == Urgency::kInteractive) wanting_++;
    const bool notify = HasWork() && WakeOne();
    lock.unlock();
    if (notify) wake_.notify_one();
  }
  spread.Drain();
  // Nobody is waited for who has not begun: if all threads are busy elsewhere, the caller has done it all by now.
  std::unique_lock lock(mutex_);
  call->spreads_.erase(spread.place);
  CloseIfEmpty(call);
  if (call->urgency_ == Urgency::kInteractive) wanting_--;
  left_.wait(lock, [&spread] { return spread.helpers == 0; });
}

}  // namespace polycodec
