// Upsampling and colour conversion on whole registers. Included by the files of the SIMD levels, which define, in a
// namespace of their own and under their target: V, kPixels (the bytes of a V), the operations used here, and Put.
//
// Even and odd pixels stay apart from the first load to the last permutation: chroma's triangle filter makes one even
// and one odd pixel of each sample, so the two never need to be woven together; 16-bit lane i of one register belongs
// to pixel 2i, of the other to 2i + 1. Luma's bytes split the same way with a mask and a shift.

// The constants, in the order in which `Numbers` has them: as many 16-bit values as a register has, or half as many of
// 32 bits. AVX-512 keeps them all in registers; AVX2 has too few, and reads them where they are used.
enum Number { kLowBytes, kCentre, kBeforeH2, kBehindH2, kBiasH2V2, kOne, kRed, kBlue, kGreen, kHalf, kNumbers };
struct NumberTable {
  alignas(64) uint16_t values[kNumbers][sizeof(V) / 2] = {};
  constexpr NumberTable() {
    // Chroma's are taken off with the rounding: 128 times the filter's sum of weights.
    constexpr int kValues[kNumbers] = {255, 128, 1 - 4 * 128, 2 - 4 * 128, 8 - 16 * 128, 1, 22970, 29033, 0, 0};
    for (unsigned i = 0; i < sizeof(V) / 2; ++i) {
      for (unsigned n = 0; n < kNumbers; ++n) values[n][i] = static_cast<uint16_t>(kValues[n]);
      values[kGreen][i] = static_cast<uint16_t>(i % 2 == 0 ? -22554 : 18734);
      values[kHalf][i] = i % 2 == 0 ? 32768 : 0;
    }
  }
};
constexpr NumberTable kNumberTable;
using Numbers = NumbersOf<NumberTable, kNumbers>;

struct Halves {
  V even, odd;
};
struct Samples {
  Halves cb, cr;  // less 128
};

inline V Times3(V a) { return Add16(a, Add16(a, a)); }

// Bytes at full width, less 128.
inline Halves SplitCentred(const uint8_t* from, const Numbers& n) {
  const V bytes = LoadBytes(from);
  return {Sub16(And(bytes, n[kLowBytes]), n[kCentre]), Sub16(ShiftRight16<8>(bytes), n[kCentre])};
}

// libjpeg's h2v1: (3 * near + far + 1 or 2) / 4. The bias takes 128 off in the same addition.
inline Halves AcrossH2(const uint8_t* from, const Numbers& n) {
  const V near = Times3(LoadHalf(from));
  const V before = LoadHalf(from - 1), behind = LoadHalf(from + 1);
  return {ShiftRightSigned16<2>(Add16(Add16(near, before), n[kBeforeH2])),
          ShiftRightSigned16<2>(Add16(Add16(near, behind), n[kBehindH2]))};
}

// libjpeg's h2v2: columns first, 3 * near + far, then the same across, (3 * this + next + 8 or 7) / 16. Both output
// rows between two rows of chroma at once: they share the loads and the sum near + far.
inline void AcrossH2V2(const uint8_t* first, const uint8_t* second, Halves& a, Halves& b, const Numbers& n) {
  const auto columns = [&](ptrdiff_t shift, V& toA, V& toB) __attribute__((always_inline)) {
    const V x = LoadHalf(first + shift), y = LoadHalf(second + shift), sum = Add16(x, y);
    toA = Add16(sum, Add16(x, x)), toB = Add16(sum, Add16(y, y));
  };
  V a0, b0, before[2], behind[2];
  columns(0, a0, b0);
  columns(-1, before[0], before[1]);
  columns(1, behind[0], behind[1]);
  const V one = n[kOne], ta = Add16(Times3(a0), n[kBiasH2V2]), tb = Add16(Times3(b0), n[kBiasH2V2]);
  a = {ShiftRightSigned16<4>(Add16(ta, before[0])), ShiftRightSigned16<4>(Sub16(Add16(ta, behind[0]), one))};
  b = {ShiftRightSigned16<4>(Add16(tb, before[1])), ShiftRightSigned16<4>(Sub16(Add16(tb, behind[1]), one))};
}

