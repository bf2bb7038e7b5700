// Which part of the reference grid a part of the output needs.
#include "jpeg2k_picture.hpp"

#include <algorithm>

namespace polycodec::jpeg2k {

Picture::Area Picture::AreaOf(const Part& part) const {
  if (stream_.hasPpm) return {stream_.x0, stream_.y0, stream_.x1, stream_.y1};
  uint32_t dx = 1, dy = 1;
  for (const Component& component : stream_.components) {
    dx = std::max(dx, component.dx);
    dy = std::max(dy, component.dy);
  }
  // Of a coarser component the sample at or before the first pixel is needed as well.
  const auto before = [](uint64_t at, uint32_t step) { return step == 1 ? at : at - std::min<uint64_t>(at, step - 1); };
  const auto first = [&](uint32_t grid, uint32_t at, uint32_t d, uint32_t least) {
    const uint64_t start = before(uint64_t{grid} + uint64_t{at} * average_, d) << reduction_;
    return static_cast<uint32_t>(std::max<uint64_t>(start, least));
  };
  const auto last = [&](uint32_t grid, uint32_t at, uint32_t most) {
    const uint64_t end = ((uint64_t{grid} + uint64_t{at} * average_ - 1) << reduction_) + 1;
    return static_cast<uint32_t>(std::min<uint64_t>(end, most));
  };
  Area area{first(gridX_, part.x0, dx, stream_.x0), first(gridY_, part.y0, dy, stream_.y0),
            last(gridX_, part.x1, stream_.x1), last(gridY_, part.y1, stream_.y1)};
  // With an odd origin the scaled picture may end one pixel behind the last reduced sample, which is then repeated.
  area.x0 = std::min(area.x0, stream_.x1 - 1);
  area.y0 = std::min(area.y0, stream_.y1 - 1);
  area.x1 = std::max(area.x1, area.x0 + 1);
  area.y1 = std::max(area.y1, area.y0 + 1);
  if (stream_.isHt || isTolerant_) {
    // OpenJPEG 2.5.0 gives wrong samples for a part of a high-throughput tile, and where it may be cut reads beyond the
    // end when it skips packets: whole tiles then.
    const auto down = [](uint32_t at, uint32_t origin, uint32_t step) { return at - (at - origin) % step; };
    const auto up = [&](uint32_t at, uint32_t origin, uint32_t step, uint32_t most) {
      return static_cast<uint32_t>(std::min<uint64_t>(uint64_t{down(at - 1, origin, step)} + step, most));
    };
    area = {std::max(down(area.x0, stream_.tileX0, stream_.tileWidth), stream_.x0),
            std::max(down(area.y0, stream_.tileY0, stream_.tileHeight), stream_.y0),
            up(area.x1, stream_.tileX0, stream_.tileWidth, stream_.x1),
            up(area.y1, stream_.tileY0, stream_.tileHeight, stream_.y1)};
  }
  return area;
}

uint32_t Picture::RowAt(uint32_t y) const {
  const uint64_t grid = CeilShift(y, reduction_);
  return grid <= gridY_ ? 0 : std::min<uint32_t>(task_.output.height, CeilDiv(grid - gridY_, average_));
}

uint32_t Picture::ColumnAt(uint32_t x) const {
  const uint64_t grid = CeilShift(x, reduction_);
  return grid <= gridX_ ? 0 : std::min<uint32_t>(task_.output.width, CeilDiv(grid - gridX_, average_));
}

}  // namespace polycodec::jpeg2k
