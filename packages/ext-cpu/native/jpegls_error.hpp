// What CharLS's errors mean.
#pragma once

#include <charls/charls_jpegls_decoder.h>
#include <polycodec.h>

namespace polycodec::jpegls {

// The status for an error of CharLS's. `ends`: is the end-of-image marker there? Without it, and with data that does
// not suffice, the file is cut short.
polycodec_status StatusOf(charls_jpegls_errc error, bool ends);

// CharLS's sentence for it, without what it says at the beginning of most, and without a full stop at its end.
void Explain(polycodec_call* call, charls_jpegls_errc error);

}  // namespace polycodec::jpegls
