// Metadata as marker segments: EXIF, XMP, ICC profile, IPTC and comments.
#include <algorithm>
#include <cstring>
#include <span>

#include "jpeg_encode.hpp"

namespace polycodec::jpeg {
namespace {

// A segment's length field counts itself, so this much remains for what the segment holds.
constexpr size_t kMaxSegment = 65533;

constexpr char kExifSignature[] = "Exif\0";                              // 6 bytes with the literal's own zero
constexpr char kXmpSignature[] = "http://ns.adobe.com/xap/1.0/";         // 29 bytes likewise
constexpr char kIccSignature[] = "ICC_PROFILE";                          // 12 bytes likewise
constexpr char kPhotoshopSignature[] = "Photoshop 3.0";                  // 14 bytes likewise
constexpr size_t kIccChunk = kMaxSegment - sizeof kIccSignature - 2;

void WriteSegment(EncodeWorker& worker, int marker, std::span<const uint8_t> before, std::span<const uint8_t> data,
                  std::span<const uint8_t> after = {}) {
  const size_t size = before.size() + data.size() + after.size();
  jpeg_write_m_header(&worker.info, marker, static_cast<unsigned>(size));
  for (const auto part : {before, data, after}) {
    for (const uint8_t byte : part) jpeg_write_m_byte(&worker.info, byte);
  }
}

template <size_t N>
std::span<const uint8_t> Bytes(const char (&signature)[N]) {
  return {reinterpret_cast<const uint8_t*>(signature), N};
}

// The profile in numbered chunks (ICC.1, annex B.4), at most 255.
void WriteIccProfile(EncodeWorker& worker, std::span<const uint8_t> profile) {
  const size_t count = (profile.size() + kIccChunk - 1) / kIccChunk;
  if (count > 255) {
    worker.errors.Fail(POLYCODEC_FAIL, "an ICC profile of %zu bytes, at most %zu fit", profile.size(), 255 * kIccChunk);
  }
  for (size_t i = 0; i < count; ++i) {
    uint8_t before[sizeof kIccSignature + 2];
    std::memcpy(before, kIccSignature, sizeof kIccSignature);
    before[sizeof kIccSignature] = static_cast<uint8_t>(i + 1);
    before[sizeof kIccSignature + 1] = static_cast<uint8_t>(count);
    const size_t start = i * kIccChunk;
    WriteSegment(worker, JPEG_APP0 + 2, before, profile.subspan(start, std::min(kIccChunk, profile.size() - start)));
  }
}

// One image resource, 0x0404 (IPTC-NAA), without a name; its data is padded to an even length.
void WriteIptc(EncodeWorker& worker, std::span<const uint8_t> records) {
  uint8_t before[sizeof kPhotoshopSignature + 12];
  std::memcpy(before, kPhotoshopSignature, sizeof kPhotoshopSignature);
  uint8_t* resource = before + sizeof kPhotoshopSignature;
  std::memcpy(resource, "8BIM\x04\x04\0\0", 8);
  for (int i = 0; i < 4; ++i) resource[8 + i] = static_cast<uint8_t>(records.size() >> (24 - 8 * i));
  static constexpr uint8_t kPadding[1] = {0};
  WriteSegment(worker, JPEG_APP0 + 13, before, records, {kPadding, records.size() % 2});
}

void CheckSize(EncodeWorker& worker, const char* what, size_t size, size_t framing) {
  if (size + framing <= kMaxSegment) return;
  worker.errors.Fail(POLYCODEC_FAIL, "%s of %zu bytes, at most %zu fit a JPEG segment", what, size,
                     kMaxSegment - framing);
}

}  // namespace

void WriteMetadata(EncodeWorker& worker, const polycodec_encode_task& task) {
  for (size_t i = 0; i < task.metadata_count; ++i) {
    const std::span<const uint8_t> data{task.metadata[i].data, task.metadata[i].size};
    switch (task.metadata[i].kind) {
      case POLYCODEC_METADATA_EXIF:
        CheckSize(worker, "EXIF", data.size(), sizeof kExifSignature);
        WriteSegment(worker, JPEG_APP0 + 1, Bytes(kExifSignature), data);
        break;
      case POLYCODEC_METADATA_XMP:
        // 65,502 bytes by Adobe's XMP specification, part 3; two more would fit.
        CheckSize(worker, "XMP", data.size(), sizeof kXmpSignature + 2);
        WriteSegment(worker, JPEG_APP0 + 1, Bytes(kXmpSignature), data);
        break;
      case POLYCODEC_METADATA_ICC_PROFILE: WriteIccProfile(worker, data); break;
      case POLYCODEC_METADATA_IPTC:
        CheckSize(worker, "IPTC", data.size() + data.size() % 2, sizeof kPhotoshopSignature + 12);
        WriteIptc(worker, data);
        break;
      case POLYCODEC_METADATA_COMMENT:
        CheckSize(worker, "a comment", data.size(), 0);
        WriteSegment(worker, JPEG_COM, {}, data);
        break;
      default: worker.errors.Fail(POLYCODEC_FAIL, "metadata of kind %d has no place in a JPEG", task.metadata[i].kind);
    }
  }
}

size_t MetadataBytes(const polycodec_encode_task& task) {
  size_t bytes = 0;
  for (size_t i = 0; i < task.metadata_count; ++i) {
    bytes += task.metadata[i].size + 64 * (1 + task.metadata[i].size / kIccChunk);
  }
  return bytes;
}

}  // namespace polycodec::jpeg
