/*
 * The executor: the only threads of Polycodec. One pool per process, shared by all environments and extensions.
 *
 * Work comes in jobs (the tasks of one native call) that belong to calls (what the user asked for). A free thread takes
 * the next task of the most urgent call whose turn it is: calls take turns task by task, so a small call beside a large
 * one waits for one task and not for a thousand. A task that spreads over threads (ParallelFor) gets helpers before
 * its call gets new tasks.
 *
 * Everything is under one mutex, taken once per task. That costs about 0.1 us on tasks of 100 us and more, and
 * nothing cleverer (per-thread queues, stealing) has earned its place.
 *
 * A thread that takes a task wakes the next one if there is work for it: waking is paid for by the threads, not by
 * the JavaScript thread, and one task never wakes the whole pool.
 *
 * Somebody who waits for one picture does not wait for the end of another one that takes long: when an interactive task
 * finds all threads busy with less urgent ones, one of these runs it in between, at its next check for cancellation.
 * On the same thread and the same stack: to wake another one in its place takes the system up to some milliseconds when
 * all cores are busy.
 *
 * A thread that does not come back from a task can be given up: another one takes its place until it does come back. So
 * at most twice as many threads as the pool has may exist.
 */
#ifndef POLYCODEC_EXECUTOR_HPP
#define POLYCODEC_EXECUTOR_HPP

#include <pthread.h>

#include <atomic>
#include <condition_variable>
#include <cstddef>
#include <cstdint>
#include <list>
#include <mutex>
#include <vector>

namespace polycodec {

class Executor;
class Job;
struct Spread;

/* kSoon goes before kBatch too, but nobody interrupts a task for it: heads of files, without which nothing can be planned. */
enum class Urgency { kInteractive = 0, kSoon = 1, kBatch = 2 };
inline constexpr size_t kUrgencies = 3;

/* What the jobs of one user's call share: urgency, turn and cancellation. Counted references. */
class Call {
 public:
  explicit Call(Urgency urgency) : urgency_(urgency) {}
  void Retain() { references_.fetch_add(1, std::memory_order_relaxed); }
  void Release() {
    if (references_.fetch_sub(1, std::memory_order_acq_rel) == 1) delete this;
  }
  bool cancelled() const { return cancelled_.load(std::memory_order_relaxed); }

 private:
  friend class Executor;
  ~Call() = default;

  std::atomic<uint32_t> references_{1};
  std::atomic<bool> cancelled_{false};
  const Urgency urgency_;
  /* The rest is the executor's, under its mutex. */
  std::list<Job*> jobs_;        /* with tasks not yet taken */
  std::list<Spread*> spreads_;  /* that would like helpers */
  bool open_ = false;           /* in the executor's round */
  std::list<Call*>::iterator turn_;
};

/* The tasks of one native call. The owner keeps it alive until Done. */
class Job {
 public:
  virtual ~Job() = default;

  /*
   * Runs task `index`. No two tasks run with the same number `thread` at a time; it is below kSeats times the pool's size,
   * for a thread may run a second task in the middle of the first. `threads` is what ParallelFor may use for it.
   */
  virtual void Run(size_t index, uint32_t thread, uint32_t threads) = 0;
  /* Every task has run or been cancelled, and no thread of the pool looks at the job again. May delete it. */
  virtual void Done() = 0;

  Call* call() const { return call_; }

 protected:
  /* `cap`: at most so many threads work on the job at a time, helpers included; 0: all may. Retains the call. */
  Job(Call* call, size_t count, uint32_t cap) : call_(call), count_(count), cap_(cap > 0 ? cap : UINT32_MAX) {
    call->Retain();
  }
  /* Called by the owner when the job is over; the job may outlive its call's jobs, not its call. */
  void ReleaseCall() {
    if (call_ != nullptr) call_->Release();
    call_ = nullptr;
  }
  size_t count() const { return count_; }

 private:
  friend class Executor;
  Call* call_;
  const size_t count_;
  const uint32_t cap_;
  size_t next_ = 0;       /* first task not yet taken */
  size_t unsettled_ = 0;  /* tasks not yet run or cancelled */
  uint32_t running_ = 0;  /* threads at work, helpers included */
  std::list<Job*>::iterator place_;
  std::list<Job*>::iterator live_;
};

struct ExecutorStats {
  uint32_t threads;
  size_t live_tasks;
};

class Executor {
 public:
  using Body = void (*)(void* context, size_t index);

