// The multipliers of the Loeffler-Ligtenberg-Moschytz transform as libjpeg's jfdctint has them, 13 bits behind the
// point, with its chains of multiplications and additions multiplied out: what is rounded only at the end can be summed
// in any order.
#pragma once

namespace polycodec::jpeg_encode::dct {

inline constexpr int k0298 = 2446, k0390 = 3196, k0541 = 4433, k0765 = 6270, k0899 = 7373, k1175 = 9633, k1501 = 12299,
                     k1847 = 15137, k1961 = 16069, k2053 = 16819, k2562 = 20995, k3072 = 25172;

// Outputs 2 and 6 of u3 = t0 - t3 and u2 = t1 - t2.
inline constexpr int kEven[2][2] = {{k0541 + k0765, k0541}, {k0541, k0541 - k1847}};

// Outputs 1, 3, 5, 7 of the differences t7 = x0 - x7, t6 = x1 - x6, t4 = x3 - x4, t5 = x2 - x5, in this order.
inline constexpr int kOdd[4][4] = {
    {k1501 - k0899 - k0390 + k1175, k1175, k1175 - k0899, k1175 - k0390},
    {k1175, k3072 - k2562 - k1961 + k1175, k1175 - k1961, k1175 - k2562},
    {k1175 - k0390, k1175 - k2562, k1175, k2053 - k2562 - k0390 + k1175},
    {k1175 - k0899, k1175 - k1961, k0298 - k0899 - k1961 + k1175, k1175},
};

// Rows come out of the first pass with two more bits than the samples, which the second takes away.
inline constexpr int kFirstBits = 2, kFirstShift = 13 - kFirstBits, kSecondShift = 13 + kFirstBits;

}  // namespace polycodec::jpeg_encode::dct
