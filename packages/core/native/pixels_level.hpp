/* Which of the implementations runs; each includes those before it. The tests set it, to compare them all. */
#ifndef POLYCODEC_PIXELS_LEVEL_HPP
#define POLYCODEC_PIXELS_LEVEL_HPP

namespace polycodec::pixels {

enum class Level : int {
  kDefinition, /* pixel by pixel, pixels_scalar.cpp */
  kPortable,   /* row by row and tile by tile, in plain C++: what CPUs other than x86 get */
  kSsse3,      /* byte shuffles */
  kAvx2,       /* with F16C: resampling, tensors */
  kAvx512,     /* F and BW */
};

/* The best this CPU has is what runs unless somebody asks for less. */
Level BestLevel() noexcept;
Level CurrentLevel() noexcept;
void SetLevel(Level level) noexcept;

}  // namespace polycodec::pixels

#endif
