#include "cuda_stats.hpp"

namespace polycodec::cuda {

Stats StatsNow() {
  const Runtime* runtime = Runtime::Found();
  if (runtime == nullptr) return {};
  Stats stats{.device = {}, .pinned = PinnedMemory().Stats(), .streams = Streams().Stats(), .events = Events().Stats()};
  for (int i = 0; i < runtime->device_count(); i++) {
    const MemoryStats one = DeviceMemory(i).Stats();
    stats.device.bytes_in_use += one.bytes_in_use;
    stats.device.bytes_free += one.bytes_free;
    stats.device.blocks += one.blocks;
    stats.device.peak_bytes += one.peak_bytes;
  }
  return stats;
}

}  // namespace polycodec::cuda
