#include "pixels_rows.hpp"

#include <cstring>
#include <type_traits>

#include "pixels_half.hpp"

namespace polycodec::pixels {
namespace {

template <typename T>
T LoadAs(const uint8_t* from) {
  T value;
  std::memcpy(&value, from, sizeof value);
  return value;
}
template <typename T>
void StoreAs(uint8_t* to, T value) {
  std::memcpy(to, &value, sizeof value);
}

/*
 * Rescale without the division, for the precisions where a double has bits to spare. With p, q <= 16 the exact
 * quotient v * (2^q - 1) / (2^p - 1) lies at least 1 / (2 * (2^p - 1)) > 2^-17 from the nearest rounding boundary
 * (the divisor is odd, so there are no ties), while the product's error is below 2^16 * 2^-52. Adding a half and
 * cutting therefore gives what the integers give.
 */
struct Scaler {
  uint32_t from, to;
  double factor;

  explicit Scaler(const RowConverter& row)
      : from(row.srcFull), to(row.dstFull), factor(static_cast<double>(row.dstFull) / row.srcFull) {}

  template <typename S, typename D>
  D Convert(S value) const {
    if constexpr (sizeof(S) <= 2 && sizeof(D) <= 2) {
      const auto clamped = static_cast<int32_t>(value < from ? value : from);
      return static_cast<D>(static_cast<int32_t>(clamped * factor + 0.5));
    } else {
      return static_cast<D>(Rescale(value, from, to));
    }
  }
};

/* Calls convert(taken, to) for each target channel that comes from the source; sets the others to their constant. */
template <typename D, typename Fn>
void EachChannel(const RowConverter& row, uint8_t* dst, size_t count, Fn&& convert) {
  for (uint32_t c = 0; c < row.channels; c++) {
    uint8_t* to = dst + c * row.dstChannel;
    const int taken = row.plan.kind == Conversion::Kind::kSame ? static_cast<int>(c) : row.plan.take[c];
    if (taken == kFull || taken == kMiddle) {
      const auto value = static_cast<D>(taken == kFull ? row.dstFull : (uint64_t{row.dstFull} + 1) / 2);
      for (size_t x = 0; x < count; x++) StoreAs<D>(to + static_cast<ptrdiff_t>(x) * row.dstPixel, value);
    } else {
      convert(taken, to);
    }
  }
}

/* An IEEE 754 binary16 element. */
struct Half {
  uint16_t bits;
};

/* The unsigned type that holds an element read as a number. */
template <typename S>
using NumberOf = std::conditional_t<std::is_integral_v<S>, std::make_unsigned<std::conditional_t<std::is_integral_v<S>, S, int>>,
                                    std::type_identity<uint32_t>>::type;

template <typename S>
NumberOf<S> Number(const RowConverter& row, const uint8_t* from) {
  const S value = LoadAs<S>(from);
  if constexpr (std::is_unsigned_v<S>) {
    return value;
  } else if constexpr (std::is_integral_v<S>) {
    return static_cast<NumberOf<S>>(FromSigned(value, row.srcPrecision));
  } else if constexpr (std::is_same_v<S, Half>) {
    return static_cast<uint32_t>(FromFloat(FromFloat16(value.bits), row.srcFull));
  } else {
    return static_cast<uint32_t>(FromFloat(value, row.srcFull));
  }
}

/* Luma at the source's precision; stray high bits are cut first, so that the sum stays within range. */
template <typename S>
uint32_t LumaAt(const RowConverter& row, const uint8_t* pixel) {
  const auto channel = [&](int i) -> uint64_t {
    const NumberOf<S> value = Number<S>(row, pixel + row.plan.rgb[i] * row.srcChannel);
    return value < row.srcFull ? value : row.srcFull;
  };
  return Luma(channel(0), channel(1), channel(2));
}

/* Elements as they are; T is an unsigned type of their size, whatever they mean. */
template <typename T>
void CopyRow(const RowConverter& row, const uint8_t* src, uint8_t* dst, size_t count) {
  if (row.contiguous) {
    std::memcpy(dst, src, count * static_cast<size_t>(row.dstPixel));
    return;
  }
  EachChannel<T>(row, dst, count, [&](int taken, uint8_t* to) {
    if (taken == kLuma) {
      if constexpr (sizeof(T) <= 4) {
        for (size_t x = 0; x < count; x++) {
          const uint32_t luma = LumaAt<T>(row, src + static_cast<ptrdiff_t>(x) * row.srcPixel);
          StoreAs<T>(to + static_cast<ptrdiff_t>(x) * row.dstPixel, static_cast<T>(luma));
        }
      }
      return;
    }
    const uint8_t* from = src + taken * row.srcChannel;
    for (size_t x = 0; x < count; x++) {
      const auto at = static_cast<ptrdiff_t>(x);
      StoreAs<T>(to + at * row.dstPixel, LoadAs<T>(from + at * row.srcPixel));
    }
  });
}

/* All of 16 bits to all of 8, v * 255 / 65535 to nearest: exact for every v, and compilers vectorise it. */
void HalveRow(const uint8_t* src, uint8_t* dst, size_t elements) {
  for (size_t i = 0; i < elements; i++) {
    const uint32_t value = LoadAs<uint16_t>(src + 2 * i);
    dst[i] = static_cast<uint8_t>((value * 255 + 32895) >> 16);
  }
}

template <typename S, typename D>
void RescaleRow(const RowConverter& row, const uint8_t* src, uint8_t* dst, size_t count) {
  using Unsigned = NumberOf<S>;
  const Scaler scale(row);
  if (row.contiguous) {
    const size_t elements = count * row.channels;
    if (sizeof(D) == 1 && std::is_same_v<S, uint16_t> && row.srcFull == 65535 && row.dstFull == 255) {
      HalveRow(src, dst, elements);
      return;
    }
    for (size_t i = 0; i < elements; i++) {
      StoreAs<D>(dst + i * sizeof(D), scale.Convert<Unsigned, D>(Number<S>(row, src + i * sizeof(S))));
    }
    return;
  }
  EachChannel<D>(row, dst, count, [&](int taken, uint8_t* to) {
    for (size_t x = 0; x < count; x++) {
      const uint8_t* pixel = src + static_cast<ptrdiff_t>(x) * row.srcPixel;
      const Unsigned value = taken == kLuma ? static_cast<Unsigned>(LumaAt<S>(row, pixel))
                                            : Number<S>(row, pixel + taken * row.srcChannel);
      StoreAs<D>(to + static_cast<ptrdiff_t>(x) * row.dstPixel, scale.Convert<Unsigned, D>(value));
    }
  });
}

/* The same with alpha blended onto the background. Of the fast ways only BlendRgba is for it. */
template <typename S, typename D>
void FlattenRow(const RowConverter& row, const uint8_t* src, uint8_t* dst, size_t count) {
  for (uint32_t c = 0; c < row.channels; c++) {
    const int taken = row.plan.take[c];
    const uint32_t ground = Rescale(row.plan.ground[c], 255, row.srcFull);
    for (size_t x = 0; x < count; x++) {
      const uint8_t* pixel = src + static_cast<ptrdiff_t>(x) * row.srcPixel;
      const auto within = [&](int channel) {
        const uint64_t value = Number<S>(row, pixel + channel * row.srcChannel);
        return value < row.srcFull ? value : row.srcFull;
      };
      const uint64_t value = taken == kLuma ? LumaAt<S>(row, pixel) : within(taken);
      const uint32_t blended = Blend(value, within(row.plan.alpha), ground, row.srcFull);
      StoreAs<D>(dst + static_cast<ptrdiff_t>(c) * row.dstChannel + static_cast<ptrdiff_t>(x) * row.dstPixel,
                 static_cast<D>(Rescale(blended, row.srcFull, row.dstFull)));
    }
  }
}

void YccToRgbRow(const RowConverter& row, const uint8_t* src, uint8_t* dst, size_t count) {
  const ptrdiff_t red = row.plan.rgb[0] * row.dstChannel, green = row.plan.rgb[1] * row.dstChannel;
  const ptrdiff_t blue = row.plan.rgb[2] * row.dstChannel;
  for (size_t x = 0; x < count; x++, src += row.srcPixel, dst += row.dstPixel) {
    YccToRgb(src[0], src[row.srcChannel], src[2 * row.srcChannel], dst[red], dst[green], dst[blue]);
    if (row.channels == 4) dst[3 * row.dstChannel] = 255;
  }
}

void RgbToYccRow(const RowConverter& row, const uint8_t* src, uint8_t* dst, size_t count) {
  const ptrdiff_t red = row.plan.rgb[0] * row.srcChannel, green = row.plan.rgb[1] * row.srcChannel;
  const ptrdiff_t blue = row.plan.rgb[2] * row.srcChannel;
  for (size_t x = 0; x < count; x++, src += row.srcPixel, dst += row.dstPixel) {
    RgbToYcc(src[red], src[green], src[blue], dst[0], dst[row.dstChannel], dst[2 * row.dstChannel]);
  }
}

RowFn FindCopy(uint32_t elementSize) {
  switch (elementSize) {
    case 1: return CopyRow<uint8_t>;
    case 2: return CopyRow<uint16_t>;
    case 4: return CopyRow<uint32_t>;
    default: return CopyRow<uint64_t>;
  }
}

template <typename S>
RowFn FindNumbers(bool flatten, uint32_t dstSize) {
  switch (dstSize) {
    case 1: return flatten ? FlattenRow<S, uint8_t> : RescaleRow<S, uint8_t>;
    case 2: return flatten ? FlattenRow<S, uint16_t> : RescaleRow<S, uint16_t>;
    default: return flatten ? FlattenRow<S, uint32_t> : RescaleRow<S, uint32_t>;
  }
}

RowFn FindRow(const Conversion& plan, int32_t srcType, uint32_t dstSize) {
  if (plan.kind == Conversion::Kind::kYccToRgb) return YccToRgbRow;
  if (plan.kind == Conversion::Kind::kRgbToYcc) return RgbToYccRow;
  const bool flatten = plan.alpha >= 0;
  if (!plan.rescale && !flatten) return FindCopy(ElementSize(srcType));
  switch (srcType) {
    case POLYCODEC_UINT8: return FindNumbers<uint8_t>(flatten, dstSize);
    case POLYCODEC_INT8: return FindNumbers<int8_t>(flatten, dstSize);
    case POLYCODEC_UINT16: return FindNumbers<uint16_t>(flatten, dstSize);
    case POLYCODEC_INT16: return FindNumbers<int16_t>(flatten, dstSize);
    case POLYCODEC_INT32: return FindNumbers<int32_t>(flatten, dstSize);
    case POLYCODEC_FLOAT16: return FindNumbers<Half>(flatten, dstSize);
    case POLYCODEC_FLOAT32: return FindNumbers<float>(flatten, dstSize);
    case POLYCODEC_FLOAT64: return FindNumbers<double>(flatten, dstSize);
    default: return FindNumbers<uint32_t>(flatten, dstSize);
  }
}

ShuffleFn FindRowShuffle(const Conversion& plan, const polycodec_layout& src, const polycodec_layout& dst) {
  constexpr int8_t kInOrder[] = {0, 1, 2, 3};
  if (plan.rescale || ElementSize(src.dtype) != 1 || dst.channels > kMaxNamedChannels) return nullptr;
  if (plan.kind != Conversion::Kind::kSame && plan.kind != Conversion::Kind::kTake) return nullptr;
  const int8_t* take = plan.kind == Conversion::Kind::kSame ? kInOrder : plan.take;
  for (uint32_t c = 0; c < dst.channels; c++) {
    /* A full value is 255 only where all eight bits count. */
    if (take[c] < kFull || (take[c] == kFull && dst.precision != 8)) return nullptr;
  }
  return FindShuffle(src.channels, IsPlanar(src.sample_format), dst.channels, IsPlanar(dst.sample_format), take);
}

}  // namespace

RowConverter MakeRowConverter(const Conversion& plan, const polycodec_layout& src, const polycodec_layout& dst,
                              bool simd) noexcept {
  const auto full = [](uint32_t precision) { return precision >= 1 && precision <= 32 ? FullScale(precision) : 0; };
  const Steps in = StepsOf(src), out = StepsOf(dst);
  RowConverter row{};
  row.plan = plan;
  row.channels = dst.channels;
  row.srcFull = NumberScale(src, dst);
  row.srcPrecision = src.precision;
  row.dstFull = full(dst.precision);
  row.srcPixel = in.pixel;
  row.srcChannel = in.channel;
  row.dstPixel = out.pixel;
  row.dstChannel = out.channel;
  const bool interleaved = !IsPlanar(src.sample_format) && !IsPlanar(dst.sample_format);
  row.contiguous = plan.kind == Conversion::Kind::kSame && (interleaved || dst.channels == 1);
  row.run = FindRow(plan, src.dtype, ElementSize(dst.dtype));
  row.shuffle = simd ? FindRowShuffle(plan, src, dst) : nullptr;
  row.blend = plan.alpha >= 0 && row.shuffle != nullptr ? FindBlend(plan, src, dst) : nullptr;
  if (plan.alpha >= 0 && row.blend == nullptr) row.shuffle = nullptr;
  return row;
}

void RowConverter::RunBlend(const uint8_t* src, uint8_t* dst, size_t count) const noexcept {
  /* Pieces of a size that stays in the first-level cache; the last one is not too short for a shuffle. */
  constexpr size_t kPixels = 1024;
  alignas(32) uint8_t blended[kPixels * 4];
  while (count > 0) {
    const size_t piece = count <= kPixels ? count : count < kPixels + kShufflePixels ? count / 2 : kPixels;
    blend(plan, src, blended, piece);
    RunShuffle(blended, dst, piece);
    src += static_cast<ptrdiff_t>(piece) * srcPixel;
    dst += static_cast<ptrdiff_t>(piece) * dstPixel;
    count -= piece;
  }
}

void RowConverter::RunShuffle(const uint8_t* src, uint8_t* dst, size_t count) const noexcept {
  /* What the shuffle does not need of these it does not look at. */
  const uint8_t* from[kMaxNamedChannels];
  uint8_t* to[kMaxNamedChannels];
  for (uint32_t c = 0; c < kMaxNamedChannels; c++) {
    from[c] = src + static_cast<ptrdiff_t>(c) * srcChannel;
    to[c] = dst + static_cast<ptrdiff_t>(c) * dstChannel;
  }
  shuffle(from, to, count);
}

}  // namespace polycodec::pixels
