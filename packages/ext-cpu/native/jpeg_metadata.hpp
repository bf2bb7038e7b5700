// Metadata as marker segments: EXIF, XMP, ICC profile, IPTC and comments.
#pragma once

#include <cstddef>
#include <cstdint>
#include <span>

#include <polycodec.h>

namespace polycodec::jpeg {

// Has each piece of the task's metadata a place in a JPEG, and room there? If not, says why.
bool MetadataFits(const polycodec_encode_task& task, std::span<char> reason);

// Takes a segment: the second byte of its marker, and its contents in parts.
using SegmentWriter = void (*)(void* to, int marker, std::span<const std::span<const uint8_t>> parts);

// Hands the task's metadata, which fits, to `write` in its order. Needs no destructors: `write` may jump away.
void WriteMetadata(const polycodec_encode_task& task, SegmentWriter write, void* to);

// Bytes that WriteMetadata's segments take, at most.
size_t MetadataBytes(const polycodec_encode_task& task);

}  // namespace polycodec::jpeg
