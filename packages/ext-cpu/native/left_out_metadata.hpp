// Metadata for which a format has no place.
#pragma once

#include <initializer_list>

#include <polycodec.h>

namespace polycodec {

// Warns once for each kind of the task's metadata that is not among those `written`. `format` is a noun: "a QOI".
void WarnOfMetadataLeftOut(const polycodec_encode_task& task, std::initializer_list<int32_t> written,
                           const char* format);

}  // namespace polycodec
