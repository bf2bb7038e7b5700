#include <algorithm>
#include <cmath>
#include <cstring>
#include <limits>

#include "pixels.hpp"
#include "pixels_conversion.hpp"

namespace polycodec::pixels {
namespace {

/* IEEE 754 binary16, to nearest, ties to even. A finite value that is too great becomes the greatest finite one. */
uint16_t ToHalf(double value) {
  constexpr double kGreatest = 65504;
  const uint16_t sign = std::signbit(value) ? 0x8000 : 0;
  if (std::isnan(value)) return sign | 0x7e00;
  if (std::isinf(value)) return sign | 0x7c00;
  const double magnitude = std::min(std::fabs(value), kGreatest);
  /* Subnormals are multiples of 2^-24; from 2^-14 on, 10 bits of fraction follow the leading one. */
  if (magnitude < 0x1p-14) return sign | static_cast<uint16_t>(std::nearbyint(magnitude * 0x1p24));
  int exponent;
  const double fraction = std::frexp(magnitude, &exponent); /* in [0.5, 1) */
  /* A fraction that rounds up to 2048 carries into the exponent by itself. */
  const auto bits = static_cast<uint32_t>(std::nearbyint(fraction * 2048)) - 1024;
  return static_cast<uint16_t>(sign | ((static_cast<uint32_t>(exponent + 14) << 10) + bits));
}

template <typename T>
void StoreNumber(uint8_t* to, double value) {
  T number;
  if constexpr (std::numeric_limits<T>::is_integer) {
    constexpr double kLeast = std::numeric_limits<T>::min(), kGreatest = std::numeric_limits<T>::max();
    number = std::isnan(value) ? T{0} : static_cast<T>(std::clamp(std::round(value), kLeast, kGreatest));
  } else {
    constexpr double kGreatest = std::numeric_limits<T>::max();
    number = static_cast<T>(!std::isfinite(value) ? value : std::clamp(value, -kGreatest, kGreatest));
  }
  std::memcpy(to, &number, sizeof number);
}

void StoreAs(int32_t dtype, uint8_t* to, double value) {
  switch (dtype) {
    case POLYCODEC_UINT8: StoreNumber<uint8_t>(to, value); break;
    case POLYCODEC_INT8: StoreNumber<int8_t>(to, value); break;
    case POLYCODEC_UINT16: StoreNumber<uint16_t>(to, value); break;
    case POLYCODEC_INT16: StoreNumber<int16_t>(to, value); break;
    case POLYCODEC_UINT32: StoreNumber<uint32_t>(to, value); break;
    case POLYCODEC_INT32: StoreNumber<int32_t>(to, value); break;
    case POLYCODEC_FLOAT16: {
      const uint16_t half = ToHalf(value);
      std::memcpy(to, &half, sizeof half);
      break;
    }
    case POLYCODEC_FLOAT32: StoreNumber<float>(to, value); break;
    case POLYCODEC_FLOAT64: StoreNumber<double>(to, value); break;
    default: break;
  }
}

/* Repeats the first `unit` bytes until `total`, each copy twice as long as the one before. */
void Repeat(uint8_t* bytes, size_t unit, size_t total) {
  for (size_t done = unit; done < total;) {
    const size_t more = std::min(done, total - done);
    std::memcpy(bytes + done, bytes, more);
    done += more;
  }
}

void RepeatRow(uint8_t* first, size_t rowBytes, size_t rowStride, uint32_t rows) {
  for (uint32_t y = 1; y < rows; y++) std::memcpy(first + y * rowStride, first, rowBytes);
}

}  // namespace

void Fill(const polycodec_layout& layout, uint8_t* pixels, const double fill[5]) noexcept {
  const size_t element = ElementSize(layout.dtype);
  if (element == 0 || layout.width == 0 || layout.height == 0 || layout.channels == 0) return;
  const auto valueOf = [&](uint32_t c) { return fill[std::min(c, 4u)]; };
  if (IsPlanar(layout.sample_format)) {
    const size_t rowBytes = layout.width * element;
    for (uint32_t c = 0; c < layout.channels; c++) {
      uint8_t* plane = pixels + c * layout.plane_stride;
      StoreAs(layout.dtype, plane, valueOf(c));
      Repeat(plane, element, rowBytes);
      RepeatRow(plane, rowBytes, layout.row_stride, layout.height);
    }
    return;
  }
  const size_t pixel = element * layout.channels, rowBytes = layout.width * pixel;
  for (uint32_t c = 0; c < layout.channels; c++) StoreAs(layout.dtype, pixels + c * element, valueOf(c));
  Repeat(pixels, pixel, rowBytes);
  RepeatRow(pixels, rowBytes, layout.row_stride, layout.height);
}

}  // namespace polycodec::pixels
