// The boxes before a code stream that is written (ITU-T T.800, annex I), and metadata in them.
#pragma once

#include <cstdint>
#include <vector>

#include <polycodec.h>

#include "jpeg2k_components.hpp"

namespace polycodec::jpeg2k {

// All that stands before the code stream, the code stream box's own header included. Its length is filled in by
// FinishContainer. Empty for a code stream without boxes, for which metadata other than comments is left out with a
// warning.
std::vector<uint8_t> BeginContainer(const polycodec_encode_task& task, const Components& components, bool isHt);

// The file in `file[0, size)` has `before` bytes before its code stream: writes the box's length.
void FinishContainer(uint8_t* file, size_t before, size_t size);

// Comments as marker segments, to be put behind the main header's other segments.
std::vector<uint8_t> CommentSegments(const polycodec_encode_task& task);

// Offset of the first tile-part, counted from the code stream's start.
size_t MainHeaderEnd(const uint8_t* codeStream, size_t size);

}  // namespace polycodec::jpeg2k
