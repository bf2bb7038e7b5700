// Pixels to Y, Cb and Cr, as libjpeg converts them (jccolor.c): JFIF's matrix with 16 bits behind the point.
#pragma once

#include "chunk.hpp"
#include "level.hpp"

namespace polycodec::jpeg_encode {

enum class PixelOrder { kRgb, kBgr, kRgba };
constexpr unsigned BytesOf(PixelOrder order) { return order == PixelOrder::kRgba ? 4 : 3; }

// A row of pixels must be readable so many bytes beyond a chunk's.
inline constexpr unsigned kColorReadsBeyond = 32;

// Converts `count` rows of kChunkWidth pixels to the planes' rows from `first` on.
using ConvertColor = void (*)(const uint8_t* const* rows, unsigned count, SamplePlanes& to, unsigned first);

ConvertColor ConvertColorFor(Level level, PixelOrder order);

}  // namespace polycodec::jpeg_encode
