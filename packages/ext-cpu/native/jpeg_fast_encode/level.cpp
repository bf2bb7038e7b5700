#include "level.hpp"

#include <algorithm>

#include <polycodec.hpp>

namespace polycodec::jpeg_encode {

Level CpuLevel() {
#if POLYCODEC_HAS_X86
  __builtin_cpu_init();
  const auto hasAll = [](auto... known) { return (known && ...); };
  if (!hasAll(__builtin_cpu_supports("avx2"), __builtin_cpu_supports("bmi"), __builtin_cpu_supports("bmi2"),
              __builtin_cpu_supports("lzcnt"), __builtin_cpu_supports("popcnt"))) {
    return Level::kScalar;
  }
  return hasAll(__builtin_cpu_supports("avx512f"), __builtin_cpu_supports("avx512bw"),
                __builtin_cpu_supports("avx512vl"), __builtin_cpu_supports("avx512dq"),
                __builtin_cpu_supports("avx512cd"), __builtin_cpu_supports("avx512vbmi"),
                __builtin_cpu_supports("avx512vbmi2"), __builtin_cpu_supports("avx512vnni"))
             ? Level::kAvx512
             : Level::kAvx2;
#else
  return Level::kScalar;
#endif
}

Level AllowedLevel() {
  const Level allowed = host->simd == 0 ? Level::kScalar : host->simd == 2 ? Level::kAvx2 : Level::kAvx512;
  return std::min(allowed, CpuLevel());
}

}  // namespace polycodec::jpeg_encode
