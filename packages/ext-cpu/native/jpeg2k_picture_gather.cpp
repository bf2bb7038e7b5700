// The samples of one channel: from coarser components, fewer resolutions, through a palette, at the picture's depth.
#include "jpeg2k_picture.hpp"

#include <algorithm>

#include "jpeg2k_samples.hpp"

namespace polycodec::jpeg2k {

bool Picture::IsUnconverted() const {
  return conversion_ == Conversion::kNone && !rescales_ && average_ == 1 &&
         std::all_of(sources_.begin(), sources_.end(), [&](uint32_t i) {
           const Source& source = channels_[i];
           return source.column < 0 && source.isSigned == signedOutput_ && source.precision == precision_;
         });
}

// The samples of a channel for one row of the output: unsigned numbers (or signed ones where the output is) of the
// picture's precision. Points into the plane where nothing has to be done to it, else into `buffer`.
const int32_t* Picture::Gather(const Source& source, std::span<const Plane> planes, uint32_t y, const Part& part,
                               int32_t* buffer, Scratch& scratch) const {
  const Plane& plane = planes[source.component];
  const Component& component = stream_.components[source.component];
  const uint32_t width = part.x1 - part.x0;
  const uint32_t x = gridX_ + part.x0 * average_;
  const uint32_t gridY = gridY_ + y * average_;
  if (plane.data == nullptr || plane.width == 0 || plane.height == 0) {
    std::fill_n(buffer, width, 0);
    return buffer;
  }
  const auto rowOf = [&](uint32_t grid) {
    const uint32_t v = grid / component.dy;
    return plane.data + plane.stride * std::min(plane.height - 1, v < plane.v0 ? 0 : v - plane.v0);
  };
  const int32_t* result = buffer;
  if (average_ == 1 && component.dx == 1 && x >= plane.u0 && x - plane.u0 + width <= plane.width) {
    result = rowOf(gridY) + (x - plane.u0);
  } else if (average_ == 1) {
    const int32_t* row = rowOf(gridY);
    uint32_t u = x / component.dx, phase = x % component.dx;
    for (uint32_t i = 0; i < width; ++i) {
      buffer[i] = row[std::min(plane.width - 1, u < plane.u0 ? 0 : u - plane.u0)];
      if (++phase == component.dx) phase = 0, ++u;
    }
  } else {
    // Fewer resolutions than the scale asks for: the mean of what is there.
    scratch.sums.assign(width, 0);
    for (uint32_t j = 0; j < average_; ++j) {
      const int32_t* row = rowOf(gridY + j);
      for (uint32_t i = 0; i < width; ++i) {
        for (uint32_t k = 0; k < average_; ++k) {
          const uint32_t u = (x + i * average_ + k) / component.dx;
          scratch.sums[i] += row[std::min(plane.width - 1, u < plane.u0 ? 0 : u - plane.u0)];
        }
      }
    }
    const int64_t area = int64_t{average_} * average_;
    for (uint32_t i = 0; i < width; ++i) {
      buffer[i] = static_cast<int32_t>((scratch.sums[i] + area / 2 + area * (int64_t{1} << 33)) / area - (int64_t{1} << 33));
    }
  }
  if (source.column >= 0) {
    const std::vector<int32_t>& values = boxes_.palette[source.column].values;
    const auto last = static_cast<int32_t>(values.size()) - 1;
    for (uint32_t i = 0; i < width; ++i) buffer[i] = values[std::clamp(result[i], 0, last)];
    result = buffer;
  }
  if (source.isSigned && !signedOutput_) {
    const auto middle = static_cast<uint32_t>(1) << (source.precision - 1);
    for (uint32_t i = 0; i < width; ++i) buffer[i] = static_cast<int32_t>(static_cast<uint32_t>(result[i]) + middle);
    result = buffer;
  }
  if (source.precision != precision_) {
    if (signedOutput_) {
      for (uint32_t i = 0; i < width; ++i) buffer[i] = result[i] * (1 << (precision_ - source.precision));
    } else {
      const int64_t from = FullScale(source.precision), to = FullScale(precision_);
      for (uint32_t i = 0; i < width; ++i) buffer[i] = static_cast<int32_t>(Rescale(result[i], from, to));
    }
    result = buffer;
  }
  return result;
}

}  // namespace polycodec::jpeg2k
