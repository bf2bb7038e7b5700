#include "jpeg_deep_rows.hpp"

#include <algorithm>
#include <cstring>

namespace polycodec::jpegdeep {

ComponentRows::ComponentRows(const Frame& frame, const Component& component)
    : component_(component),
      lossless_(frame.IsLossless()),
      across_(frame.hMax / component.h),
      down_(frame.vMax / component.v),
      result_(size_t{component.width} * across_),
      sums_(component.width) {}

const uint16_t* ComponentRows::Row(uint32_t y) {
  if (across_ == 1 && down_ == 1) return Stored(y, near_);
  const bool wideEnough = across_ == 1 || component_.width > 2;
  const bool isFancy = !lossless_ && across_ <= 2 && down_ <= 2 && wideEnough;
  return isFancy ? Between(y) : Repeated(y);
}

const uint16_t* ComponentRows::Stored(uint32_t y, std::vector<uint16_t>& buffer) const {
  if (lossless_) return component_.storage.data() + size_t{y} * component_.paddedAcross;
  buffer.resize(size_t{component_.paddedAcross} * kBlockSize);
  const uint16_t* from = component_.storage.data() + size_t{y / kBlockSize} * component_.paddedAcross * kBlockSamples +
                         y % kBlockSize * kBlockSize;
  for (uint32_t x = 0; x < component_.paddedAcross; ++x, from += kBlockSamples) {
    std::memcpy(buffer.data() + size_t{x} * kBlockSize, from, kBlockSize * sizeof(uint16_t));
  }
  return buffer.data();
}

const uint16_t* ComponentRows::Repeated(uint32_t y) {
  const uint16_t* row = Stored(y / down_, near_);
  uint16_t* to = result_.data();
  for (uint32_t x = 0; x < component_.width; ++x, to += across_) std::fill_n(to, across_, row[x]);
  return result_.data();
}

const uint16_t* ComponentRows::Between(uint32_t y) {
  const uint32_t width = component_.width;
  const uint16_t* row = Stored(y / down_, near_);
  // The vertical part: three quarters of the nearer row, one of the farther; at the edges they are the same.
  if (down_ == 1) {
    std::copy_n(row, width, sums_.begin());
  } else {
    const bool isUpper = y % 2 == 0;
    const uint32_t other = isUpper ? std::max(y / 2, 1u) - 1 : std::min(y / 2 + 1, component_.height - 1);
    const uint16_t* farther = Stored(other, far_);
    for (uint32_t x = 0; x < width; ++x) sums_[x] = 3u * row[x] + farther[x];
    if (across_ == 1) {
      // The two rows between two are rounded in opposite directions, so that no bias adds up.
      const uint32_t bias = isUpper ? 1 : 2;
      for (uint32_t x = 0; x < width; ++x) result_[x] = static_cast<uint16_t>((sums_[x] + bias) >> 2);
      return result_.data();
    }
  }
  // The horizontal part, of sums that weigh 1 or 4; the rounding of left and right differs for the same reason.
  const int shift = down_ == 1 ? 2 : 4;
  const uint32_t left = down_ == 1 ? 1 : 8, right = down_ == 1 ? 2 : 7;
  uint16_t* to = result_.data();
  for (uint32_t x = 0; x < width; ++x, to += 2) {
    // At the ends libjpeg takes the end's sample alone; four times it and the rounding is the same sum.
    const uint32_t before = sums_[x == 0 ? 0 : x - 1], after = sums_[x + 1 == width ? x : x + 1];
    to[0] = static_cast<uint16_t>((3 * sums_[x] + before + left) >> shift);
    to[1] = static_cast<uint16_t>((3 * sums_[x] + after + right) >> shift);
  }
  return result_.data();
}

}  // namespace polycodec::jpegdeep
