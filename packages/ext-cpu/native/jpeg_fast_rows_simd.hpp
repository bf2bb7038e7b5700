// Upsampling and colour conversion on whole registers. Included by the files of the SIMD levels, which define, in a
// namespace of their own and under their target: V, kPixels (the bytes of a V), the operations used here, and Put.
//
// Even and odd pixels stay apart from the first load to the last permutation: chroma's triangle filter makes one even
// and one odd pixel of each sample, so the two never need to be woven together; 16-bit lane i of one register belongs
// to pixel 2i, of the other to 2i + 1. Luma's bytes split the same way with a mask and a shift.

struct Halves {
  V even, odd;
};
struct Samples {
  Halves cb, cr;  // less 128
};

inline V Times3(V a) { return Add16(a, Add16(a, a)); }

// Bytes at full width, less 128.
inline Halves SplitCentred(const uint8_t* from) {
  const V bytes = LoadBytes(from), half = Set16(128);
  return {Sub16(And(bytes, Set16(255)), half), Sub16(ShiftRight16<8>(bytes), half)};
}

// libjpeg's h2v1: (3 * near + far + 1 or 2) / 4. The bias takes 128 off in the same addition.
inline Halves AcrossH2(const uint8_t* from) {
  const V near = Times3(LoadHalf(from));
  const V before = LoadHalf(from - 1), behind = LoadHalf(from + 1);
  return {ShiftRightSigned16<2>(Add16(Add16(near, before), Set16(1 - 4 * 128))),
          ShiftRightSigned16<2>(Add16(Add16(near, behind), Set16(2 - 4 * 128)))};
}

// libjpeg's h2v2: columns first, 3 * near + far, then the same across, (3 * this + next + 8 or 7) / 16. Both output
// rows between two rows of chroma at once: they share the loads and the sum near + far.
inline void AcrossH2V2(const uint8_t* first, const uint8_t* second, Halves& a, Halves& b) {
  const auto columns = [&](ptrdiff_t shift, V& toA, V& toB) __attribute__((always_inline)) {
    const V n = LoadHalf(first + shift), f = LoadHalf(second + shift), sum = Add16(n, f);
    toA = Add16(sum, Add16(n, n)), toB = Add16(sum, Add16(f, f));
  };
  V a0, b0, before[2], behind[2];
  columns(0, a0, b0);
  columns(-1, before[0], before[1]);
  columns(1, behind[0], behind[1]);
  const V bias = Set16(8 - 16 * 128), one = Set16(1);
  const V ta = Add16(Times3(a0), bias), tb = Add16(Times3(b0), bias);
  a = {ShiftRightSigned16<4>(Add16(ta, before[0])), ShiftRightSigned16<4>(Sub16(Add16(ta, behind[0]), one))};
  b = {ShiftRightSigned16<4>(Add16(tb, before[1])), ShiftRightSigned16<4>(Sub16(Add16(tb, behind[1]), one))};
}

struct Three {
  V first, second, third;
};

// JFIF's conversion with libjpeg's rounding, on 16-bit values. Its factors have 16 bits of fraction and some exceed 1:
// red and blue are a rounding multiplication of twice the sample by a factor found so that all 256 inputs round as
// libjpeg's do; green's two factors are 16-bit ones after a whole -1 is taken out of the second. Tested over all inputs.
inline Three ToRgb(V y, V cb, V cr) {
  const V r = Add16(y, MultiplyRounded16(Add16(cr, cr), Set16(22970)));
  const V b = Add16(y, MultiplyRounded16(Add16(cb, cb), Set16(29033)));
  const V factors = Set32(static_cast<int32_t>(static_cast<uint16_t>(-22554) | 18734u << 16)), half = Set32(32768);
  const V low = ShiftRightSigned32<16>(MaddAdd(half, UnpackLow16(cb, cr), factors));
  const V high = ShiftRightSigned32<16>(MaddAdd(half, UnpackHigh16(cb, cr), factors));
  return {r, Add16(Sub16(PackSigned32(low, high), cr), y), b};
}

// kPixels pixels: luma bytes and chroma to bytes of the three channels. In each 128-bit lane the lower half holds even
// pixels and the upper half odd ones; Put undoes that.
template <Colors kColors>
inline Three Convert(V luma, const Samples& chroma) {
  const V yEven = And(luma, Set16(255)), yOdd = ShiftRight16<8>(luma);
  Three even, odd;
  if constexpr (kColors == Colors::kAsStored) {
    const V half = Set16(128);
    even = {yEven, Add16(chroma.cb.even, half), Add16(chroma.cr.even, half)};
    odd = {yOdd, Add16(chroma.cb.odd, half), Add16(chroma.cr.odd, half)};
  } else {
    even = ToRgb(yEven, chroma.cb.even, chroma.cr.even);
    odd = ToRgb(yOdd, chroma.cb.odd, chroma.cr.odd);
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
  for (uint32_t x = 0; x < width; x += kPixels) {
    putter.Put(Convert<kColors>(LoadBytes(y + x), {SplitCentred(cb + x), SplitCentred(cr + x)}), to, x, width);
  }
}

template <Colors kColors, Store kStore>
void RowH2(const uint8_t* y, const uint8_t* cb, const uint8_t* cr, Destination to, uint32_t width) {
  const Putter<kStore> putter;
  for (uint32_t x = 0; x < width; x += kPixels) {
    putter.Put(Convert<kColors>(LoadBytes(y + x), {AcrossH2(cb + x / 2), AcrossH2(cr + x / 2)}), to, x, width);
  }
}

template <Colors kColors, Store kStore>
void RowPairH2V2(const uint8_t* const y[2], const uint8_t* const cb[2], const uint8_t* const cr[2], const Destination to[2], uint32_t width) {
  const Putter<kStore> putter;
  for (uint32_t x = 0; x < width; x += kPixels) {
    Samples a, b;
    AcrossH2V2(cb[0] + x / 2, cb[1] + x / 2, a.cb, b.cb);
    AcrossH2V2(cr[0] + x / 2, cr[1] + x / 2, a.cr, b.cr);
    if (to[0] != nullptr) putter.Put(Convert<kColors>(LoadBytes(y[0] + x), a), to[0], x, width);
    if (to[1] != nullptr) putter.Put(Convert<kColors>(LoadBytes(y[1] + x), b), to[1], x, width);
  }
}
