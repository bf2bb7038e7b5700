#include "cuda_trim.hpp"

#include <atomic>
#include <condition_variable>
#include <memory>
#include <mutex>

#include "cuda_handles.hpp"
#include "cuda_memory.hpp"
#include "cuda_threads.hpp"

namespace polycodec::cuda {

namespace {

/* Shared with threads that may come back when nobody waits any more. */
struct Trimming {
  std::mutex mutex;
  std::condition_variable changed;
  int running = 0;
  uint64_t bytes = 0;
};

/* Has a thread not come back from an earlier call? */
std::atomic<bool> is_away[kAllDevices + 1] = {};

}  // namespace

uint64_t TrimAll(std::chrono::steady_clock::time_point until) {
  const Runtime* runtime = Runtime::Found();
  if (runtime == nullptr) return 0;
  const auto trimming = std::make_shared<Trimming>();
  bool all_here = true;
  const auto begin = [&](int place, MemoryPool& pool) {
    if (pool.Stats().bytes_free == 0) return;
    if (is_away[place].exchange(true)) {
      all_here = false;
      return;
    }
    {
      std::lock_guard lock(trimming->mutex);
      trimming->running++;
    }
    ThreadOf(place).Post([trimming, place, runtime, &pool] {
      OwnThread();
      const uint64_t bytes = pool.Trim(*runtime);
      is_away[place] = false;
      std::lock_guard lock(trimming->mutex);
      trimming->bytes += bytes;
      trimming->running--;
      trimming->changed.notify_all();
    });
  };
  begin(kAllDevices, PinnedMemory());
  for (int i = 0; i < runtime->device_count(); i++) begin(i, DeviceMemory(i));
  std::unique_lock lock(trimming->mutex);
  all_here = trimming->changed.wait_until(lock, until, [&] { return trimming->running == 0; }) && all_here;
  if (all_here) {
    // Blocks that were free had events, so these come last; and neither waits for a device.
    Streams().Trim(*runtime);
    Events().Trim(*runtime);
  }
  return trimming->bytes;
}

}  // namespace polycodec::cuda
