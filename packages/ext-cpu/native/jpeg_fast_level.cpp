#include "jpeg_fast_level.hpp"

#include <algorithm>

#include <polycodec.hpp>

namespace polycodec::jpeg::fast {
namespace {

// polycodec_host.simd: 0 none, 1 all, 2 no more than AVX2.
Level Allowed() {
  if (host == nullptr || host->simd == 1) return Level::kAvx512;
  return host->simd == 2 ? Level::kAvx2 : Level::kPortable;
}

Level& Chosen() {
  static Level level = std::min(CpuLevel(), Allowed());
  return level;
}

}  // namespace

Level CpuLevel() {
#if defined(__x86_64__)
  __builtin_cpu_init();
  const bool has2 = __builtin_cpu_supports("avx2") && __builtin_cpu_supports("bmi") && __builtin_cpu_supports("bmi2") &&
                    __builtin_cpu_supports("popcnt");
  if (!has2) return Level::kPortable;
  const bool has512 = __builtin_cpu_supports("avx512f") && __builtin_cpu_supports("avx512bw") &&
                      __builtin_cpu_supports("avx512vl") && __builtin_cpu_supports("avx512dq") &&
                      __builtin_cpu_supports("avx512vbmi") && __builtin_cpu_supports("avx512vbmi2") &&
                      __builtin_cpu_supports("avx512vnni");
  return has512 ? Level::kAvx512 : Level::kAvx2;
#else
  return Level::kPortable;
#endif
}

Level BestLevel() { return Chosen(); }

bool ForceLevel(Level level) {
  if (level > CpuLevel()) return false;
  Chosen() = level;
  return true;
}

}  // namespace polycodec::jpeg::fast
