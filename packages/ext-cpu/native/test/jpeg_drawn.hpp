// JPEG files of every kind that the fast decoder takes, made at random with libjpeg.
#pragma once

#include <cstdint>
#include <string>
#include <vector>

namespace harness {

struct DrawnJpeg {
  std::string name;  // what kind it is
  std::vector<uint8_t> bytes;
};

// Number `seed`: 1 to 80 pixels a side, gray, YCbCr in every subsampling or RGB, quality 1 to 100, smooth, photo-like,
// saturated or noise, with and without tables of its own and restart markers. `progressive`: jpeg_simple_progression's
// scans, or a script drawn at random (T.81, G.1.1.1 allows many); else one scan.
DrawnJpeg DrawJpeg(uint64_t seed, bool progressive);

}  // namespace harness
