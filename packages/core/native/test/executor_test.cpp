/* The executor under load from many threads; meant to run under -fsanitize=thread. Prints what it has done. */
#include "../executor.hpp"

#include <time.h>

#include <condition_variable>
#include <cstdio>
#include <cstdlib>
#include <memory>
#include <mutex>
#include <set>
#include <thread>
#include <vector>

using polycodec::Call;
using polycodec::Executor;
using polycodec::Job;
using polycodec::Urgency;

namespace {

constexpr uint32_t kThreads = 4;

#define CHECK(condition)                                                        \
  do {                                                                          \
    if (!(condition)) {                                                         \
      std::printf("%s:%d: not so: %s\n", __FILE__, __LINE__, #condition);       \
      std::exit(1);                                                             \
    }                                                                           \
  } while (false)

void Sleep(long microseconds) {
  const timespec time{0, microseconds * 1000};
  nanosleep(&time, nullptr);
}

/* A job whose tasks count themselves in plain memory, as a decoder writes its pixels. */
class CountingJob final : public Job {
 public:
  CountingJob(Call* call, size_t count, uint32_t cap, void (*body)(CountingJob&, size_t, uint32_t) = nullptr)
      : Job(call, count, cap), runs(count), body_(body) {}
  ~CountingJob() override { ReleaseCall(); }

  void Run(size_t index, uint32_t thread, uint32_t threads) override {
    const uint32_t now = ++running;
    uint32_t most = peak;
    while (now > most && !peak.compare_exchange_weak(most, now)) {}
    runs[index]++;
    CHECK(thread < Executor::kSeats * kThreads && threads >= 1 && threads <= kThreads);
    if (body_ != nullptr) body_(*this, index, threads);
    running--;
  }
  void Done() override {
    std::lock_guard lock(mutex_);
    CHECK(running == 0);
    done_ = true;
    over_.notify_all();
  }
  void Wait() {
    std::unique_lock lock(mutex_);
    over_.wait(lock, [this] { return done_; });
  }
  bool done() {
    std::lock_guard lock(mutex_);
    return done_;
  }
  size_t Total() const {
    size_t total = 0;
    for (int run : runs) total += static_cast<size_t>(run);
    return total;
  }

  std::vector<int> runs;
  std::atomic<uint32_t> running{0}, peak{0};

 private:
  void (*body_)(CountingJob&, size_t, uint32_t);
  std::mutex mutex_;
  std::condition_variable over_;
  bool done_ = false;
};

Executor& Pool() {
  static Executor* pool = new Executor(kThreads);
  return *pool;
}

void RunsEveryTaskOnce() {
  Call* call = new Call(Urgency::kBatch);
  CountingJob job(call, 20000, 64);
  CHECK(Pool().Submit(&job));
  job.Wait();
  for (int run : job.runs) CHECK(run == 1);
  call->Release();
}

void KeepsTheCap() {
  Call* call = new Call(Urgency::kBatch);
  CountingJob job(call, 200, 2, [](CountingJob&, size_t, uint32_t) { Sleep(100); });
  CHECK(Pool().Submit(&job));
  job.Wait();
  CHECK(job.peak <= 2 && job.Total() == 200);
  call->Release();
}

/* A running task may take another one with it: each runs once, and the job is over when both are. */
void TasksTakeAnother() {
  static std::atomic<int> taken{0};
  const auto both = [](CountingJob& self, size_t, uint32_t) {
    size_t other;
    if (Pool().TakeAnother(&self, &other)) {
      taken++;
      self.runs[other]++;
    }
    Sleep(50);
  };
  for (int round = 0; round < 20; round++) {
    Call* call = new Call(round % 2 == 0 ? Urgency::kBatch : Urgency::kInteractive);
    CountingJob job(call, 101, kThreads, both);
    CHECK(Pool().Submit(&job));
    if (round % 4 == 3) Pool().Cancel(call);
    job.Wait();
    for (int run : job.runs) CHECK(run <= 1);
    CHECK(call->cancelled() || job.Total() == 101);
    call->Release();
  }
  CHECK(taken > 0 && Pool().Stats().live_tasks == 0);
  // Not where another call waits for its turn, and not the last ones, which are for the other threads.
  taken = 0;
  Call* first = new Call(Urgency::kBatch);
  CountingJob few(first, kThreads, kThreads, both);
  CHECK(Pool().Submit(&few));
  few.Wait();
  CHECK(taken == 0 && few.Total() == kThreads);
  first->Release();
}

void ManyThreadsSubmitAndCancel() {
  std::vector<std::thread> users;
  for (int user = 0; user < 6; user++) {
    users.emplace_back([user] {
      for (int round = 0; round < 40; round++) {
        Call* call = new Call(round % 3 == 0 ? Urgency::kInteractive : Urgency::kBatch);
        CountingJob first(call, 50, 3, [](CountingJob&, size_t, uint32_t) { Sleep(20); });
        CountingJob second(call, 50, 64);
        CHECK(Pool().Submit(&first) && Pool().Submit(&second));
        if ((round + user) % 2 == 0) Pool().Cancel(call);
        first.Wait();
        second.Wait();
        for (int run : first.runs) CHECK(run <= 1);
        if ((round + user) % 2 != 0) CHECK(first.Total() == 50 && second.Total() == 50);
        call->Release();
      }
    });
  }
  for (std::thread& user : users) user.join();
  CHECK(Pool().Stats().live_tasks == 0);
}

/* Sums in plain memory: the helpers' writes must be seen by the task when ParallelFor returns. */
void SpreadsTasks() {
  Call* call = new Call(Urgency::kBatch);
  static std::atomic<int> most_threads{0};
  CountingJob job(call, 20, kThreads, [](CountingJob& self, size_t, uint32_t threads) {
    struct Rows {
      std::vector<int> sums = std::vector<int>(300);
      std::mutex mutex;
      std::set<std::thread::id> who;
    } rows;
    Pool().ParallelFor(self.call(), &self, threads, rows.sums.size(), [](void* context, size_t i) {
      auto& all = *static_cast<Rows*>(context);
      all.sums[i] += static_cast<int>(i) + 1;
      std::lock_guard lock(all.mutex);
      all.who.insert(std::this_thread::get_id());
    }, &rows);
    for (size_t i = 0; i < rows.sums.size(); i++) CHECK(rows.sums[i] == static_cast<int>(i) + 1);
    CHECK(rows.who.size() <= threads);
    if (static_cast<int>(rows.who.size()) > most_threads) most_threads = static_cast<int>(rows.who.size());
  });
  CHECK(Pool().Submit(&job));
  job.Wait();
  CHECK(job.Total() == 20);
  call->Release();
}

/* One large task alone: helpers must come, or the test takes four times as long. */
void HelpersCome() {
  Call* call = new Call(Urgency::kInteractive);
  static std::mutex mutex;
  static std::set<std::thread::id> who;
  CountingJob job(call, 1, kThreads, [](CountingJob& self, size_t, uint32_t threads) {
    CHECK(threads == kThreads);
    Pool().ParallelFor(self.call(), &self, threads, 200, [](void*, size_t) {
      Sleep(500);
      std::lock_guard lock(mutex);
      who.insert(std::this_thread::get_id());
    }, nullptr);
  });
  CHECK(Pool().Submit(&job));
  job.Wait();
  CHECK(who.size() == kThreads);
  call->Release();
}

/* A small call beside a large one gets its turn at once; a more urgent one goes first. */
void CallsTakeTurns() {
  Call* large = new Call(Urgency::kBatch);
  Call* small = new Call(Urgency::kBatch);
  Call* urgent = new Call(Urgency::kInteractive);
  const auto nap = [](CountingJob&, size_t, uint32_t) { Sleep(300); };
  CountingJob many(large, 2000, 64, nap), few(small, 8, 64, nap), now(urgent, 8, 64, nap);
  CHECK(Pool().Submit(&many) && Pool().Submit(&few) && Pool().Submit(&now));
  now.Wait();
  few.Wait();
  CHECK(!many.done());
  Pool().Cancel(large);
  many.Wait();
  CHECK(many.Total() < 2000);
  for (Call* call : {large, small, urgent}) call->Release();
}

/* All threads are in long tasks that ask now and then: an urgent call, spread over threads, is done before any of them. */
void LongTasksAreOvertaken() {
  Call* large = new Call(Urgency::kBatch);
  static std::atomic<bool> is_over{false};
  CountingJob many(large, 2 * kThreads, 64, [](CountingJob& self, size_t, uint32_t) {
    while (!is_over && !self.call()->cancelled()) {
      Sleep(50);
      Pool().LetUrgentOvertake(self.call());
    }
  });
  CHECK(Pool().Submit(&many));
  Sleep(2000);
  CHECK(many.running == kThreads);
  for (int round = 0; round < 50; round++) {
    Call* urgent = new Call(Urgency::kInteractive);
    CountingJob now(urgent, 1 + static_cast<size_t>(round) % 6, 64, [](CountingJob& self, size_t, uint32_t threads) {
      Pool().ParallelFor(self.call(), &self, threads, 8, [](void*, size_t) { Sleep(50); }, nullptr);
    });
    CHECK(Pool().Submit(&now));
    if (round % 10 == 9) Pool().Cancel(urgent);
    now.Wait();
    CHECK(now.peak <= kThreads && many.running == kThreads && !many.done());
    urgent->Release();
  }
  is_over = true;
  many.Wait();
  CHECK(many.Total() == 2 * kThreads);
  large->Release();
}

/* A task that is cancelled while an urgent one runs in the middle of it sees it right after. */
void CancelledWhileOvertaken() {
  Call* large = new Call(Urgency::kBatch);
  Call* urgent = new Call(Urgency::kInteractive);
  static std::atomic<bool> is_over{false};
  CountingJob many(large, kThreads, 64, [](CountingJob& self, size_t, uint32_t) {
    while (!self.call()->cancelled()) {
      Sleep(50);
      Pool().LetUrgentOvertake(self.call());
    }
  });
  CountingJob now(urgent, kThreads, 64, [](CountingJob&, size_t, uint32_t) {
    while (!is_over) Sleep(50);
  });
  CHECK(Pool().Submit(&many));
  while (many.running < kThreads) Sleep(50);
  CHECK(Pool().Submit(&now));
  while (now.running < kThreads) Sleep(50);
  Pool().Cancel(large);
  CHECK(!now.done() && !many.done());
  is_over = true;
  now.Wait();
  many.Wait();
  for (Call* call : {large, urgent}) call->Release();
}

/* Tasks that hang hold all threads: once they are given up others do the work; when they are back the pool is as before. */
void LostThreadsAreReplaced() {
  static std::atomic<bool> hangs{true};
  for (const Urgency urgency : {Urgency::kBatch, Urgency::kInteractive}) {
    hangs = true;
    Call* stuck = new Call(urgency);
    CountingJob hanging(stuck, kThreads, 64, [](CountingJob&, size_t, uint32_t) {
      while (hangs) Sleep(50);
    });
    CHECK(Pool().Submit(&hanging));
    while (hanging.running < kThreads) Sleep(50);
    Call* call = new Call(Urgency::kBatch);
    CountingJob job(call, 200, 64, [](CountingJob&, size_t, uint32_t) { Sleep(100); });
    CHECK(Pool().Submit(&job));
    Sleep(2000);
    CHECK(job.running == 0 && !job.done());
    Pool().GiveUp(stuck);
    Pool().GiveUp(stuck);
    job.Wait();
    CHECK(job.Total() == 200 && job.peak == kThreads && !hanging.done());
    hangs = false;
    hanging.Wait();
    CountingJob after(call, 200, 64, [](CountingJob&, size_t, uint32_t) { Sleep(100); });
    CHECK(Pool().Submit(&after));
    after.Wait();
    CHECK(after.peak <= kThreads);
    call->Release();
    stuck->Release();
  }
}

void CancelledBeforeItStarts() {
  Call* call = new Call(Urgency::kBatch);
  Pool().Cancel(call);
  CountingJob job(call, 10, 4);
  CHECK(Pool().Submit(&job));
  CHECK(job.done() && job.Total() == 0);
  call->Release();
}

void CostsLittle() {
  Call* call = new Call(Urgency::kBatch);
  CountingJob job(call, 200000, 64);
  timespec start, end;
  clock_gettime(CLOCK_MONOTONIC, &start);
  CHECK(Pool().Submit(&job));
  job.Wait();
  clock_gettime(CLOCK_MONOTONIC, &end);
  const double ns = (end.tv_sec - start.tv_sec) * 1e9 + (end.tv_nsec - start.tv_nsec);
  std::printf("%.3f us a task, %u threads\n", ns / 1e3 / 200000, kThreads);
  call->Release();
}

void Stops() {
  Call* call = new Call(Urgency::kBatch);
  CountingJob job(call, 100, 64, [](CountingJob& self, size_t, uint32_t) {
    while (!self.call()->cancelled()) Sleep(100);
  });
  CHECK(Pool().Submit(&job));
  Sleep(2000);
  CHECK(Pool().Shutdown(2000));
}

}  // namespace

int main() {
  RunsEveryTaskOnce();
  KeepsTheCap();
  TasksTakeAnother();
  ManyThreadsSubmitAndCancel();
  SpreadsTasks();
  HelpersCome();
  CallsTakeTurns();
  LongTasksAreOvertaken();
  CancelledWhileOvertaken();
  LostThreadsAreReplaced();
  CancelledBeforeItStarts();
  CostsLittle();
  Stops();
  std::printf("executor: ok\n");
}
