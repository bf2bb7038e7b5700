// Reordering, adding and dropping 8-bit channels with byte shuffles.
#pragma once

#include <cstdint>

namespace polycodec::png {

// Gives output channel c of each pixel the input's channel take[c], or 255 where that is negative. Does as many of
// `count` pixels as whole vectors hold, and returns how many; none on a CPU without SSSE3. Channels are 1 to 4.
uint32_t ShufflePixels(const uint8_t* from, uint32_t channelsIn, uint8_t* to, uint32_t channelsOut, const int8_t* take,
                       uint32_t count);

}  // namespace polycodec::png
