#include "pixels_scalar.hpp"

#include <cstring>

#include "pixels_half.hpp"

namespace polycodec::pixels {
namespace {

/* Unsigned elements as numbers, all others as the bits they are. */
uint64_t Load(const uint8_t* from, uint32_t size) {
  switch (size) {
    case 1: return *from;
    case 2: { uint16_t value; std::memcpy(&value, from, 2); return value; }
    case 4: { uint32_t value; std::memcpy(&value, from, 4); return value; }
    default: { uint64_t value; std::memcpy(&value, from, 8); return value; }
  }
}

void Store(uint8_t* to, uint32_t size, uint64_t value) {
  switch (size) {
    case 1: *to = static_cast<uint8_t>(value); break;
    case 2: { const auto narrow = static_cast<uint16_t>(value); std::memcpy(to, &narrow, 2); break; }
    case 4: { const auto narrow = static_cast<uint32_t>(value); std::memcpy(to, &narrow, 4); break; }
    default: std::memcpy(to, &value, 8);
  }
}

struct PixelConverter {
  const Conversion& plan;
  const polycodec_layout& src;
  uint32_t srcSize, dstSize, channels;
  uint32_t srcFull, dstFull; /* of numbers; of other elements never used */
  ptrdiff_t srcChannel, dstChannel;

  uint64_t Read(const uint8_t* pixel, int c) const {
    const uint8_t* from = pixel + c * srcChannel;
    const uint64_t bits = Load(from, srcSize);
    if (!plan.counts) return bits;
    switch (src.dtype) {
      case POLYCODEC_INT8: return FromSigned(static_cast<int8_t>(bits), src.precision);
      case POLYCODEC_INT16: return FromSigned(static_cast<int16_t>(bits), src.precision);
      case POLYCODEC_INT32: return FromSigned(static_cast<int32_t>(bits), src.precision);
      case POLYCODEC_FLOAT16: return FromFloat(FromFloat16(static_cast<uint16_t>(bits)), srcFull);
      case POLYCODEC_FLOAT32: { float value; std::memcpy(&value, from, 4); return FromFloat(value, srcFull); }
      case POLYCODEC_FLOAT64: { double value; std::memcpy(&value, from, 8); return FromFloat(value, srcFull); }
      default: return bits;
    }
  }

  /* The same without stray high bits. */
  uint64_t ReadWithin(const uint8_t* pixel, int c) const {
    const uint64_t value = Read(pixel, c);
    return value > srcFull ? srcFull : value;
  }

  uint64_t Converted(uint64_t value, const uint8_t* pixel, uint32_t c) const {
    if (plan.alpha >= 0) {
      const uint32_t ground = Rescale(plan.ground[c], 255, srcFull);
      value = Blend(value > srcFull ? srcFull : value, ReadWithin(pixel, plan.alpha), ground, srcFull);
    }
    return plan.rescale ? Rescale(value, srcFull, dstFull) : value;
  }

  uint64_t Channel(const uint8_t* pixel, uint32_t c) const {
    if (plan.kind == Conversion::Kind::kSame) return Converted(Read(pixel, static_cast<int>(c)), pixel, c);
    switch (plan.take[c]) {
      case kFull: return dstFull;
      case kMiddle: return (uint64_t{dstFull} + 1) / 2;
      case kLuma: {
        const auto at = [&](int i) { return ReadWithin(pixel, plan.rgb[i]); };
        return Converted(Luma(at(0), at(1), at(2)), pixel, c);
      }
      default: return Converted(Read(pixel, plan.take[c]), pixel, c);
    }
  }

  void operator()(const uint8_t* from, uint8_t* to) const {
    const auto in = [&](int c) { return static_cast<int32_t>(from[c * srcChannel]); };
    const auto out = [&](int c) -> uint8_t& { return to[c * dstChannel]; };
    switch (plan.kind) {
      case Conversion::Kind::kYccToRgb:
        YccToRgb(in(0), in(1), in(2), out(plan.rgb[0]), out(plan.rgb[1]), out(plan.rgb[2]));
        if (channels == 4) out(3) = 255;
        break;
      case Conversion::Kind::kRgbToYcc:
        RgbToYcc(in(plan.rgb[0]), in(plan.rgb[1]), in(plan.rgb[2]), out(0), out(1), out(2));
        break;
      default:
        for (uint32_t c = 0; c < channels; c++) Store(to + c * dstChannel, dstSize, Channel(from, c));
    }
  }
};

}  // namespace

Position StoredPosition(int32_t orientation, uint32_t width, uint32_t height, uint32_t y, uint32_t x) noexcept {
  const uint32_t bottom = height - 1, right = width - 1;
  switch (orientation) {
    case 2: return {y, right - x};
    case 3: return {bottom - y, right - x};
    case 4: return {bottom - y, x};
    case 5: return {x, y};
    case 6: return {bottom - x, y};
    case 7: return {bottom - x, right - y};
    case 8: return {x, right - y};
    default: return {y, x};
  }
}

void TransformScalar(const TransformSpec& spec, const Conversion& plan, const uint8_t* src,
                     const polycodec_layout& srcLayout, uint8_t* dst, const polycodec_layout& dstLayout) noexcept {
  const Steps in = StepsOf(srcLayout), out = StepsOf(dstLayout);
  const uint32_t srcSize = ElementSize(srcLayout.dtype), dstSize = ElementSize(dstLayout.dtype);
  const auto full = [](uint32_t precision) { return precision >= 1 && precision <= 32 ? FullScale(precision) : 0; };
  const PixelConverter convert{plan, srcLayout, srcSize, dstSize, dstLayout.channels,
                               NumberScale(srcLayout, dstLayout), full(dstLayout.precision), in.channel, out.channel};
  const bool turned = spec.orientation >= 5;
  const uint32_t width = turned ? dstLayout.height : dstLayout.width;
  const uint32_t height = turned ? dstLayout.width : dstLayout.height;
  for (uint32_t y = 0; y < dstLayout.height; y++) {
    for (uint32_t x = 0; x < dstLayout.width; x++) {
      const Position stored = StoredPosition(spec.orientation, width, height, y, x);
      const ptrdiff_t sy = static_cast<ptrdiff_t>(stored.y) + spec.y0, sx = static_cast<ptrdiff_t>(stored.x) + spec.x0;
      convert(src + sy * in.row + sx * in.pixel,
              dst + static_cast<ptrdiff_t>(y) * out.row + static_cast<ptrdiff_t>(x) * out.pixel);
    }
  }
}

void SplitRowScalar(const uint8_t* interleaved, uint8_t* const* planes, uint32_t channels, uint32_t width) noexcept {
  for (uint32_t c = 0; c < channels; c++) {
    for (uint32_t x = 0; x < width; x++) planes[c][x] = interleaved[static_cast<size_t>(x) * channels + c];
  }
}

}  // namespace polycodec::pixels