struct Three {
  V first, second, third;
};

// JFIF's conversion with libjpeg's rounding, on 16-bit values. Its factors have 16 bits of fraction and some exceed 1:
// red and blue are a rounding multiplication of twice the sample by a factor found so that all 256 inputs round as
// libjpeg's do; green's two factors are 16-bit ones after a whole -1 is taken out of the second. Tested over all inputs.
inline Three ToRgb(V y, V cb, V cr, const Numbers& n) {
  const V r = Add16(y, MultiplyRounded16(Add16(cr, cr), n[kRed]));
  const V b = Add16(y, MultiplyRounded16(Add16(cb, cb), n[kBlue]));
  const V low = ShiftRightSigned32<16>(MaddAdd(n[kHalf], UnpackLow16(cb, cr), n[kGreen]));
  const V high = ShiftRightSigned32<16>(MaddAdd(n[kHalf], UnpackHigh16(cb, cr), n[kGreen]));
  return {r, Add16(Sub16(PackSigned32(low, high), cr), y), b};
}

// kPixels pixels: luma bytes and chroma to bytes of the three channels. In each 128-bit lane the lower half holds even
// pixels and the upper half odd ones; Put undoes that.
template <Colors kColors>
inline Three Convert(V luma, const Samples& chroma, const Numbers& n) {
  const V yEven = And(luma, n[kLowBytes]), yOdd = ShiftRight16<8>(luma);
  Three even, odd;
  if constexpr (kColors == Colors::kAsStored) {
    even = {yEven, Add16(chroma.cb.even, n[kCentre]), Add16(chroma.cr.even, n[kCentre])};
    odd = {yOdd, Add16(chroma.cb.odd, n[kCentre]), Add16(chroma.cr.odd, n[kCentre])};
  } else {
    even = ToRgb(yEven, chroma.cb.even, chroma.cr.even, n);
    odd = ToRgb(yOdd, chroma.cb.odd, chroma.cr.odd, n);
  }
  Three bytes = {PackUnsigned16(even.first, odd.first), PackUnsigned16(even.second, odd.second), PackUnsigned16(even.third, odd.third)};
  if constexpr (kColors == Colors::kYccToBgr) {
    const V first = bytes.first;
    bytes.first = bytes.third, bytes.third = first;
  }
  return bytes;
}

template <Colors kColors, Store kStore>
void RowFull(const uint8_t* y, const uint8_t* cb, const uint8_t* cr, Destination to, uint32_t width) {
  const Putter<kStore> putter;
  const Numbers n(kNumberTable);
  for (uint32_t x = 0; x < width; x += kPixels) {
    putter.Put(Convert<kColors>(LoadBytes(y + x), {SplitCentred(cb + x, n), SplitCentred(cr + x, n)}, n), to, x, width);
  }
}

template <Colors kColors, Store kStore>
void RowH2(const uint8_t* y, const uint8_t* cb, const uint8_t* cr, Destination to, uint32_t width) {
  const Putter<kStore> putter;
  const Numbers n(kNumberTable);
  for (uint32_t x = 0; x < width; x += kPixels) {
    putter.Put(Convert<kColors>(LoadBytes(y + x), {AcrossH2(cb + x / 2, n), AcrossH2(cr + x / 2, n)}, n), to, x, width);
  }
}

template <Colors kColors, Store kStore>
void RowPairH2V2(const uint8_t* const y[2], const uint8_t* const cb[2], const uint8_t* const cr[2], const Destination to[2], uint32_t width) {
  const Putter<kStore> putter;
  const Numbers n(kNumberTable);
  for (uint32_t x = 0; x < width; x += kPixels) {
    Samples a, b;
    AcrossH2V2(cb[0] + x / 2, cb[1] + x / 2, a.cb, b.cb, n);
    AcrossH2V2(cr[0] + x / 2, cr[1] + x / 2, a.cr, b.cr, n);
    if (to[0] != nullptr) putter.Put(Convert<kColors>(LoadBytes(y[0] + x), a, n), to[0], x, width);
    if (to[1] != nullptr) putter.Put(Convert<kColors>(LoadBytes(y[1] + x), b, n), to[1], x, width);
  }
}
