#include "pixel_pressure.hpp"

#include <algorithm>
#include <unordered_map>

#include "slabs.hpp"

namespace polycodec::pixel_pressure {

namespace {

/* More than V8 lets external memory grow by (64 MiB) before it begins to mark. */
constexpr int64_t kPoke = int64_t{128} << 20;

/* Of an environment, which lives in one thread. */
struct Pressure {
  int64_t live = 0;
  int64_t low = 0; /* least since the collector was asked last */
  std::unordered_map<const void*, int64_t> opened;
};
thread_local Pressure pressure;

/* Three quarters of what the pool may keep: 768 MiB, or less on a small machine. */
int64_t LeastGrowth() { return std::max(int64_t{64} << 20, static_cast<int64_t>(SlabPool::Shared().cap() / 4 * 3)); }

void Adjust(napi_env env, int64_t bytes) {
  int64_t now;
  napi_adjust_external_memory(env, bytes, &now);
}

}  // namespace

void Changed(napi_env env, int64_t bytes) {
  pressure.live += bytes;
  pressure.low = std::min(pressure.low, pressure.live);
  if (pressure.live <= pressure.low + std::max(LeastGrowth(), pressure.low / 2)) return;
  pressure.low = pressure.live;
  Adjust(env, kPoke);
  Adjust(env, -kPoke);
}

void Opened(napi_env env, const void* base, size_t length) {
  const auto bytes = static_cast<int64_t>(length);
  Adjust(env, -bytes);
  pressure.opened[base] = bytes;
  Changed(env, bytes);
}

void Closed(napi_env env, const void* base) {
  const auto at = pressure.opened.find(base);
  if (at == pressure.opened.end()) return;
  Adjust(env, at->second);
  Changed(env, -at->second);
  pressure.opened.erase(at);
}

}  // namespace polycodec::pixel_pressure
