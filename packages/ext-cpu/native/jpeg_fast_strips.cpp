#include "jpeg_fast_strips.hpp"

#include <algorithm>
#include <cstring>

namespace polycodec::jpeg::fast {
namespace {

// Before and behind a plane's rows: what row functions read over, and repeated samples.
constexpr size_t kMargin = kRowPadding;

size_t Stride(const Geometry& geometry, unsigned i, uint32_t spareMcus) {
  const PlaneGeometry& plane = geometry.planes[i];
  const size_t samples = (size_t{geometry.mcusAcross} + spareMcus) * plane.horizontal * plane.size;
  // An odd number of cache lines, lest rows fall onto each other in a cache.
  return ((samples + 2 * kMargin + 63) / 64 | 1) * 64;
}

size_t ScratchStride(const Geometry& geometry) { return (size_t{geometry.width} + 2 * kRowPadding) * 4; }

}  // namespace

uint64_t Strips::Bytes(const Geometry& geometry, uint32_t spareMcus) {
  uint64_t bytes = ScratchStride(geometry) * 2 + 64;
  for (unsigned i = 0; i < geometry.count; ++i) {
    if (geometry.planes[i].isNeeded) bytes += Stride(geometry, i, spareMcus) * (2 * geometry.planes[i].RowsPerMcu() + 1);
  }
  return bytes;
}

void Strips::Begin(const Geometry& geometry, const polycodec_decode_task& task, Level level, uint32_t spareMcus, uint32_t firstMcuRow) {
  geometry_ = &geometry;
  size_t offset = kMargin;
  for (unsigned i = 0; i < geometry.count; ++i) {
    if (!geometry.planes[i].isNeeded) continue;
    planes_[i] = {offset, Stride(geometry, i, spareMcus)};
    offset += planes_[i].stride * 2 * geometry.planes[i].RowsPerMcu();
  }
  // Grown, never shrunk: a worker's next image is mostly like its last.
  if (memory_.size() < offset + kMargin) memory_.resize(offset + kMargin);
  scratchStride_ = ScratchStride(geometry);
  if (scratch_.size() < scratchStride_ * 2) scratch_.resize(scratchStride_ * 2);
  firstMcuRow_ = firstMcuRow;
  const bool inPairs = geometry.upsampling == Upsampling::kH2 || geometry.upsampling == Upsampling::kH2V2;
  xBegin_ = inPairs ? geometry.x0 & ~1u : geometry.x0;
  row_ = ChooseRow(level, geometry.upsampling == Upsampling::kH2 ? Chroma::kH2 : Chroma::kFull, geometry.colors, geometry.store);
  pair_ = ChooseRowPair(level, geometry.colors, geometry.store);
  pixels_ = task.pixels;
  row_stride_ = task.output.row_stride;
  plane_stride_ = task.output.plane_stride;
  rowBytes_ = uint64_t{task.output.width} * (plane_stride_ == 0 ? task.output.channels : 1);
  prefetch_ = {};
}

void Strips::Announce(uint32_t row, uint64_t calls) {
  const auto [begin, end] = ShownRows(row);
  if (begin < end) prefetch_.Begin(pixels_ + row_stride_ * (begin - geometry_->y0), rowBytes_, row_stride_, end - begin, calls);
}

void Strips::Finish(uint32_t row) {
  const Geometry& geometry = *geometry_;
  const bool isLast = row + 1 == geometry.mcusDown;
  const bool looksDown = geometry.upsampling == Upsampling::kH2V2 || geometry.upsampling == Upsampling::kV2;
  if (!looksDown) {
    if (geometry.upsampling == Upsampling::kH2) RepeatEdges(row);
    const auto [begin, end] = ShownRows(row);
    for (uint32_t y = begin; y < end; ++y) {
      const uint8_t* chroma[2] = {nullptr, nullptr};
      if (geometry.planes[1].isNeeded) {
        for (unsigned i = 0; i < 2; ++i) {
          chroma[i] = Row(1 + i, y / geometry.repeatDown);
          if (geometry.repeatAcross == 1 || geometry.upsampling == Upsampling::kH2) continue;
          uint8_t* const wide = scratch_.data() + i * scratchStride_;
          RepeatSamples(chroma[i], geometry.repeatAcross, wide, geometry.x1);
          chroma[i] = wide;
        }
      }
      WriteRow(y, Row(0, y), chroma[0], chroma[1]);
    }
    return;
  }
  RepeatEdges(row);
  const auto rowsPerMcu = static_cast<int64_t>(geometry.planes[1].RowsPerMcu());
  const int64_t last = geometry.planes[1].height - 1;
  // Chroma rows c and c + 1 make pixel rows 2c + 1 and 2c + 2 between them.
  int64_t c = rowsPerMcu * row - (row == firstMcuRow_ && row != 0 ? 0 : 1);
  if (row == firstMcuRow_) KeepFirstEdge();
  for (const int64_t end = isLast ? last : rowsPerMcu * (row + 1) - 2; c <= end; ++c) {
    const auto y = static_cast<uint32_t>(2 * c + 1);
    if (!IsShown(2 * c + 1) && !IsShown(2 * c + 2)) continue;
    const auto chroma = [&](unsigned i, int64_t at) { return Row(i, static_cast<uint32_t>(std::clamp<int64_t>(at, 0, last))); };
    // Of rows outside the picture any will do.
    const auto luma = [&](int64_t at) { return Row(0, static_cast<uint32_t>(std::clamp<int64_t>(at, 0, geometry.height - 1))); };
    WritePair(y, {luma(2 * c + 1), chroma(1, c), chroma(2, c)}, {luma(2 * c + 2), chroma(1, c + 1), chroma(2, c + 1)});
  }
}

// Filters take the samples at the ends twice.
void Strips::RepeatEdges(uint32_t row) {
  for (unsigned i = 1; i < 3; ++i) {
    const PlaneGeometry& plane = geometry_->planes[i];
    for (uint32_t y = 0; y < plane.RowsPerMcu(); ++y) {
      uint8_t* const samples = Row(i, row * plane.RowsPerMcu() + y);
      samples[-1] = samples[0];
      samples[plane.width] = samples[plane.width - 1];
    }
  }
}

void Strips::KeepFirstEdge() {
  size_t bytes = 0;
  for (unsigned i = 0; i < 3; ++i) bytes += planes_[i].stride;
  if (edge_.size() < bytes) edge_.resize(bytes);
  uint8_t* to = edge_.data();
  for (unsigned i = 0; i < 3; ++i, to += planes_[i - 1].stride) {
    const uint8_t* const from = Row(i, firstMcuRow_ * geometry_->planes[i].RowsPerMcu());
    std::memcpy(to, from - kMargin, planes_[i].stride);
  }
}

Strips::Edge Strips::FirstEdge() const {
  Edge edge;
  const uint8_t* at = edge_.data() + kMargin;
  for (unsigned i = 0; i < 3; ++i, at += planes_[i - 1].stride) edge.rows[i] = at;
  return edge;
}

Strips::Edge Strips::LastEdge(uint32_t mcuRowEnd) {
  Edge edge;
  for (unsigned i = 0; i < 3; ++i) edge.rows[i] = Row(i, mcuRowEnd * geometry_->planes[i].RowsPerMcu() - 1);
  return edge;
}

void Strips::WriteSeam(const Edge& above, const Edge& below, uint32_t mcuRow) { WritePair(mcuRow * geometry_->mcuHeight - 1, above.rows, below.rows); }

bool Strips::Address(uint32_t y, unsigned slot, std::array<uint8_t*, 3>& to) {
  if (!IsShown(y)) return false;
  const Geometry& geometry = *geometry_;
  uint8_t* base = pixels_ + row_stride_ * (y - geometry.y0);
  uint64_t planeStride = plane_stride_;
  if (xBegin_ != geometry.x0) {
    base = scratch_.data() + slot * scratchStride_;
    planeStride = scratchStride_ / 4;
  }
  if (geometry.store == Store::kPlanes) {
    for (unsigned i = 0; i < 3; ++i) to[geometry.isReversed ? 2 - i : i] = base + planeStride * i;
  } else {
    to = {base, nullptr, nullptr};
  }
  return true;
}

// What Address did not let be written into the output itself.
void Strips::Deliver(uint32_t y, unsigned slot) {
  const Geometry& geometry = *geometry_;
  uint8_t* const to = pixels_ + row_stride_ * (y - geometry.y0);
  const size_t width = geometry.x1 - geometry.x0;
  if (xBegin_ != geometry.x0) {
    const uint8_t* const from = scratch_.data() + slot * scratchStride_;
    const size_t skipped = geometry.x0 - xBegin_;
    if (geometry.store == Store::kPlanes) {
      for (unsigned i = 0; i < 3; ++i) std::memcpy(to + plane_stride_ * i, from + scratchStride_ / 4 * i + skipped, width);
    } else {
      const size_t channels = geometry.store == Store::kFour ? 4 : 3;
      std::memcpy(to, from + skipped * channels, width * channels);
    }
  }
  if (geometry.hasAlphaPlane) std::memset(to + plane_stride_ * 3, 255, width);
}

void Strips::WriteRow(uint32_t y, const uint8_t* first, const uint8_t* second, const uint8_t* third) {
  const Geometry& geometry = *geometry_;
  const uint32_t width = geometry.x1 - xBegin_;
  switch (geometry.content) {
    case Content::kFirst:
      std::memcpy(pixels_ + row_stride_ * (y - geometry.y0), first + xBegin_, width);
      return;
    case Content::kLumaOfRgb:
      LumaOfRgb(first + xBegin_, second + xBegin_, third + xBegin_, pixels_ + row_stride_ * (y - geometry.y0), width);
      return;
    case Content::kGrayAsColor: second = third = first; break;
    case Content::kGrayAsYcc:
      std::memset(scratch_.data(), 128, geometry.x1 + kRowPadding);
      second = third = scratch_.data();
      break;
    case Content::kColor: break;
  }
  if (geometry.isReversed && geometry.store != Store::kPlanes) std::swap(first, third);
  std::array<uint8_t*, 3> to;
  Address(y, 0, to);
  const uint32_t chromaBegin = geometry.upsampling == Upsampling::kH2 ? xBegin_ / 2 : xBegin_;
  row_(first + xBegin_, second + chromaBegin, third + chromaBegin, to.data(), width);
  Deliver(y, 0);
}

void Strips::WritePair(uint32_t y, const std::array<const uint8_t*, 3>& above, const std::array<const uint8_t*, 3>& below) {
  const Geometry& geometry = *geometry_;
  const uint32_t width = geometry.x1 - xBegin_;
  if (geometry.upsampling == Upsampling::kV2) {
    for (unsigned k = 0; k < 2; ++k) {
      const int64_t row = int64_t{static_cast<int32_t>(y)} + k;
      if (!IsShown(row)) continue;
      const auto& near = k == 0 ? above : below;
      const auto& far = k == 0 ? below : above;
      uint8_t* blended[2];
      for (unsigned i = 0; i < 2; ++i) {
        blended[i] = scratch_.data() + i * scratchStride_;
        // The pixel row above a chroma row's middle rounds down, that below up.
        BlendRows(near[1 + i], far[1 + i], k == 0 ? 2 : 1, blended[i], geometry.x1);
      }
      WriteRow(static_cast<uint32_t>(row), near[0], blended[0], blended[1]);
    }
    return;
  }
  const uint32_t chromaBegin = xBegin_ / 2;
  const uint8_t* const luma[2] = {above[0] + xBegin_, below[0] + xBegin_};
  const uint8_t* const cb[2] = {above[1] + chromaBegin, below[1] + chromaBegin};
  const uint8_t* const cr[2] = {above[2] + chromaBegin, below[2] + chromaBegin};
  std::array<uint8_t*, 3> addresses[2];
  Destination to[2];
  for (unsigned k = 0; k < 2; ++k) to[k] = Address(y + k, k, addresses[k]) ? addresses[k].data() : nullptr;
  pair_(luma, cb, cr, to, width);
  for (unsigned k = 0; k < 2; ++k) {
    if (to[k] != nullptr) Deliver(y + k, k);
  }
}

}  // namespace polycodec::jpeg::fast
