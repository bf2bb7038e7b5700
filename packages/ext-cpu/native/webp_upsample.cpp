// The definition, pixel by pixel, and the walk over the rows.
#include "webp_upsample.hpp"

#include <algorithm>

namespace polycodec::webp {
namespace {

// 9/16 of the nearest sample, 3/16 of the next ones across and down, 1/16 of the one across the corner. Of an even pixel
// the next sample is to the left, of an odd one to the right. Beyond the picture's edge its last samples go on.
int Interpolate(const uint8_t* near, const uint8_t* far, uint32_t x) {
  const ptrdiff_t i = x / 2, next = x % 2 == 0 ? i - 1 : i + 1;
  return (9 * near[i] + 3 * near[next] + 3 * far[i] + far[next] + 8) >> 4;
}

// Six bits of fraction are left of fourteen, each product having lost eight.
uint8_t ToByte(int value) { return static_cast<uint8_t>(std::clamp(value >> 6, 0, 255)); }

void RepeatEdges(uint8_t* row, uint32_t width) {
  row[-1] = row[0];
  row[width] = row[width - 1];
}

}  // namespace

void UpsampleRows(const RowPair& rows, PixelOrder order, uint32_t first) {
  const uint32_t red = order == PixelOrder::kBgr ? 2 : 0, blue = 2 - red;
  for (int i = 0; i < 2; ++i) {
    if (rows.to[i] == nullptr) continue;
    for (uint32_t x = first; x < rows.width; ++x) {
      const int u = Interpolate(rows.u[i], rows.u[1 - i], x), v = Interpolate(rows.v[i], rows.v[1 - i], x);
      const int luma = rows.y[i][x] * 19077 >> 8;  // 1.164 of 2^14
      uint8_t* const pixel = rows.to[i] + size_t{x} * ChannelsOf(order);
      pixel[red] = ToByte(luma + (v * 26149 >> 8) - 14234);
      pixel[1] = ToByte(luma - (u * 6419 >> 8) - (v * 13320 >> 8) + 8708);
      pixel[blue] = ToByte(luma + (u * 33050 >> 8) - 17685);
      if (order == PixelOrder::kRgba) pixel[3] = 255;
    }
  }
}

void Upsample(const Planes& planes, uint32_t width, uint32_t height, PixelOrder order, uint8_t* pixels, size_t stride, bool isFast) {
  const uint32_t chromaWidth = (width + 1) / 2, chromaHeight = (height + 1) / 2;
  const size_t rowBytes = size_t{width} * ChannelsOf(order);
  // What a pair of rows leaves of the memory's time is enough to ask for the next pair: a third faster.
  RowPrefetch ahead;
  for (uint32_t row = 0; row <= height; row += 2) {  // rows row - 1 and row
    const uint32_t above = row == 0 ? 0 : row / 2 - 1, below = std::min(row / 2, chromaHeight - 1);
    for (uint8_t* const plane : {planes.u, planes.v}) RepeatEdges(plane + planes.chromaStride * below, chromaWidth);
    RowPair rows{};
    rows.width = width;
    for (unsigned i = 0; i < 2; ++i) {
      const size_t chroma = planes.chromaStride * (i == 0 ? above : below);
      rows.u[i] = planes.u + chroma;
      rows.v[i] = planes.v + chroma;
      if (row + i == 0 || row + i > height) continue;
      rows.y[i] = planes.y + planes.yStride * (row + i - 1);
      rows.to[i] = pixels + stride * (row + i - 1);
    }
    if (!isFast) {
      UpsampleRows(rows, order, 0);
      continue;
    }
    if (row + 1 < height) {
      ahead.Begin(pixels + stride * (row + 1), rowBytes, stride, std::min(2u, height - row - 1), 2 * (width / kFastStep + 1));
    }
    UpsampleRowsFast(rows, order, ahead);
  }
}

}  // namespace polycodec::webp
