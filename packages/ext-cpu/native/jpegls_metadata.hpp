// Metadata in a JPEG-LS: the same segments as in a JPEG.
#pragma once

#include <charls/charls_jpegls_encoder.h>
#include <polycodec.h>

namespace polycodec::jpegls {

// Writes comments, EXIF, XMP and the ICC profile, as far as they fit a segment; before the picture.
charls_jpegls_errc WriteMetadata(charls_jpegls_encoder* encoder, const polycodec_encode_task& task);
// Bytes that it will write, at most.
size_t MetadataBytes(const polycodec_encode_task& task);
// Warns of the pieces that were left out.
void WarnOfMetadata(const polycodec_encode_task& task);

}  // namespace polycodec::jpegls
