// The rows of a part of the output.
#include "jpeg2k_picture.hpp"

#include <algorithm>

#include <polycodec.hpp>

#include "jpeg2k_pack.hpp"
#include "jpeg2k_samples.hpp"

namespace polycodec::jpeg2k {

void Picture::Write(std::span<const Plane> planes, const Part& part, Scratch& scratch) const {
  const polycodec_layout& output = task_.output;
  const uint32_t width = part.x1 - part.x0, size = ElementSize(output.dtype);
  const auto sources = static_cast<uint32_t>(sources_.size()), channels = static_cast<uint32_t>(takes_.size());
  // A row for each source, and two of constants.
  scratch.samples.resize(size_t{width} * (sources + 2));
  scratch.rows.resize(sources + channels);
  const int32_t** gathered = scratch.rows.data();
  const int32_t** taken = gathered + sources;
  const auto buffer = [&](uint32_t i) { return scratch.samples.data() + size_t{width} * i; };

  const int64_t full = FullScale(output.precision);
  const bool fullWord = output.precision == 32;  // then clamping would need a 33rd bit; the samples are in range
  const int32_t low = signedOutput_ ? static_cast<int32_t>(-(full + 1) / 2) : fullWord ? INT32_MIN : 0;
  const int32_t high = signedOutput_ ? static_cast<int32_t>(full / 2) : fullWord ? INT32_MAX : static_cast<int32_t>(full);
  std::fill_n(buffer(sources), width, static_cast<int32_t>(full));
  std::fill_n(buffer(sources + 1), width, static_cast<int32_t>((full + 1) / 2));
  const int64_t from = FullScale(precision_);

  const bool planar = (output.sample_format & 1) != 0;
  const size_t pixel = planar ? size : size_t{size} * channels;
  for (uint32_t y = part.y0; y < part.y1; ++y) {
    for (uint32_t i = 0; i < sources; ++i) {
      gathered[i] = Gather(channels_[sources_[i]], planes, y, part, buffer(i), scratch);
    }
    if (conversion_ != Conversion::kNone) {
      int32_t* rows[4];
      for (uint32_t i = 0; i < std::min(sources, 4u); ++i) {
        rows[i] = buffer(i);
        if (gathered[i] != rows[i]) std::copy_n(gathered[i], width, rows[i]);
        gathered[i] = rows[i];
      }
      Convert(rows, width);
    }
    if (rescales_) {
      for (uint32_t i = 0; i < sources; ++i) {
        int32_t* row = buffer(i);
        if (!rescale_.empty()) {
          const auto last = static_cast<int32_t>(from);
          for (uint32_t x = 0; x < width; ++x) {
            row[x] = static_cast<int32_t>(rescale_[static_cast<uint32_t>(std::clamp(gathered[i][x], 0, last))]);
          }
        } else {
          for (uint32_t x = 0; x < width; ++x) {
            const int64_t value = precision_ == 32 ? int64_t{static_cast<uint32_t>(gathered[i][x])} : gathered[i][x];
            row[x] = static_cast<int32_t>(Rescale(value, from, full));
          }
        }
        gathered[i] = row;
      }
    }
    for (uint32_t c = 0; c < channels; ++c) {
      taken[c] = takes_[c] == kFull     ? buffer(sources)
                 : takes_[c] == kMiddle ? buffer(sources + 1)
                                        : gathered[takes_[c]];
    }
    uint8_t* row = task_.pixels + output.row_stride * y + pixel * part.x0;
    if (planar) {
      for (uint32_t c = 0; c < channels; ++c) {
        PackRow(taken + c, 1, width, low, high, row + output.plane_stride * c, size, host->simd != 0);
      }
    } else {
      PackRow(taken, channels, width, low, high, row, size, host->simd != 0);
    }
  }
}

}  // namespace polycodec::jpeg2k
