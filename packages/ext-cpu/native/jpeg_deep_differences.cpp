#include "jpeg_deep_differences.hpp"

#include <algorithm>

namespace polycodec::jpegdeep {
namespace {

// Differences wrap at 16 bits (T.81, H.1.2.2). Predictors by table H.1; unlike the decoder's, these loops need nothing
// that they have just made, so the compiler makes vectors of them.
template <int kPredictor>
void Subtract(const uint16_t* row, const uint16_t* above, int16_t* to, uint32_t width) {
  to[0] = static_cast<int16_t>(row[0] - above[0]);
  for (uint32_t x = 1; x < width; ++x) {
    const int32_t a = row[x - 1], b = above[x], c = above[x - 1];
    int32_t prediction = 0;
    if constexpr (kPredictor == 1) prediction = a;
    if constexpr (kPredictor == 2) prediction = b;
    if constexpr (kPredictor == 3) prediction = c;
    if constexpr (kPredictor == 4) prediction = a + b - c;
    if constexpr (kPredictor == 5) prediction = a + ((b - c) >> 1);
    if constexpr (kPredictor == 6) prediction = b + ((a - c) >> 1);
    if constexpr (kPredictor == 7) prediction = (a + b) >> 1;
    to[x] = static_cast<int16_t>(row[x] - prediction);
  }
}

void SubtractFirst(const uint16_t* row, int16_t* to, uint32_t width, uint32_t midScale) {
  to[0] = static_cast<int16_t>(row[0] - midScale);
  for (uint32_t x = 1; x < width; ++x) to[x] = static_cast<int16_t>(row[x] - row[x - 1]);
}

using SubtractRow = void (*)(const uint16_t* row, const uint16_t* above, int16_t* to, uint32_t width);
constexpr SubtractRow kSubtract[] = {nullptr,     Subtract<1>, Subtract<2>, Subtract<3>,
                                     Subtract<4>, Subtract<5>, Subtract<6>, Subtract<7>};

template <class Sample>
uint16_t LoadRow(const uint8_t* from, uint32_t step, uint32_t shift, uint16_t* to, uint32_t width) {
  const auto* samples = reinterpret_cast<const Sample*>(from);
  uint16_t all = 0;
  for (uint32_t x = 0; x < width; ++x) {
    const uint16_t sample = samples[size_t{x} * step];
    all |= sample;
    to[x] = static_cast<uint16_t>(sample >> shift);
  }
  return all;
}

}  // namespace

DifferenceRows::DifferenceRows(const polycodec_encode_task& task, uint32_t predictor, uint32_t pointTransform,
                               uint32_t rowsPerInterval)
    : task_(task), predictor_(predictor), pointTransform_(pointTransform), rowsPerInterval_(rowsPerInterval) {
  for (uint32_t c = 0; c < task.input.channels; ++c) {
    row_[c].resize(task.input.width);
    above_[c].resize(task.input.width);
    differences_[c].resize(task.input.width);
  }
}

bool DifferenceRows::Load(uint32_t y, uint32_t c, uint16_t* to) const {
  const polycodec_layout& input = task_.input;
  const bool isBgr = input.sample_format == POLYCODEC_I_BGR || input.sample_format == POLYCODEC_P_BGR;
  const uint32_t channel = isBgr ? 2 - c : c;
  const bool planar = input.plane_stride != 0 && input.channels > 1;
  const uint32_t bytes = input.dtype == POLYCODEC_UINT8 ? 1 : 2;
  const uint8_t* from =
      task_.pixels + input.row_stride * y + (planar ? input.plane_stride * channel : size_t{channel} * bytes);
  const uint32_t step = planar ? 1 : input.channels;
  const uint16_t all = bytes == 1 ? LoadRow<uint8_t>(from, step, pointTransform_, to, input.width)
                                  : LoadRow<uint16_t>(from, step, pointTransform_, to, input.width);
  return all >> input.precision == 0;
}

bool DifferenceRows::Next() {
  const uint32_t y = next_++;
  const bool first = rowsPerInterval_ == 0 ? y == 0 : y % rowsPerInterval_ == 0;
  const uint32_t midScale = 1u << (task_.input.precision - pointTransform_ - 1);
  for (uint32_t c = 0; c < task_.input.channels; ++c) {
    std::swap(row_[c], above_[c]);
    if (!Load(y, c, row_[c].data())) return false;
    if (first) {
      SubtractFirst(row_[c].data(), differences_[c].data(), task_.input.width, midScale);
    } else {
      kSubtract[predictor_](row_[c].data(), above_[c].data(), differences_[c].data(), task_.input.width);
    }
  }
  return true;
}

}  // namespace polycodec::jpegdeep
