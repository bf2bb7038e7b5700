// The inverse DCT on registers of several blocks side by side. Included by the files of the SIMD levels, which define,
// in a namespace of their own and under their target: V, and the operations on it used here.
//
// A row of a group is one AVX-512 register or two AVX2 ones; every 128-bit lane is a block's eight 16-bit values, and
// stays so through unpacking, transposing and packing, none of which crosses lanes. A product of two coefficients with
// two constants, added, is one instruction (pmaddwd), and the constants of libjpeg's chain of additions are merged so
// that each result is one sum of such pairs: fewer operations, and the same sums.

// Two 16-bit constants for Madd.
inline V Pair(int a, int b) { return Set32(static_cast<int32_t>(static_cast<uint16_t>(a) | static_cast<uint32_t>(static_cast<uint16_t>(b)) << 16)); }

// One pass over columns. kRows = 4: rows 4 to 7 are zero.
template <int kDescale, int kRows>
inline void Pass(V (&v)[8]) {
  const V round = Set32(1 << (kDescale - 1));
  V evenLow[4], evenHigh[4], oddLow[4], oddHigh[4];
  {
    const V four = kRows > 4 ? v[4] : Zero();
    const V low = UnpackLow16(v[0], four), high = UnpackHigh16(v[0], four);
    const V sumLow = Add32(Madd(low, Pair(8192, 8192)), round), sumHigh = Add32(Madd(high, Pair(8192, 8192)), round);
    const V differenceLow = kRows > 4 ? Add32(Madd(low, Pair(8192, -8192)), round) : sumLow;
    const V differenceHigh = kRows > 4 ? Add32(Madd(high, Pair(8192, -8192)), round) : sumHigh;
    const V six = kRows > 4 ? v[6] : Zero();
    const V low2 = UnpackLow16(v[2], six), high2 = UnpackHigh16(v[2], six);
    const V t3Low = Madd(low2, Pair(10703, 4433)), t3High = Madd(high2, Pair(10703, 4433));
    const V t2Low = Madd(low2, Pair(4433, -10704)), t2High = Madd(high2, Pair(4433, -10704));
    evenLow[0] = Add32(sumLow, t3Low), evenHigh[0] = Add32(sumHigh, t3High);
    evenLow[3] = Sub32(sumLow, t3Low), evenHigh[3] = Sub32(sumHigh, t3High);
    evenLow[1] = Add32(differenceLow, t2Low), evenHigh[1] = Add32(differenceHigh, t2High);
    evenLow[2] = Sub32(differenceLow, t2Low), evenHigh[2] = Sub32(differenceHigh, t2High);
  }
  {
    // By output: the factors of rows 1, 3, 5, 7.
    constexpr int kFactors[4][4] = {{11363, 9633, 6437, 2260}, {9633, -2259, -11362, -6436}, {6437, -11362, 2261, 9633}, {2260, -6436, 9633, -11363}};
    const V low13 = UnpackLow16(v[1], v[3]), high13 = UnpackHigh16(v[1], v[3]);
    const V low57 = kRows > 4 ? UnpackLow16(v[5], v[7]) : Zero(), high57 = kRows > 4 ? UnpackHigh16(v[5], v[7]) : Zero();
#pragma GCC unroll 4
    for (int i = 0; i < 4; ++i) {
      const V factors13 = Pair(kFactors[i][0], kFactors[i][1]), factors57 = Pair(kFactors[i][2], kFactors[i][3]);
      oddLow[i] = Madd(low13, factors13), oddHigh[i] = Madd(high13, factors13);
      if (kRows <= 4) continue;
      oddLow[i] = Add32(oddLow[i], Madd(low57, factors57)), oddHigh[i] = Add32(oddHigh[i], Madd(high57, factors57));
    }
  }
#pragma GCC unroll 4
  for (int i = 0; i < 4; ++i) {
    v[i] = Pack32(ShiftRight32<kDescale>(Add32(evenLow[i], oddLow[i])), ShiftRight32<kDescale>(Add32(evenHigh[i], oddHigh[i])));
    v[7 - i] = Pack32(ShiftRight32<kDescale>(Sub32(evenLow[i], oddLow[i])), ShiftRight32<kDescale>(Sub32(evenHigh[i], oddHigh[i])));
  }
}

// 8 x 8 values of 16 bits, in every lane.
inline void Transpose(V (&v)[8]) {
  V a[8], b[8];
#pragma GCC unroll 4
  for (int i = 0; i < 4; ++i) {
    a[2 * i] = UnpackLow16(v[2 * i], v[2 * i + 1]);
    a[2 * i + 1] = UnpackHigh16(v[2 * i], v[2 * i + 1]);
  }
#pragma GCC unroll 2
  for (int i = 0; i < 8; i += 4) {
    b[i] = UnpackLow32(a[i], a[i + 2]), b[i + 1] = UnpackHigh32(a[i], a[i + 2]);
    b[i + 2] = UnpackLow32(a[i + 1], a[i + 3]), b[i + 3] = UnpackHigh32(a[i + 1], a[i + 3]);
  }
#pragma GCC unroll 4
  for (int i = 0; i < 4; ++i) v[2 * i] = UnpackLow64(b[i], b[i + 4]), v[2 * i + 1] = UnpackHigh64(b[i], b[i + 4]);
}

