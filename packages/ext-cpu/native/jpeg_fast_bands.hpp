// One large picture on several threads, where restart markers stand at the starts of rows of MCUs.
#pragma once

#include <memory>
#include <vector>

#include <polycodec.h>

#include "jpeg_fast_scan.hpp"
#include "jpeg_restart.hpp"

namespace polycodec::jpeg::fast {

// Kept from picture to picture.
struct Bands {
  RestartRows restarts;
  std::vector<std::unique_ptr<Band>> bands;
};

// Cuts the picture at restart markers into bands, which are decoded side by side, each row of MCUs once. Interpolation
// of chroma looks across a cut: the two rows of pixels there are written at the end, from what the bands have kept of
// their edges. False: the picture is not cut, and nothing has been done. Else `reason` as of Band::Decode.
bool DecodeInBands(Bands& kept, Level level, const Picture& picture, const polycodec_decode_task& task, const char*& reason);

}  // namespace polycodec::jpeg::fast
