/* What is queued, whose turn it is, and who is woken for it. */
#include "executor.hpp"

#include <algorithm>
#include <chrono>

#include "executor_spread.hpp"

namespace polycodec {

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

bool Executor::TakeAnother(Job* job, size_t* index) {
  std::lock_guard lock(mutex_);
  Call* call = job->call_;
  size_t turns = 0;
  for (const std::list<Call*>& round : round_) turns += round.size();
  if (stopping_ || turns > 1 || job->next_ == job->count_ || queued_ < threads_ || !call->spreads_.empty()) return false;
  *index = job->next_++;
  // The task that runs is unsettled, so the job is not over before it.
  job->unsettled_--;
  live_tasks_--;
  queued_--;
  if (call->urgency_ == Urgency::kInteractive) wanting_--;
  if (job->next_ == job->count_) {
    call->jobs_.erase(job->place_);
    CloseIfEmpty(call);
  }
  return true;
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

}  // namespace polycodec
