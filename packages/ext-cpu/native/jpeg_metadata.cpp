#include "jpeg_metadata.hpp"

#include <algorithm>
#include <cstdio>
#include <cstring>

namespace polycodec::jpeg {
namespace {

constexpr int kApp1 = 0xe1, kApp2 = 0xe2, kApp13 = 0xed, kComment = 0xfe;

// A segment's length field counts itself, so this much remains for what the segment holds.
constexpr size_t kMaxSegment = 65533;

constexpr char kExifSignature[] = "Exif\0";                              // 6 bytes with the literal's own zero
constexpr char kXmpSignature[] = "http://ns.adobe.com/xap/1.0/";         // 29 bytes likewise
constexpr char kIccSignature[] = "ICC_PROFILE";                          // 12 bytes likewise
constexpr char kPhotoshopSignature[] = "Photoshop 3.0";                  // 14 bytes likewise
constexpr size_t kIccChunk = kMaxSegment - sizeof kIccSignature - 2;
constexpr size_t kMostIccChunks = 255;

struct Writer {
  SegmentWriter write;
  void* to;

  void Segment(int marker, std::span<const uint8_t> before, std::span<const uint8_t> data,
               std::span<const uint8_t> after = {}) const {
    const std::span<const uint8_t> parts[] = {before, data, after};
    write(to, marker, {parts, 3});
  }
};

template <size_t N>
std::span<const uint8_t> Bytes(const char (&signature)[N]) {
  return {reinterpret_cast<const uint8_t*>(signature), N};
}

size_t IccChunks(size_t profileBytes) { return (profileBytes + kIccChunk - 1) / kIccChunk; }

// The profile in numbered chunks (ICC.1, annex B.4), at most 255.
void WriteIccProfile(const Writer& writer, std::span<const uint8_t> profile) {
  const size_t count = IccChunks(profile.size());
  for (size_t i = 0; i < count; ++i) {
    uint8_t before[sizeof kIccSignature + 2];
    std::memcpy(before, kIccSignature, sizeof kIccSignature);
    before[sizeof kIccSignature] = static_cast<uint8_t>(i + 1);
    before[sizeof kIccSignature + 1] = static_cast<uint8_t>(count);
    const size_t start = i * kIccChunk;
    writer.Segment(kApp2, before, profile.subspan(start, std::min(kIccChunk, profile.size() - start)));
  }
}

// One image resource, 0x0404 (IPTC-NAA), without a name; its data is padded to an even length.
void WriteIptc(const Writer& writer, std::span<const uint8_t> records) {
  uint8_t before[sizeof kPhotoshopSignature + 12];
  std::memcpy(before, kPhotoshopSignature, sizeof kPhotoshopSignature);
  uint8_t* resource = before + sizeof kPhotoshopSignature;
  std::memcpy(resource, "8BIM\x04\x04\0\0", 8);
  for (int i = 0; i < 4; ++i) resource[8 + i] = static_cast<uint8_t>(records.size() >> (24 - 8 * i));
  static constexpr uint8_t kPadding[1] = {0};
  writer.Segment(kApp13, before, records, {kPadding, records.size() % 2});
}

bool PieceFits(const polycodec_metadata& piece, std::span<char> reason) {
  const auto fits = [&](const char* what, size_t size, size_t framing) {
    if (size + framing <= kMaxSegment) return true;
    std::snprintf(reason.data(), reason.size(), "%s of %zu bytes, at most %zu fit a JPEG segment", what, size,
                  kMaxSegment - framing);
    return false;
  };
  switch (piece.kind) {
    case POLYCODEC_METADATA_EXIF: return fits("EXIF", piece.size, sizeof kExifSignature);
    // 65,502 bytes by Adobe's XMP specification, part 3; two more would fit.
    case POLYCODEC_METADATA_XMP: return fits("XMP", piece.size, sizeof kXmpSignature + 2);
    case POLYCODEC_METADATA_IPTC: return fits("IPTC", piece.size + piece.size % 2, sizeof kPhotoshopSignature + 12);
    case POLYCODEC_METADATA_COMMENT: return fits("a comment", piece.size, 0);
    case POLYCODEC_METADATA_ICC_PROFILE:
      if (IccChunks(piece.size) <= kMostIccChunks) return true;
      std::snprintf(reason.data(), reason.size(), "an ICC profile of %zu bytes, at most %zu fit", piece.size,
                    kMostIccChunks * kIccChunk);
      return false;
    default:
      std::snprintf(reason.data(), reason.size(), "metadata of kind %d has no place in a JPEG", piece.kind);
      return false;
  }
}

}  // namespace

bool MetadataFits(const polycodec_encode_task& task, std::span<char> reason) {
  return std::all_of(task.metadata, task.metadata + task.metadata_count,
                     [&](const polycodec_metadata& piece) { return PieceFits(piece, reason); });
}

void WriteMetadata(const polycodec_encode_task& task, SegmentWriter write, void* to) {
  const Writer writer{write, to};
  for (size_t i = 0; i < task.metadata_count; ++i) {
    const std::span<const uint8_t> data{task.metadata[i].data, task.metadata[i].size};
    switch (task.metadata[i].kind) {
      case POLYCODEC_METADATA_EXIF: writer.Segment(kApp1, Bytes(kExifSignature), data); break;
      case POLYCODEC_METADATA_XMP: writer.Segment(kApp1, Bytes(kXmpSignature), data); break;
      case POLYCODEC_METADATA_ICC_PROFILE: WriteIccProfile(writer, data); break;
      case POLYCODEC_METADATA_IPTC: WriteIptc(writer, data); break;
      case POLYCODEC_METADATA_COMMENT: writer.Segment(kComment, {}, data); break;
    }
  }
}

size_t MetadataBytes(const polycodec_encode_task& task) {
  size_t bytes = 0;
  for (size_t i = 0; i < task.metadata_count; ++i) bytes += task.metadata[i].size + 64 * (1 + IccChunks(task.metadata[i].size));
  return bytes;
}

}  // namespace polycodec::jpeg
