// From coefficients to samples of 12 bits: libjpeg's accurate inverse DCT (jidctint.c), result for result.
#include <algorithm>

#include "jpeg_deep_error.hpp"
#include "jpeg_deep_frame.hpp"

namespace polycodec::jpegdeep {
namespace {

// Loeffler, Ligtenberg and Moschytz, "Practical Fast 1-D DCT Algorithms with 11 Multiplications" (1989), scaled by
// sqrt(8); constants with 13 fractional bits, and after the columns 1 bit is kept for the rows. 64-bit sums: a
// damaged file's coefficients times its quantisation factors are up to 2^31.
constexpr int kConstantBits = 13;
constexpr int kKeptBits = 1;

constexpr int64_t Fixed(double value) { return static_cast<int64_t>(value * (1 << kConstantBits) + 0.5); }

template <int kShift>
int64_t Descale(int64_t value) {
  return (value + (int64_t{1} << (kShift - 1))) >> kShift;
}

// One column or row, in place; `step` from one value to the next.
template <int kShift>
void Transform(int64_t* v, int step) {
  const auto in = [&](int i) -> int64_t& { return v[i * step]; };
  const int64_t even = (in(2) + in(6)) * Fixed(0.541196100);
  const int64_t low = even - in(6) * Fixed(1.847759065);
  const int64_t high = even + in(2) * Fixed(0.765366865);
  const int64_t sum = (in(0) + in(4)) * (1 << kConstantBits);
  const int64_t difference = (in(0) - in(4)) * (1 << kConstantBits);
  const int64_t e0 = sum + high, e3 = sum - high, e1 = difference + low, e2 = difference - low;

  int64_t z1 = in(7) + in(1), z2 = in(5) + in(3), z3 = in(7) + in(3), z4 = in(5) + in(1);
  const int64_t z5 = (z3 + z4) * Fixed(1.175875602);
  z1 *= -Fixed(0.899976223);
  z2 *= -Fixed(2.562915447);
  z3 = z3 * -Fixed(1.961570560) + z5;
  z4 = z4 * -Fixed(0.390180644) + z5;
  const int64_t o0 = in(7) * Fixed(0.298631336) + z1 + z3;
  const int64_t o1 = in(5) * Fixed(2.053119869) + z2 + z4;
  const int64_t o2 = in(3) * Fixed(3.072711026) + z2 + z3;
  const int64_t o3 = in(1) * Fixed(1.501321110) + z1 + z4;

  in(0) = Descale<kShift>(e0 + o3);
  in(7) = Descale<kShift>(e0 - o3);
  in(1) = Descale<kShift>(e1 + o2);
  in(6) = Descale<kShift>(e1 - o2);
  in(2) = Descale<kShift>(e2 + o1);
  in(5) = Descale<kShift>(e2 - o1);
  in(3) = Descale<kShift>(e3 + o0);
  in(4) = Descale<kShift>(e3 - o0);
}

void TransformBlock(uint16_t* block, const std::array<uint16_t, kBlockSamples>& quantization, uint32_t precision) {
  const auto* coefficients = reinterpret_cast<const int16_t*>(block);
  int64_t work[kBlockSamples];
  for (uint32_t i = 0; i < kBlockSamples; ++i) work[i] = int64_t{coefficients[i]} * quantization[i];
  for (int x = 0; x < 8; ++x) Transform<kConstantBits - kKeptBits>(work + x, 8);
  for (int y = 0; y < 8; ++y) Transform<kConstantBits + kKeptBits + 3>(work + 8 * y, 1);
  const int64_t center = int64_t{1} << (precision - 1), most = 2 * center - 1;
  for (uint32_t i = 0; i < kBlockSamples; ++i) {
    block[i] = static_cast<uint16_t>(std::clamp<int64_t>(work[i] + center, 0, most));
  }
}

struct BlockRows {
  Image* image;
  static void Run(void* context, size_t i) {
    Image& image = *static_cast<BlockRows*>(context)->image;
    if (host->cancelled(image.task->call)) return;
    for (Component& component : image.frame.components) {
      const uint32_t rows = component.neededEnd - component.neededBegin;
      if (i >= rows) {
        i -= rows;
        continue;
      }
      const size_t row = component.neededBegin + i;
      uint16_t* block = component.storage.data() + row * component.paddedAcross * kBlockSamples;
      for (uint32_t x = 0; x < component.paddedAcross; ++x, block += kBlockSamples) {
        TransformBlock(block, component.quantization, image.frame.precision);
      }
      return;
    }
  }
};

}  // namespace

void TransformBlocks(Image& image) {
  size_t rows = 0;
  for (const Component& component : image.frame.components) rows += component.neededEnd - component.neededBegin;
  BlockRows context{&image};
  host->parallel_for(image.task->call, rows, BlockRows::Run, &context);
  if (host->cancelled(image.task->call)) Refuse(POLYCODEC_CANCELLED, "cancelled");
}

}  // namespace polycodec::jpegdeep
