#include "png_input.hpp"

#include <cstring>
#include <utility>

#include <polycodec.hpp>

#include "png_shuffle.hpp"

namespace polycodec::png {
namespace {

bool IsBgr(const polycodec_layout& layout) {
  return layout.sample_format == POLYCODEC_I_BGR || layout.sample_format == POLYCODEC_P_BGR;
}

}  // namespace

void Input::ReadRow(uint32_t y, uint8_t* to) const {
  const uint8_t* row = pixels_ + layout_.row_stride * y;
  const bool planar = (layout_.sample_format & 1) != 0 && layout_.channels > 1;
  if (layout_.dtype == POLYCODEC_UINT16) return Gather<uint16_t>(row, to);
  if (planar || IsScaled()) return Gather<uint8_t>(row, to);
  if (!IsBgr(layout_)) {
    std::memcpy(to, row, RowBytes());
    return;
  }
  static constexpr int8_t kReversed[] = {2, 1, 0};
  uint32_t x = host->simd != 0 ? ShufflePixels(row, 3, to, 3, kReversed, Width()) : 0;
  for (; x < Width(); ++x) {
    for (uint32_t c = 0; c < 3; ++c) to[size_t{x} * 3 + c] = row[size_t{x} * 3 + 2 - c];
  }
}

template <typename Sample>
void Input::Gather(const uint8_t* row, uint8_t* to) const {
  const bool planar = (layout_.sample_format & 1) != 0 && layout_.channels > 1;
  const uint32_t channels = Channels(), width = Width();
  const size_t pixelStep = sizeof(Sample) * (planar ? 1 : channels);
  const uint64_t most = (uint64_t{1} << Precision()) - 1, full = Sample(~Sample{0});
  for (uint32_t c = 0; c < channels; ++c) {
    const uint32_t source = IsBgr(layout_) ? 2 - c : c;
    const uint8_t* from = row + (planar ? layout_.plane_stride * source : sizeof(Sample) * source);
    uint8_t* out = to + sizeof(Sample) * c;
    for (uint32_t x = 0; x < width; ++x, from += pixelStep, out += sizeof(Sample) * channels) {
      Sample value;
      std::memcpy(&value, from, sizeof value);
      if (most != full) value = Sample(((value < most ? value : most) * full + most / 2) / most);
      if constexpr (sizeof(Sample) == 2) {
        out[0] = uint8_t(value >> 8);
        out[1] = uint8_t(value);
      } else {
        *out = value;
      }
    }
  }
}

}  // namespace polycodec::png
