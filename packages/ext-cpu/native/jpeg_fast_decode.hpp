// Baseline and extended sequential JPEG of one interleaved scan, and progressive JPEG, 8 bits, Huffman coded: decoded with
// libjpeg-turbo's exact pixels in about half its time.
//
// It accepts only what it can prove to be regular: every segment of the scan used up to its last byte, restart markers
// in order, the end of the image where it belongs, no value beyond what libjpeg-turbo's arithmetic carries. Anything else
// is refused with CODESTREAM_UNSUPPORTED, and the host goes on to the backend behind, libjpeg-turbo, whose pixels and
// warnings of damaged files are the ones that count.
#pragma once

#include <polycodec.h>

namespace polycodec::jpeg::fast {

// The backend "jpeg-fast".
extern const polycodec_decoder kDecoder;

}  // namespace polycodec::jpeg::fast
