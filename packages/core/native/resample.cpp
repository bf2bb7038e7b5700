#include "resample.hpp"

#include <algorithm>
#include <cstring>

#include "pixels_turn.hpp"

namespace polycodec::resample {
namespace {

constexpr size_t kAlignment = 64;

/* A row's distance in scratch memory: its samples, and what fast passes write behind them. */
size_t Stride(size_t bytes) { return (bytes + kSlack + kAlignment - 1) / kAlignment * kAlignment; }

}  // namespace

uint64_t Resize::Cost(const Picture& picture, uint32_t width, uint32_t height, Filter filter, const Window& window) {
  const uint64_t sides = std::max(picture.height, window.height);
  const uint64_t across = sides * Stride(uint64_t{window.width} * picture.channels);
  const uint64_t down = uint64_t{window.height} * Stride(uint64_t{picture.width} * picture.channels);
  const uint64_t turned = 2 * uint64_t{std::max(picture.width, window.width)} * Stride(sides);
  return AxisBytes(picture.width, width, filter, window.width) +
         AxisBytes(picture.height, height, filter, window.height) + across + down +
         (picture.channels == 1 ? turned : 0);
}

Resize::Resize(const Picture& picture, uint32_t width, uint32_t height, Filter filter, const Window& window,
               pixels::Level level)
    : picture_(picture), window_(window), passes_(PassesFor(level, picture.channels)),
      horizontal_(width != picture.width), vertical_(height != picture.height),
      down_first_(horizontal_ && vertical_ && filter != Filter::kNearest &&
                  int64_t{picture.height} - height > 2 * std::max<int64_t>(0, int64_t{picture.width} - width)) {
  ok_ = (!horizontal_ || MakeAxis(picture.width, width, filter, window.x, window.width, across_)) &&
        (!vertical_ || MakeAxis(picture.height, height, filter, window.y, window.height, down_));
  if (!ok_) return;
  row_count_ = vertical_ && !down_first_ ? down_.end - down_.begin : window.height;
  if (!horizontal_) return;
  row_stride_ = static_cast<ptrdiff_t>(Stride(size_t{window.width} * picture.channels));
  rows_bytes_ = static_cast<size_t>(row_stride_) * row_count_;
  const uint32_t columns = across_.end - across_.begin;
  if (down_first_) down_bytes_ = Stride(size_t{columns} * picture.channels) * row_count_ + kSlack;
  if (picture.channels == 1 && level >= pixels::Level::kAvx2) {
    turned_bytes_ = Stride(row_count_) * std::max(columns, window.width) + kSlack;
  }
}

void Resize::Begin(uint8_t* scratch) noexcept {
  const uint32_t top = vertical_ ? down_.begin : window_.y, left = horizontal_ ? across_.begin : window_.x;
  const uint8_t* const first =
      picture_.pixels + static_cast<ptrdiff_t>(top) * picture_.rowStride + size_t{left} * picture_.channels;
  if (!horizontal_) {
    rows_ = first;
    row_stride_ = picture_.rowStride;
    return;
  }
  rows_ = scratch;
  if (!down_first_) {
    RunAcross(first, picture_.rowStride, scratch);
    return;
  }
  const size_t bytes = size_t{across_.end - across_.begin} * picture_.channels;
  const auto stride = static_cast<ptrdiff_t>(Stride(bytes));
  uint8_t* const shrunken = scratch + rows_bytes_;
  for (uint32_t y = 0; y < row_count_; y++) {
    passes_.vertical(first, picture_.rowStride, shrunken + y * stride, bytes, down_, y);
  }
  RunAcross(shrunken, stride, scratch);
}

void Resize::RunAcross(const uint8_t* src, ptrdiff_t srcRow, uint8_t* scratch) noexcept {
  if (turned_bytes_ > 0) {
    RunTurned(src, srcRow, scratch);
  } else {
    passes_.horizontal({src, srcRow, scratch, row_stride_, row_count_}, picture_.channels, across_);
  }
}

/* Gray: along the rows is down the columns of the picture turned on its side. */
void Resize::RunTurned(const uint8_t* src, ptrdiff_t srcRow, uint8_t* scratch) noexcept {
  constexpr int32_t kTransposed = 5;
  const uint32_t columns = across_.end - across_.begin;
  const auto stride = static_cast<ptrdiff_t>(Stride(row_count_));
  uint8_t* const turned = scratch + rows_bytes_ + down_bytes_;
  uint8_t* const resized = turned + turned_bytes_;
  pixels::Turn(kTransposed, src, srcRow, turned, stride, row_count_, columns, 1, true);
  for (uint32_t x = 0; x < window_.width; x++) {
    passes_.vertical(turned, stride, resized + x * stride, row_count_, across_, x);
  }
  pixels::Turn(kTransposed, resized, stride, scratch, row_stride_, window_.width, row_count_, 1, true);
}

void Resize::Row(uint32_t y, uint8_t* dst) const noexcept {
  const size_t bytes = size_t{window_.width} * picture_.channels;
  if (vertical_ && !down_first_) {
    passes_.vertical(rows_, row_stride_, dst, bytes, down_, y);
  } else {
    std::memcpy(dst, rows_ + static_cast<ptrdiff_t>(y) * row_stride_, bytes);
  }
}

}  // namespace polycodec::resample
