#include "chunk_reader.hpp"

#include <algorithm>
#include <cstring>

#include <polycodec.hpp>

namespace polycodec::jpeg_encode {
namespace {

constexpr unsigned kCallsAChunk = 12;

}  // namespace

PixelKind KindOf(const polycodec_layout& input) {
  switch (input.sample_format) {
    case POLYCODEC_I_Y: case POLYCODEC_P_Y: return PixelKind::kGray;
    case POLYCODEC_I_RGB: case POLYCODEC_P_RGB: case POLYCODEC_I_BGR: case POLYCODEC_P_BGR: case POLYCODEC_I_RGBA:
    case POLYCODEC_P_RGBA:
      return PixelKind::kColor;
    case POLYCODEC_I_YUV: case POLYCODEC_P_YUV: return PixelKind::kYuv;
    case POLYCODEC_I_UNCHANGED: case POLYCODEC_P_UNCHANGED:
      return input.channels == 1 ? PixelKind::kGray : input.channels == 3 ? PixelKind::kColor : PixelKind::kUnsupported;
    default: return PixelKind::kUnsupported;
  }
}

void ChunkReader::Begin(const polycodec_layout& input, const uint8_t* pixels, Level level) {
  input_ = input;
  pixels_ = pixels;
  kind_ = KindOf(input);
  planar_ = input.plane_stride != 0 && input.channels > 1;
  step_ = planar_ ? 1 : input.channels;
  bytes_ = input.row_stride * (input.height - 1) + uint64_t{input.width} * step_;
  prefetch_ = {};
  const bool isBgr = input.sample_format == POLYCODEC_I_BGR || input.sample_format == POLYCODEC_P_BGR;
  channels_ = isBgr ? std::array{2u, 1u, 0u} : std::array{0u, 1u, 2u};
  const PixelOrder order = planar_ ? PixelOrder::kRgb : isBgr ? PixelOrder::kBgr : step_ == 4 ? PixelOrder::kRgba : PixelOrder::kRgb;
  convert_ = ConvertColorFor(level, order);
}

void ChunkReader::Read(uint32_t y, uint32_t x, unsigned count, SamplePlanes& to) {
  if (kind_ == PixelKind::kColor) {
    ReadColor(y, x, count, to);
  } else if (kind_ == PixelKind::kYuv && !planar_) {
    ReadInterleavedYuv(y, x, count, to);
  } else {
    ReadPlane(0, y, x, count, to.y);
    if (kind_ == PixelKind::kYuv) {
      ReadPlane(1, y, x, count, to.cb);
      ReadPlane(2, y, x, count, to.cr);
    }
  }
  const unsigned width = std::min(kChunkWidth, input_.width - x);
  if (width == kChunkWidth) return;
  const auto repeatLast = [width, count](Plane& plane) {
    for (unsigned row = 0; row < count; ++row) {
      std::memset(plane[row] + width, plane[row][width - 1], kChunkWidth - width);
    }
  };
  repeatLast(to.y);
  if (kind_ == PixelKind::kGray) return;
  repeatLast(to.cb);
  repeatLast(to.cr);
}

void ChunkReader::Announce(uint32_t y, unsigned count, unsigned chunks) {
  if (y >= input_.height) return;
  const uint32_t rows = std::min(count, input_.height - y);
  prefetch_.Begin(pixels_ + OffsetOf(y, 0), uint64_t{input_.width} * step_, input_.row_stride, rows, uint64_t{chunks} * kCallsAChunk);
}

void ChunkReader::PrefetchRows(uint32_t y, unsigned count) {
  Announce(y, count, 1);
  prefetch_.AskForAll();
}

void ChunkReader::ReadColor(uint32_t y, uint32_t x, unsigned count, SamplePlanes& to) {
  const unsigned rows = std::min(count, input_.height - y);
  const unsigned width = std::min(kChunkWidth, input_.width - x);
  const uint8_t* pointers[kChunkRows];
  for (unsigned row = 0; row < rows; ++row) {
    // Beyond the right edge any pixels do, such as the next row's, as long as there is memory.
    const uint64_t offset = OffsetOf(y + row, x);
    const bool inPlace = !planar_ && offset + kChunkWidth * step_ + kColorReadsBeyond <= bytes_;
    pointers[row] = inPlace ? pixels_ + offset : Staged(offset, width, row);
  }
  for (unsigned row = rows; row < count; ++row) pointers[row] = pointers[rows - 1];
  constexpr unsigned kAtATime = 4;
  for (unsigned row = 0; row < count; row += kAtATime) {
    convert_(pointers + row, kAtATime, to, row);
    Prefetch();
  }
}

const uint8_t* ChunkReader::Staged(uint64_t offset, unsigned width, unsigned row) {
  uint8_t* to = staged_[row];
  if (!planar_) {
    std::memcpy(to, pixels_ + offset, size_t{width} * step_);
    return to;
  }
  const uint8_t* red = pixels_ + offset + input_.plane_stride * channels_[0];
  const uint8_t* green = pixels_ + offset + input_.plane_stride * channels_[1];
  const uint8_t* blue = pixels_ + offset + input_.plane_stride * channels_[2];
  for (unsigned i = 0; i < width; ++i) {
    to[3 * i] = red[i];
    to[3 * i + 1] = green[i];
    to[3 * i + 2] = blue[i];
  }
  return to;
}

void ChunkReader::ReadPlane(unsigned plane, uint32_t y, uint32_t x, unsigned count, Plane& to) const {
  const uint8_t* from = pixels_ + input_.plane_stride * plane;
  const unsigned width = std::min(kChunkWidth, input_.width - x);
  for (unsigned row = 0; row < count; ++row) {
    std::memcpy(to[row], from + OffsetOf(std::min(y + row, input_.height - 1), x), width);
  }
}

void ChunkReader::ReadInterleavedYuv(uint32_t y, uint32_t x, unsigned count, SamplePlanes& to) const {
  const unsigned width = std::min(kChunkWidth, input_.width - x);
  for (unsigned row = 0; row < count; ++row) {
    uint8_t* const planes[3] = {to.y[row], to.cb[row], to.cr[row]};
    host->split_row(pixels_ + OffsetOf(std::min(y + row, input_.height - 1), x), planes, 3, width);
  }
}

}  // namespace polycodec::jpeg_encode
