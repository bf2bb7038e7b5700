// Our own decoders for the JPEGs that libjpeg-turbo 2.1 has none for: lossless, and 12 bits a sample.
#pragma once

#include <polycodec.h>

namespace polycodec::jpegdeep {

// "jpeg-lossless": SOF3, Huffman-coded, 2 to 16 bits a sample.
extern const polycodec_decoder kLosslessDecoder;
// "jpeg-12bit": SOF0, SOF1 and SOF2, Huffman-coded.
extern const polycodec_decoder kTwelveBitDecoder;

}  // namespace polycodec::jpegdeep
