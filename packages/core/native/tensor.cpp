#include "tensor.hpp"

#include <algorithm>
#include <cstring>

#include "pixels.hpp"
#include "pixels_conversion.hpp"
#include "pixels_level.hpp"
#include "slabs.hpp"
#include "tensor_rows.hpp"

namespace polycodec::tensor {
namespace {

using resample::kSlack;

/* Sizes beyond this are nobody's; the products below fit 64 bits. */
constexpr uint32_t kMaxSide = 1u << 28;

bool IsSide(uint32_t side) { return side >= 1 && side <= kMaxSide; }

/* The part of an axis where the picture shows: of the tensor [begin, end), of the resized picture from `from` on. */
struct Shown {
  uint32_t begin, end, from;
  Shown(int32_t offset, uint32_t resized, uint32_t size)
      : begin(static_cast<uint32_t>(std::clamp<int64_t>(offset, 0, size))),
        end(static_cast<uint32_t>(std::clamp<int64_t>(int64_t{offset} + resized, begin, size))),
        from(static_cast<uint32_t>(int64_t{begin} - offset)) {}
  uint32_t size() const { return end - begin; }
};

/* Memory for a row on its way: as samples, split into planes, and with the scale and bias of each element. */
class RowWriter {
 public:
  RowWriter(const Spec& spec, uint32_t channels, pixels::Level level)
      : spec_(spec), channels_(channels), count_(size_t{spec.width} * channels), run_(FindRow(spec.dtype, level)),
        element_(pixels::ElementSize(spec.dtype)),
        memory_(count_ * (2 + 2 * sizeof(float)) + (2 + channels) * kSlack) {
    if (!memory_) return;
    scales_ = reinterpret_cast<float*>(memory_.data());
    biases_ = scales_ + count_;
    planes_ = reinterpret_cast<uint8_t*>(biases_ + count_);
    row_ = planes_ + count_ + kSlack;
    for (size_t i = 0; i < count_; i++) {
      const size_t c = spec.channels_last ? i % channels : i / spec.width;
      scales_[i] = spec.scale[c];
      biases_[i] = spec.bias[c];
      row_[i] = spec.padding[i % channels];
    }
  }

  explicit operator bool() const { return static_cast<bool>(memory_); }
  /* Interleaved samples of a whole row; at first all padding. */
  uint8_t* row() const { return row_; }

  /* Writes the row to row `y` of the slot. */
  void Write(uint32_t y, uint8_t* slot) const {
    if (spec_.channels_last || channels_ == 1) {
      run_(row_, count_, scales_, biases_, slot + y * count_ * element_);
      return;
    }
    uint8_t* const planes[] = {planes_, planes_ + spec_.width, planes_ + size_t{2} * spec_.width};
    pixels::SplitRow(row_, planes, channels_, spec_.width);
    for (uint32_t c = 0; c < channels_; c++) {
      const size_t at = (size_t{c} * spec_.height + y) * spec_.width;
      run_(planes[c], spec_.width, scales_ + size_t{c} * spec_.width, biases_ + size_t{c} * spec_.width,
           slot + at * element_);
    }
  }

 private:
  const Spec& spec_;
  const uint32_t channels_;
  const size_t count_;
  const RowFn run_;
  const size_t element_;
  ScopedSlab memory_;
  float *scales_ = nullptr, *biases_ = nullptr;
  uint8_t *planes_ = nullptr, *row_ = nullptr;
};

/* false: no memory. */
bool WriteRows(const Spec& spec, const resample::Picture& picture, const Shown& across, const Shown& down,
               uint8_t* slot) {
  const pixels::Level level = pixels::CurrentLevel();
  const RowWriter writer(spec, picture.channels, level);
  if (!writer) return false;
  const auto pad = [&](uint32_t begin, uint32_t end) {
    for (uint32_t y = begin; y < end; y++) writer.Write(y, slot);
  };
  if (across.size() == 0 || down.size() == 0) {
    pad(0, spec.height);
    return true;
  }
  resample::Resize resize(picture, spec.resized_width, spec.resized_height, spec.filter,
                          {down.from, across.from, down.size(), across.size()}, level);
  if (!resize.ok()) return false;
  const size_t bytes = size_t{across.size()} * picture.channels;
  const ScopedSlab scratch(resize.scratch_bytes() + bytes + kSlack);
  if (!scratch) return false;
  uint8_t* const resized = scratch.data() + resize.scratch_bytes();
  resize.Begin(scratch.data());
  pad(0, down.begin);
  uint8_t* const shown = writer.row() + size_t{across.begin} * picture.channels;
  for (uint32_t y = down.begin; y < down.end; y++) {
    resize.Row(y - down.begin, resized);
    std::memcpy(shown, resized, bytes);
    writer.Write(y, slot);
  }
  for (size_t i = 0; i < bytes; i++) shown[i] = spec.padding[i % picture.channels];
  pad(down.end, spec.height);
  return true;
}

}  // namespace

uint64_t SlotBytes(const Spec& spec, const polycodec_layout& picture) noexcept {
  const bool isPicture = picture.dtype == POLYCODEC_UINT8 && !pixels::IsPlanar(picture.sample_format) &&
                         (picture.channels == 1 || picture.channels == kMaxChannels) && IsSide(picture.width) &&
                         IsSide(picture.height);
  const auto filter = static_cast<int32_t>(spec.filter);
  const bool isTensor = IsSide(spec.width) && IsSide(spec.height) && IsSide(spec.resized_width) &&
                        IsSide(spec.resized_height) && filter >= 0 && filter < resample::kFilters &&
                        FindRow(spec.dtype, pixels::Level::kDefinition) != nullptr;
  if (!isPicture || !isTensor) return 0;
  const unsigned __int128 bytes = static_cast<unsigned __int128>(uint64_t{spec.width} * spec.height) *
                                  picture.channels * pixels::ElementSize(spec.dtype);
  return bytes < (uint64_t{1} << 63) ? static_cast<uint64_t>(bytes) : 0;
}

bool IsPicture(const Spec& spec, const polycodec_layout& picture) noexcept {
  return spec.dtype == POLYCODEC_UINT8 && (spec.channels_last || picture.channels == 1) && spec.left == 0 &&
         spec.top == 0 && spec.width == picture.width && spec.height == picture.height &&
         spec.resized_width == picture.width && spec.resized_height == picture.height &&
         picture.row_stride == uint64_t{picture.width} * picture.channels;
}

polycodec_status Write(const Spec& spec, const uint8_t* pixels, const polycodec_layout& layout,
                       uint64_t max_scratch_bytes, uint8_t* slot, std::string& why) noexcept {
  const resample::Picture picture{pixels, layout.width, layout.height, layout.channels,
                                  static_cast<ptrdiff_t>(layout.row_stride)};
  const Shown across(spec.left, spec.resized_width, spec.width), down(spec.top, spec.resized_height, spec.height);
  const uint64_t cost = resample::Resize::Cost(picture, spec.resized_width, spec.resized_height, spec.filter,
                                               {down.from, across.from, down.size(), across.size()});
  if (max_scratch_bytes != 0 && cost > max_scratch_bytes) {
    why = "resizing takes " + std::to_string(cost) + " bytes of scratch memory, the limit is " +
          std::to_string(max_scratch_bytes);
    return POLYCODEC_LIMIT_EXCEEDED;
  }
  if (WriteRows(spec, picture, across, down, slot)) return POLYCODEC_SUCCESS;
  why = "no memory for resizing";
  return POLYCODEC_OUT_OF_MEMORY;
}

}  // namespace polycodec::tensor
