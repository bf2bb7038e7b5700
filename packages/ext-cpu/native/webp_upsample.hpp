// Pixels of a lossy WebP out of its planes, byte for byte as libwebp makes them: chroma, which has half the resolution,
// is interpolated (what libwebp calls fancy upsampling), and colours are converted (ITU-R BT.601, limited range).
#pragma once

#include <cstddef>
#include <cstdint>

#include "row_prefetch.hpp"

namespace polycodec::webp {

// Y, U and V of a picture. U and V have a sample for every two pixels across and down, the odd last one included.
struct Planes {
  // Of this many bytes beside each row of chroma, before and behind it, Upsample writes the nearest and reads all.
  static constexpr size_t kMargin = 32;

  uint8_t *y, *u, *v;
  size_t yStride, chromaStride;
};

enum class PixelOrder { kRgb, kBgr, kRgba };  // interleaved, the fourth channel 255

constexpr uint32_t ChannelsOf(PixelOrder order) { return order == PixelOrder::kRgba ? 4 : 3; }

// Rows of `width` pixels, `stride` bytes apart. `isFast` asks for UpsampleRowsFast.
void Upsample(const Planes& planes, uint32_t width, uint32_t height, PixelOrder order, uint8_t* pixels, size_t stride, bool isFast);

// The rows between two rows of chroma: row 0 is nearer to chroma row 0, row 1 to chroma row 1. The first and the last row
// of a picture stand alone: the other's `to` is null, and both rows of chroma are the same.
struct RowPair {
  const uint8_t *y[2], *u[2], *v[2];
  uint8_t* to[2];
  uint32_t width;
};

// The definition, for pixels from `first` on.
void UpsampleRows(const RowPair& rows, PixelOrder order, uint32_t first);

// The same for all pixels with AVX2, on a CPU that has it (HasFastUpsampling): kFastStep pixels of a row at a time, each
// time asking for a part of `ahead`.
constexpr uint32_t kFastStep = 32;
bool HasFastUpsampling();
void UpsampleRowsFast(const RowPair& rows, PixelOrder order, RowPrefetch& ahead);

}  // namespace polycodec::webp
