#include "bmp_rle.hpp"

#include <algorithm>

namespace polycodec::bmp {

bool RunLengthRows::Next(Pixel* row) {
  const Pixel background = header_.coding == Coding::kRle24 ? kOpaque : header_.palette[0];
  std::fill_n(row, header_.width, background);
  if (ended_) return true;
  if (rows_down_ > 1) {
    --rows_down_;
    return true;
  }
  rows_down_ = 0;
  return Runs(row);
}

// Up to the end of the row, of the picture, or to where it goes on in another row.
bool RunLengthRows::Runs(Pixel* row) {
  constexpr uint8_t kEndOfRow = 0, kEndOfPicture = 1, kMove = 2;
  for (;;) {
    if (left() < 2) return false;
    const uint32_t count = data_[at_], value = data_[at_ + 1];
    if (count != 0) {
      const size_t pixelBytes = header_.coding == Coding::kRle24 ? 3 : 1;
      if (left() < 1 + pixelBytes) return false;
      if (header_.coding == Coding::kRle4) {
        for (uint32_t i = 0; i < count; ++i) Put(row, header_.palette[i % 2 == 0 ? value >> 4 : value & 15]);
      } else {
        const Pixel pixel = At(at_ + 1);
        for (uint32_t i = 0; i < count; ++i) Put(row, pixel);
      }
      at_ += 1 + pixelBytes;
      continue;
    }
    at_ += 2;
    switch (value) {
      case kEndOfRow: x_ = 0; return true;
      case kEndOfPicture: ended_ = true; return true;
      case kMove:
        if (left() < 2) return false;
        x_ += data_[at_];
        rows_down_ = data_[at_ + 1];
        at_ += 2;
        if (rows_down_ > 0) return true;
        break;
      default:
        if (!Literals(row, value)) return false;
    }
  }
}

// Each for itself; padded to a whole number of 16 bits.
bool RunLengthRows::Literals(Pixel* row, uint32_t count) {
  size_t bytes = count;
  if (header_.coding == Coding::kRle4) bytes = (size_t{count} + 1) / 2;
  if (header_.coding == Coding::kRle24) bytes = size_t{count} * 3;
  if (left() < bytes) return false;
  for (uint32_t i = 0; i < count; ++i) {
    if (header_.coding == Coding::kRle4) {
      const uint32_t pair = data_[at_ + i / 2];
      Put(row, header_.palette[i % 2 == 0 ? pair >> 4 : pair & 15]);
    } else {
      Put(row, At(at_ + (header_.coding == Coding::kRle24 ? size_t{i} * 3 : i)));
    }
  }
  at_ += std::min(left(), bytes + bytes % 2);
  return true;
}

Pixel RunLengthRows::At(size_t at) const {
  if (header_.coding != Coding::kRle24) return header_.palette[data_[at]];
  return PixelOf(data_[at + 2], data_[at + 1], data_[at]);
}

}  // namespace polycodec::bmp
