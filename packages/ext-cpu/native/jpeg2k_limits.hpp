// What is refused before a library sees it.
#pragma once

#include <cstdint>

#include <polycodec.h>

#include "jpeg2k_codestream.hpp"

namespace polycodec::jpeg2k {

// Throws Failure when tile-parts are missing and the caller takes no partial picture; warns when it does.
void CheckComplete(const polycodec_decode_task& task, const CodeStream& stream);

// Throws Failure when the headers promise many more packets than `bytes` bytes can hold: their loops would not end.
void CheckPackets(const CodeStream& stream, size_t bytes);

// Throws Failure when `bytes` are more than the caller allows.
void CheckScratch(uint64_t allowed, uint64_t bytes);

}  // namespace polycodec::jpeg2k
