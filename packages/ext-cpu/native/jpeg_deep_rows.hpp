// Rows of a component in the picture's full size: what is subsampled is brought up to it.
#pragma once

#include <cstdint>
#include <vector>

#include "jpeg_deep_frame.hpp"

namespace polycodec::jpegdeep {

// One thread's way to a component's rows. The fancy cases are libjpeg's (jdsample.c), result for result: a triangle
// filter that weighs the nearer sample three to one, for DCT images whose component is half as wide, as high, or both.
// Everything else, lossless images among it, is repeated.
class ComponentRows {
 public:
  ComponentRows(const Frame& frame, const Component& component);
  // Row `y` of the picture, at least frame.width samples. Valid until the next call.
  const uint16_t* Row(uint32_t y);

 private:
  // A row as coded, copied together from blocks if need be.
  const uint16_t* Stored(uint32_t y, std::vector<uint16_t>& buffer) const;
  const uint16_t* Repeated(uint32_t y);
  const uint16_t* Between(uint32_t y);

  const Component& component_;
  const bool lossless_;
  const uint32_t across_, down_;  // how much coarser the component is
  std::vector<uint16_t> near_, far_, result_;
  std::vector<uint32_t> sums_;
};

}  // namespace polycodec::jpegdeep
