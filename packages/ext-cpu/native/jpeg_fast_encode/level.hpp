// Which instructions the fast JPEG encoder uses: chosen by the CPU and by the host's word.
#pragma once

namespace polycodec::jpeg_encode {

enum class Level : int {
  kScalar,  // plain C++: the definition of the other two
  kAvx2,    // AVX2, BMI1, BMI2, LZCNT
  kAvx512,  // AVX-512 F, BW, VL, DQ, CD, VBMI, VBMI2, VNNI
};

// The best that this CPU has.
Level CpuLevel();

// The best that the CPU has and the host allows (`polycodec_host.simd`: 0 none, 1 the best, 2 no more than AVX2).
Level AllowedLevel();

}  // namespace polycodec::jpeg_encode

// What stands between POLYCODEC_AVX2_BEGIN or POLYCODEC_AVX512_BEGIN and POLYCODEC_SIMD_END is compiled for these
// instructions; the rest of the file, and all that headers define, for any x86-64. So a file holds a definition and
// its fast versions side by side, and an inline function of a header is never compiled twice with different ones.
//
// GCC 12's own AVX-512 header makes undefined vectors by initialising variables with themselves, and warns of it.
#if defined(__x86_64__)
#define POLYCODEC_HAS_X86 1
#define POLYCODEC_SIMD_BEGIN(target)                                      \
  _Pragma("GCC push_options") _Pragma(target) _Pragma("GCC diagnostic push") \
  _Pragma("GCC diagnostic ignored \"-Wuninitialized\"") _Pragma("GCC diagnostic ignored \"-Wmaybe-uninitialized\"")
#define POLYCODEC_AVX2_BEGIN POLYCODEC_SIMD_BEGIN("GCC target(\"avx2,bmi,bmi2,lzcnt,popcnt\")")
#define POLYCODEC_AVX512_BEGIN \
  POLYCODEC_SIMD_BEGIN("GCC target(\"avx512f,avx512bw,avx512vl,avx512dq,avx512cd,avx512vbmi,avx512vbmi2,avx512vnni,bmi,bmi2,lzcnt,popcnt\")")
#define POLYCODEC_SIMD_END _Pragma("GCC diagnostic pop") _Pragma("GCC pop_options")
#else
#define POLYCODEC_HAS_X86 0
#endif
