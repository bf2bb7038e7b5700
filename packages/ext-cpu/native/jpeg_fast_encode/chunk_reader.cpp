#include "chunk_reader.hpp"

#include <algorithm>
#include <cstring>

#include <polycodec.hpp>

namespace polycodec::jpeg_encode {

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
    ReadPlane(pixels_, y, x, count, to.y);
    if (kind_ == PixelKind::kGray) return;
    ReadPlane(pixels_ + input_.plane_stride, y, x, count, to.cb);
    ReadPlane(pixels_ + 2 * input_.plane_stride, y, x, count, to.cr);
  }
}

void ChunkReader::Prefetch(uint32_t y, uint32_t x, unsigned count) const {
  const unsigned rows = std::min(count, input_.height - y);
  const uint8_t* at = pixels_ + input_.row_stride * y + uint64_t{x + 2 * kChunkWidth} * step_;
  if (uint64_t{x} + 3 * kChunkWidth > input_.width) return;
  for (unsigned row = 0; row < rows; ++row, at += input_.row_stride) {
    for (unsigned byte = 0; byte < kChunkWidth * step_; byte += 64) __builtin_prefetch(at + byte);
  }
}

void ChunkReader::ReadColor(uint32_t y, uint32_t x, unsigned count, SamplePlanes& to) {
  const unsigned rows = std::min(count, input_.height - y);
  const unsigned width = std::min(kChunkWidth, input_.width - x);
  const bool inPlace = !planar_ && uint64_t{x + kChunkWidth} * step_ + kColorReadsBeyond <= uint64_t{input_.width} * step_;
  const uint8_t* pointers[kChunkRows];
  for (unsigned row = 0; row < rows; ++row) {
    const uint8_t* pixel = pixels_ + input_.row_stride * (y + row) + uint64_t{x} * step_;
    pointers[row] = inPlace ? pixel : Staged(pixel, width, row);
  }
  for (unsigned row = rows; row < count; ++row) pointers[row] = pointers[rows - 1];
  convert_(pointers, count, to);
}

const uint8_t* ChunkReader::Staged(const uint8_t* pixel, unsigned width, unsigned row) {
  uint8_t* to = staged_[row];
  const unsigned step = planar_ ? 3 : step_;
  if (planar_) {
    const uint8_t* red = pixel + input_.plane_stride * channels_[0];
    const uint8_t* green = pixel + input_.plane_stride * channels_[1];
    const uint8_t* blue = pixel + input_.plane_stride * channels_[2];
    for (unsigned i = 0; i < width; ++i) {
      to[3 * i] = red[i];
      to[3 * i + 1] = green[i];
      to[3 * i + 2] = blue[i];
    }
  } else {
    std::memcpy(to, pixel, size_t{width} * step);
  }
  for (unsigned i = width * step; i < kChunkWidth * step; ++i) to[i] = to[i - step];
  return to;
}

void ChunkReader::ReadPlane(const uint8_t* sample, uint32_t y, uint32_t x, unsigned count, Plane& to) const {
  const unsigned width = std::min(kChunkWidth, input_.width - x);
  for (unsigned row = 0; row < count; ++row) {
    const uint8_t* from = sample + input_.row_stride * std::min(y + row, input_.height - 1) + x;
    std::memcpy(to[row], from, width);
    std::memset(to[row] + width, from[width - 1], kChunkWidth - width);
  }
}

void ChunkReader::ReadInterleavedYuv(uint32_t y, uint32_t x, unsigned count, SamplePlanes& to) const {
  const unsigned width = std::min(kChunkWidth, input_.width - x);
  for (unsigned row = 0; row < count; ++row) {
    uint8_t* const planes[3] = {to.y[row], to.cb[row], to.cr[row]};
    host->split_row(pixels_ + input_.row_stride * std::min(y + row, input_.height - 1) + uint64_t{x} * step_, planes, 3,
                    width);
    for (uint8_t* plane : planes) std::memset(plane + width, plane[width - 1], kChunkWidth - width);
  }
}

}  // namespace polycodec::jpeg_encode
