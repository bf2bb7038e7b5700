// Chroma at half its width, or half its width and height, as libjpeg averages it (jcsample.c).
#pragma once

#include "chunk.hpp"
#include "level.hpp"

namespace polycodec::jpeg_encode {

// Makes 8 rows of kChunkWidth / 2 samples, from 8 rows or from 16, and puts them at the column `column` of `to`.
using Downsample = void (*)(const Plane& from, Plane& to, unsigned column);

Downsample DownsampleFor(Level level, bool halfHeight);

}  // namespace polycodec::jpeg_encode