// Loads, dequantizes and clears the first kRows rows; `beyond` collects what is too large.
template <int kRows>
inline void Dequantize(int16_t* group, const uint16_t* steps, const uint16_t* guards, V (&v)[8], V& beyond) {
#pragma GCC unroll 8
  for (int i = 0; i < kRows; ++i) {
    const V coefficients = Load(group + i * kGroupRow);
    Store(group + i * kGroupRow, Zero());
    v[i] = MultiplyLow16(coefficients, Load(steps + i * kGroupRow));
    beyond = Or(beyond, MultiplyHighUnsigned16(Abs16(coefficients), Load(guards + i * kGroupRow)));
  }
  for (int i = kRows; i < 8; ++i) v[i] = Zero();
}

// What is between the passes must stay below 2^14 in magnitude.
template <int kCount>
inline V Magnitudes(const V (&v)[8]) {
  V all = Zero();
#pragma GCC unroll 8
  for (int i = 0; i < kCount; ++i) all = Or(all, Abs16(v[i]));
  return ShiftRight16<14>(all);
}

// The registers' blocks at once: 8 rows of pixels, biased by -128, two rows to a register, as StoreRows takes them.
template <int kRows>
inline RangeFlags Blocks(int16_t* group, const uint16_t* steps, const uint16_t* guards, uint8_t* to, size_t stride) {
  V v[8], beyond = Zero();
  Dequantize<kRows>(group, steps, guards, v, beyond);
  Pass<11, kRows>(v);
  beyond = Or(beyond, Magnitudes<8>(v));
  Transpose(v);
  Pass<18, kRows>(v);
  // Columns to rows again, as bytes.
  const V p04 = Pack16(v[0], v[4]), p15 = Pack16(v[1], v[5]), p26 = Pack16(v[2], v[6]), p37 = Pack16(v[3], v[7]);
  const V a = UnpackLow8(p04, p15), b = UnpackHigh8(p04, p15), c = UnpackLow8(p26, p37), d = UnpackHigh8(p26, p37);
  const V e = UnpackLow16(a, c), f = UnpackHigh16(a, c), g = UnpackLow16(b, d), h = UnpackHigh16(b, d);
  StoreRows(UnpackLow32(e, g), to, stride);
  StoreRows(UnpackHigh32(e, g), to + 2 * stride, stride);
  StoreRows(UnpackLow32(f, h), to + 4 * stride, stride);
  StoreRows(UnpackHigh32(f, h), to + 6 * stride, stride);
  return AnyBit(beyond);
}

// 8 to 4 (Transform4), in 32 bits; results in v[0..3].
template <int kDescale>
inline void PassHalf(V (&v)[8]) {
  const V round = Set32(1 << (kDescale - 1));
  V results[4][2];
#pragma GCC unroll 2
  for (int half = 0; half < 2; ++half) {
    const auto unpack = [&](const V& x, const V& y) { return half == 0 ? UnpackLow16(x, y) : UnpackHigh16(x, y); };
    const V t0 = Add32(Madd(unpack(v[0], Zero()), Pair(16384, 0)), round);
    const V t2 = Madd(unpack(v[2], v[6]), Pair(15137, -6270));
    const V v13 = unpack(v[1], v[3]), v57 = unpack(v[5], v[7]);
    const V odd0 = Add32(Madd(v13, Pair(20995, 7373)), Madd(v57, Pair(-4926, -4176)));
    const V odd1 = Add32(Madd(v13, Pair(8697, -17799)), Madd(v57, Pair(11893, -1730)));
    const V even0 = Add32(t0, t2), even1 = Sub32(t0, t2);
    results[0][half] = ShiftRight32<kDescale>(Add32(even0, odd0));
    results[3][half] = ShiftRight32<kDescale>(Sub32(even0, odd0));
    results[1][half] = ShiftRight32<kDescale>(Add32(even1, odd1));
    results[2][half] = ShiftRight32<kDescale>(Sub32(even1, odd1));
  }
#pragma GCC unroll 4
  for (int i = 0; i < 4; ++i) v[i] = Pack32(results[i][0], results[i][1]);
}

inline RangeFlags HalfBlocks(int16_t* group, const uint16_t* steps, const uint16_t* guards, uint8_t* to, size_t stride) {
  V v[8], beyond = Zero();
  Dequantize<8>(group, steps, guards, v, beyond);
  PassHalf<12>(v);
  beyond = Or(beyond, Magnitudes<4>(v));
  for (int i = 4; i < 8; ++i) v[i] = Zero();
  Transpose(v);
  PassHalf<19>(v);
  // v[c] holds column c's four rows in the first half of each lane.
  const V columns01 = Pack16(v[0], v[1]), columns23 = Pack16(v[2], v[3]);
  StoreHalfRows(UnpackLow64(EvenWords32(columns01), EvenWords32(columns23)), to, stride);
  return AnyBit(beyond);
}
