#include "jpegls_metadata.hpp"

#include <algorithm>
#include <string_view>
#include <vector>

#include <polycodec.hpp>

#include "left_out_metadata.hpp"

namespace polycodec::jpegls {
namespace {

using namespace std::string_view_literals;

constexpr auto kExif = "Exif\0\0"sv, kXmp = "http://ns.adobe.com/xap/1.0/\0"sv, kIcc = "ICC_PROFILE\0"sv;
constexpr size_t kMostPayload = 65'533;
// Behind the signature stand the chunk's number and how many there are, a byte each (ICC.1:2022, B.4).
constexpr size_t kIccChunk = kMostPayload - kIcc.size() - 2;

size_t Chunks(const polycodec_metadata& profile) { return (profile.size + kIccChunk - 1) / kIccChunk; }

bool Fits(const polycodec_metadata& piece) {
  switch (piece.kind) {
    case POLYCODEC_METADATA_EXIF: return piece.size + kExif.size() <= kMostPayload;
    case POLYCODEC_METADATA_XMP: return piece.size + kXmp.size() <= kMostPayload;
    case POLYCODEC_METADATA_COMMENT: return piece.size <= kMostPayload;
    case POLYCODEC_METADATA_ICC_PROFILE: return Chunks(piece) <= 255;
    default: return true;
  }
}

std::vector<uint8_t> Joined(std::string_view signature, const uint8_t* data, size_t size) {
  std::vector<uint8_t> bytes(signature.begin(), signature.end());
  bytes.insert(bytes.end(), data, data + size);
  return bytes;
}

charls_jpegls_errc WriteSegment(charls_jpegls_encoder* encoder, int32_t application, const std::vector<uint8_t>& bytes) {
  return charls_jpegls_encoder_write_application_data(encoder, application, bytes.data(), bytes.size());
}

charls_jpegls_errc WriteProfile(charls_jpegls_encoder* encoder, const polycodec_metadata& piece) {
  const size_t chunks = Chunks(piece);
  for (size_t i = 0; i < chunks; ++i) {
    std::vector<uint8_t> bytes(kIcc.begin(), kIcc.end());
    bytes.push_back(static_cast<uint8_t>(i + 1));
    bytes.push_back(static_cast<uint8_t>(chunks));
    const size_t start = i * kIccChunk, size = std::min(kIccChunk, piece.size - start);
    bytes.insert(bytes.end(), piece.data + start, piece.data + start + size);
    if (const auto error = WriteSegment(encoder, 2, bytes); error != charls::jpegls_errc::success) return error;
  }
  return charls::jpegls_errc::success;
}

charls_jpegls_errc WritePiece(charls_jpegls_encoder* encoder, const polycodec_metadata& piece) {
  switch (piece.kind) {
    case POLYCODEC_METADATA_EXIF: return WriteSegment(encoder, 1, Joined(kExif, piece.data, piece.size));
    case POLYCODEC_METADATA_XMP: return WriteSegment(encoder, 1, Joined(kXmp, piece.data, piece.size));
    case POLYCODEC_METADATA_ICC_PROFILE: return WriteProfile(encoder, piece);
    case POLYCODEC_METADATA_COMMENT: return charls_jpegls_encoder_write_comment(encoder, piece.data, piece.size);
    default: return charls::jpegls_errc::success;
  }
}

}  // namespace

charls_jpegls_errc WriteMetadata(charls_jpegls_encoder* encoder, const polycodec_encode_task& task) {
  for (size_t i = 0; i < task.metadata_count; ++i) {
    const polycodec_metadata& piece = task.metadata[i];
    if (!Fits(piece)) continue;
    if (const auto error = WritePiece(encoder, piece); error != charls::jpegls_errc::success) return error;
  }
  return charls::jpegls_errc::success;
}

size_t MetadataBytes(const polycodec_encode_task& task) {
  size_t bytes = 0;
  for (size_t i = 0; i < task.metadata_count; ++i) bytes += task.metadata[i].size + 64 * (1 + Chunks(task.metadata[i]));
  return bytes;
}

void WarnOfMetadata(const polycodec_encode_task& task) {
  WarnOfMetadataLeftOut(task,
                        {POLYCODEC_METADATA_EXIF, POLYCODEC_METADATA_XMP, POLYCODEC_METADATA_ICC_PROFILE,
                         POLYCODEC_METADATA_COMMENT},
                        "a JPEG-LS");
  for (size_t i = 0; i < task.metadata_count; ++i) {
    const polycodec_metadata& piece = task.metadata[i];
    if (!Fits(piece)) host->warn(task.call, "%zu bytes of metadata are left out: too many for a segment", piece.size);
  }
}

}  // namespace polycodec::jpegls
