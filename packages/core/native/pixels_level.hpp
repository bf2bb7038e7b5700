/* For the test, which compares them all: which of the implementations runs. */
#ifndef POLYCODEC_PIXELS_LEVEL_HPP
#define POLYCODEC_PIXELS_LEVEL_HPP

namespace polycodec::pixels {

enum class Level : int {
  kDefinition, /* pixel by pixel, pixels_scalar.cpp */
  kPortable,   /* row by row and tile by tile, in plain C++: what CPUs other than x86 get */
  kSimd,       /* the same with SSSE3 */
};

/* The best this CPU has is what runs unless somebody asks for less. */
Level BestLevel() noexcept;
void SetLevel(Level level) noexcept;

}  // namespace polycodec::pixels

#endif
