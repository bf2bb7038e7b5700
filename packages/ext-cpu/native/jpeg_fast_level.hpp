// Which instructions the fast JPEG decoder uses: chosen once, by the CPU and by the host's word.
#pragma once

namespace polycodec::jpeg::fast {

enum class Level : int {
  kPortable,  // plain C++: the definition of all the others, and what other CPUs get
  kAvx2,      // AVX2, BMI, BMI2, POPCNT
  kAvx512,    // AVX-512 F, BW, VL, DQ, VBMI, VBMI2, VNNI
};

// The best that this CPU has and that the host allows (`polycodec_host.simd`).
Level BestLevel();

// The best that this CPU has.
Level CpuLevel();

// For tests: what BestLevel answers from now on, if the CPU has it. False: it has not, and nothing is changed.
bool ForceLevel(Level level);

}  // namespace polycodec::jpeg::fast
