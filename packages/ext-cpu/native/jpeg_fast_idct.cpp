// The definitions, block by block and column by column; jpeg_fast_idct_simd.hpp does the same for whole registers.
#include "jpeg_fast_idct.hpp"

#include <algorithm>
#include <cstring>

namespace polycodec::jpeg::fast {
namespace {

constexpr int kConstBits = 13, kPassBits = 2;
constexpr int kLimit = 1 << 14;

// libjpeg's constants, in 13 bits.
constexpr int k0_298 = 2446, k0_390 = 3196, k0_541 = 4433, k0_765 = 6270, k0_899 = 7373, k1_175 = 9633, k1_501 = 12299,
              k1_847 = 15137, k1_961 = 16069, k2_053 = 16819, k2_562 = 20995, k3_072 = 25172;

constexpr int Descale(int value, int bits) { return (value + (1 << (bits - 1))) >> bits; }
constexpr uint8_t Pixel(int value) { return static_cast<uint8_t>(std::clamp(value + 128, 0, 255)); }

// One dimension of 8 (jidctint.c): `in` and `out` may be the same.
void Transform8(const int* in, int* out, int descale) {
  const int z1 = (in[2] + in[6]) * k0_541;
  const int t2 = z1 - in[6] * k1_847, t3 = z1 + in[2] * k0_765;
  const int t0 = (in[0] + in[4]) << kConstBits, t1 = (in[0] - in[4]) << kConstBits;
  const int even[4] = {t0 + t3, t1 + t2, t1 - t2, t0 - t3};

  const int z5 = (in[7] + in[3] + in[5] + in[1]) * k1_175;
  const int a = -(in[7] + in[1]) * k0_899, b = -(in[5] + in[3]) * k2_562;
  const int c = z5 - (in[7] + in[3]) * k1_961, d = z5 - (in[5] + in[1]) * k0_390;
  const int odd[4] = {in[1] * k1_501 + a + d, in[3] * k3_072 + b + c, in[5] * k2_053 + b + d, in[7] * k0_298 + a + c};
  for (int i = 0; i < 4; ++i) {
    out[i] = Descale(even[i] + odd[i], descale);
    out[7 - i] = Descale(even[i] - odd[i], descale);
  }
}

// 8 to 4 (jidctred.c): the fourth coefficient is not looked at.
void Transform4(const int* in, int* out, int descale) {
  const int t0 = in[0] << (kConstBits + 1);
  const int t2 = in[2] * 15137 - in[6] * 6270;
  const int odd0 = -in[7] * 4176 - in[5] * 4926 + in[3] * 7373 + in[1] * 20995;
  const int odd1 = -in[7] * 1730 + in[5] * 11893 - in[3] * 17799 + in[1] * 8697;
  out[0] = Descale(t0 + t2 + odd0, descale);
  out[3] = Descale(t0 + t2 - odd0, descale);
  out[1] = Descale(t0 - t2 + odd1, descale);
  out[2] = Descale(t0 - t2 - odd1, descale);
}

// 8 to 2 (jidctred.c): of the even coefficients only the first is looked at.
void Transform2(const int* in, int* out, int descale) {
  const int even = in[0] << (kConstBits + 2);
  const int odd = -in[7] * 5906 + in[5] * 6967 - in[3] * 10426 + in[1] * 29692;
  out[0] = Descale(even + odd, descale);
  out[1] = Descale(even - odd, descale);
}

bool IsWithin(int value) { return value > -kLimit && value < kLimit; }

// Columns, then rows, of one block of a group. `kSize` pixels a side take kExtra bits of scale.
template <int kSize, void (*kTransform)(const int*, int*, int), int kExtra>
bool TransformBlock(const int16_t* block, const uint16_t* steps, uint8_t* to, size_t stride) {
  int work[kSize][8];
  bool isWithin = true;
  for (int column = 0; column < 8; ++column) {
    int values[8], results[kSize];
    for (int row = 0; row < 8; ++row) {
      values[row] = block[row * kGroupRow + column] * steps[row * kGroupRow + column];
      isWithin &= IsWithin(values[row]);
    }
    if (!isWithin) return false;
    kTransform(values, results, kConstBits - kPassBits + kExtra);
    for (int row = 0; row < kSize; ++row) {
      work[row][column] = results[row];
      isWithin &= IsWithin(results[row]);
    }
  }
  if (!isWithin) return false;
  for (int row = 0; row < kSize; ++row) {
    int results[kSize];
    kTransform(work[row], results, kConstBits + kPassBits + 3 + kExtra);
    for (int column = 0; column < kSize; ++column) to[row * stride + column] = Pixel(results[column]);
  }
  return true;
}

template <int kSize, void (*kTransform)(const int*, int*, int), int kExtra>
RangeFlags TransformGroup(int16_t* group, const Quantization& quantization, uint8_t* to, size_t stride) {
  bool isWithin = true;
  for (unsigned b = 0; b < kGroupBlocks; ++b) {
    isWithin &= TransformBlock<kSize, kTransform, kExtra>(group + b * 8, quantization.steps, to + b * kSize, stride);
  }
  std::memset(group, 0, kGroupCoefficients * sizeof *group);
  return isWithin ? 0 : 1;
}

// With DC alone both passes are one rounding: (dc * 2^2 * 2^13 + 2^17) >> 18.
RangeFlags TransformFlat(int16_t* group, const Quantization& quantization, uint8_t* to, size_t stride) {
  bool isWithin = true;
  for (unsigned b = 0; b < kGroupBlocks; ++b) {
    const int dc = group[b * 8] * quantization.steps[0];
    isWithin &= IsWithin(dc * (1 << kPassBits));
    const uint8_t pixel = Pixel(Descale(dc, 3));
    for (unsigned row = 0; row < 8; ++row) std::memset(to + row * stride + b * 8, pixel, 8);
    group[b * 8] = 0;
  }
  return isWithin ? 0 : 1;
}

// libjpeg's 1 x 1 looks the pixel up in a table that wraps, which is the same within its bounds.
RangeFlags TransformEighth(int16_t* group, const Quantization& quantization, uint8_t* to, size_t) {
  bool isWithin = true;
  for (unsigned b = 0; b < kGroupBlocks; ++b) {
    const int level = Descale(group[b * 8] * quantization.steps[0], 3);
    isWithin &= level >= -512 && level <= 511;
    to[b] = Pixel(level);
  }
  std::memset(group, 0, kGroupCoefficients * sizeof *group);
  return isWithin ? 0 : 1;
}

}  // namespace

void Quantization::Set(const QuantizationSpec& spec) {
  for (unsigned k = 0; k < 64; ++k) {
    const unsigned row = kNaturalOrder[k] / 8, column = kNaturalOrder[k] % 8;
    for (unsigned b = 0; b < kGroupBlocks; ++b) {
      steps[row * kGroupRow + b * 8 + column] = spec.values[k];
      guards[row * kGroupRow + b * 8 + column] = static_cast<uint16_t>(4 * spec.values[k]);
    }
  }
}

IdctKernels IdctPortable() {
  return {.full = TransformGroup<8, Transform8, 0>, .corner = TransformGroup<8, Transform8, 0>, .flat = TransformFlat,
          .half = TransformGroup<4, Transform4, 1>, .quarter = TransformGroup<2, Transform2, 2>, .eighth = TransformEighth};
}

IdctKernels ChooseIdct(Level level) {
#if defined(__x86_64__)
  if (level == Level::kAvx512) return IdctAvx512();
  if (level == Level::kAvx2) return IdctAvx2();
#endif
  return IdctPortable();
}

}  // namespace polycodec::jpeg::fast