  /* Places where a task may run, for each thread of the pool: its own and its substitute's, and in the middle of those. */
  static constexpr uint32_t kSeats = 4;

  /* The process's own. Never destroyed: its threads may be at work while static destructors run. */
  static Executor& Shared();

  /* Sizes the pool before its first use. Threads are started as work comes. */
  explicit Executor(uint32_t threads = 1) { SetThreads(threads > 0 ? threads : 1); }
  Executor(const Executor&) = delete;
  ~Executor() = delete;
  void SetThreads(uint32_t threads);

  /* Puts the job's tasks up for the threads to take. false: the system gives no thread at all; Done is not called. */
  [[nodiscard]] bool Submit(Job* job);

  /*
   * For the running task of `job`: one more of its tasks, to be run with it; they count as one until both are over. Only
   * where nobody would wait for it: other tasks are left for all threads, and no other call has a turn. false: none.
   */
  bool TakeAnother(Job* job, size_t* index);

  /* Tasks not yet taken are over at once, without being run; running ones see call->cancelled(). */
  void Cancel(Call* call);

  /*
   * Calls body(context, i) once for each i in [0, count) and returns when all are done. The caller takes part; idle
   * threads help, at most `threads` together, and no more than the job's cap leaves free (`job` may be null).
   */
  void ParallelFor(Call* call, Job* job, uint32_t threads, size_t count, Body body, void* context);

  /*
   * Called by a running task now and then: runs the interactive tasks that wait, if this one is less urgent itself.
   * Costs one load when there is none. The caller must hold no lock that another task may want.
   */
  void LetUrgentOvertake(const Call* call) {
    if (wanting_.load(std::memory_order_relaxed) > 0 && call->urgency_ != Urgency::kInteractive) RunUrgent();
  }

  /*
   * The threads that run the call's tasks now will not come back soon: others take their places until they do, at most as
   * many as the pool has.
   */
  void GiveUp(const Call* call);

  /* For the process's exit: cancels everything, takes no more tasks, waits for running ones. false: some still run. */
  bool Shutdown(uint32_t timeout_ms);

  ExecutorStats Stats();

 private:
  struct Pick {
    Job* job = nullptr;
    Spread* spread = nullptr;
    size_t index = 0;
    uint32_t threads = 1;
    explicit operator bool() const { return job != nullptr || spread != nullptr; }
  };

  static void* ThreadMain(void* start);
  void Work(uint32_t thread);
  /* Who sits where: what runs there, and whether it is given up. */
  struct Seat {
    const Call* call = nullptr;
    bool lost = false;
  };

  void Run(const Pick& pick, uint32_t seat, std::unique_lock<std::mutex>& lock);
  void RunUrgent();
  Pick Take();
  Pick Take(std::list<Call*>& round);
  bool TakeFrom(Call* call, Pick& pick);
  bool HasWork() const;
  bool HasRoom() const { return busy_ < threads_ + lost_; }
  bool WakeOne();
  bool StartThread();
  void Open(Call* call);
  void CloseIfEmpty(Call* call);
  void Help(Spread* spread, std::unique_lock<std::mutex>& lock);

  mutable std::mutex mutex_;
  std::condition_variable wake_;  /* threads wait here for work */
  std::condition_variable left_;  /* ParallelFor waits for its helpers, Shutdown for all */
  std::list<Call*> round_[kUrgencies];
  std::list<Job*> live_jobs_;
  uint32_t threads_ = 1;
  std::vector<Seat> seats_;
  uint32_t lost_ = 0;     /* threads that are given up and have not come back; at most threads_ */
  uint32_t started_ = 0;
  uint32_t sleeping_ = 0;
  uint32_t wakeups_ = 0;  /* sleepers that have been told to get up and have not yet */
  uint32_t busy_ = 0;     /* threads that have a task or help with one */
  uint32_t urgent_ = 0;   /* interactive tasks at work, helpers included */
  std::atomic<uint32_t> wanting_{0};  /* interactive tasks not yet taken, and their loops that would like helpers */
  size_t queued_ = 0;     /* tasks not yet taken, of all jobs */
  size_t live_tasks_ = 0;
  bool stopping_ = false;
};

}  // namespace polycodec

#endif
