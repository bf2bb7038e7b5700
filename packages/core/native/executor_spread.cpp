/* ParallelFor: one task's loop on several threads. */
#include "executor_spread.hpp"

#include <algorithm>

namespace polycodec {

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
