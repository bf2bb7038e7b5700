// Thumbnails at 1/8: the picture is made of each block's mean, so most of the coded data is only walked over.
#pragma once

#include <cstdint>
#include <vector>

#include "jpeg_decode.hpp"

namespace polycodec::jpeg {

// Decodes a picture at 1/8 with libjpeg's exact pixels, after ReadHeader. Takes baseline pictures in one scan without
// restart markers, gray, 4:4:4 or 4:2:0. False: the picture is another kind, or anything about its data is irregular;
// nothing has been consumed, and libjpeg shall decode it, with its own words about what is wrong.
bool DecodeEighth(Decompressor& decompressor, const polycodec_decode_task& task, EighthScratch& scratch);

}  // namespace polycodec::jpeg
