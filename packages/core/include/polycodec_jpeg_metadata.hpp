/*
 * polycodec_jpeg_metadata.hpp - metadata as JPEG marker segments: EXIF, XMP, ICC profile, IPTC and comments. For all
 * extensions that write JPEGs. Header only.
 */
#ifndef POLYCODEC_JPEG_METADATA_HPP
#define POLYCODEC_JPEG_METADATA_HPP

#include <algorithm>
#include <cstdint>
#include <cstdio>
#include <cstring>
#include <span>
#include <vector>

#include "polycodec.h"

namespace polycodec::jpeg {

struct MetadataSegments {
  std::vector<uint8_t> bytes;  // the segments, markers included
  char problem[128] = {};      // why the metadata cannot be written; empty: it can

  // The task's metadata, in its order.
  void Make(const polycodec_encode_task& task);
};

namespace detail {

// A segment's length field counts itself, so this much remains for what the segment holds.
inline constexpr size_t kMaxSegment = 65533;

inline constexpr char kExifSignature[] = "Exif\0";                              // 6 bytes with the literal's own zero
inline constexpr char kXmpSignature[] = "http://ns.adobe.com/xap/1.0/";         // 29 bytes likewise
inline constexpr char kIccSignature[] = "ICC_PROFILE";                          // 12 bytes likewise
inline constexpr char kPhotoshopSignature[] = "Photoshop 3.0";                  // 14 bytes likewise
inline constexpr size_t kIccChunk = kMaxSegment - sizeof kIccSignature - 2;

inline constexpr uint8_t kApp1 = 0xe1, kApp2 = 0xe2, kApp13 = 0xed, kCom = 0xfe;

inline void WriteSegment(std::vector<uint8_t>& to, uint8_t marker, std::span<const uint8_t> before, std::span<const uint8_t> data,
                  std::span<const uint8_t> after = {}) {
  const size_t length = 2 + before.size() + data.size() + after.size();
  to.insert(to.end(), {0xff, marker, static_cast<uint8_t>(length >> 8), static_cast<uint8_t>(length)});
  for (const auto part : {before, data, after}) to.insert(to.end(), part.begin(), part.end());
}

template <size_t N>
std::span<const uint8_t> Bytes(const char (&signature)[N]) {
  return {reinterpret_cast<const uint8_t*>(signature), N};
}

// The profile in numbered chunks (ICC.1, annex B.4), at most 255.
inline void WriteIccProfile(std::vector<uint8_t>& to, std::span<const uint8_t> profile) {
  const size_t count = (profile.size() + kIccChunk - 1) / kIccChunk;
  for (size_t i = 0; i < count; ++i) {
    uint8_t before[sizeof kIccSignature + 2];
    std::memcpy(before, kIccSignature, sizeof kIccSignature);
    before[sizeof kIccSignature] = static_cast<uint8_t>(i + 1);
    before[sizeof kIccSignature + 1] = static_cast<uint8_t>(count);
    const size_t start = i * kIccChunk;
    WriteSegment(to, kApp2, before, profile.subspan(start, std::min(kIccChunk, profile.size() - start)));
  }
}

// One image resource, 0x0404 (IPTC-NAA), without a name; its data is padded to an even length.
inline void WriteIptc(std::vector<uint8_t>& to, std::span<const uint8_t> records) {
  uint8_t before[sizeof kPhotoshopSignature + 12];
  std::memcpy(before, kPhotoshopSignature, sizeof kPhotoshopSignature);
  uint8_t* resource = before + sizeof kPhotoshopSignature;
  std::memcpy(resource, "8BIM\x04\x04\0\0", 8);
  for (int i = 0; i < 4; ++i) resource[8 + i] = static_cast<uint8_t>(records.size() >> (24 - 8 * i));
  static constexpr uint8_t kPadding[1] = {0};
  WriteSegment(to, kApp13, before, records, {kPadding, records.size() % 2});
}

}  // namespace detail

inline void MetadataSegments::Make(const polycodec_encode_task& task) {
  bytes.clear();
  problem[0] = 0;
  const auto fits = [&](const char* what, size_t size, size_t most) {
    if (size > most) std::snprintf(problem, sizeof problem, "%s of %zu bytes, at most %zu fit a JPEG", what, size, most);
    return size <= most;
  };
  for (size_t i = 0; i < task.metadata_count; ++i) {
    const std::span<const uint8_t> data{task.metadata[i].data, task.metadata[i].size};
    switch (task.metadata[i].kind) {
      case POLYCODEC_METADATA_EXIF:
        if (!fits("EXIF", data.size(), detail::kMaxSegment - sizeof detail::kExifSignature)) return;
        detail::WriteSegment(bytes, detail::kApp1, detail::Bytes(detail::kExifSignature), data);
        break;
      case POLYCODEC_METADATA_XMP:
        // 65,502 bytes by Adobe's XMP specification, part 3; two more would fit.
        if (!fits("XMP", data.size(), detail::kMaxSegment - sizeof detail::kXmpSignature - 2)) return;
        detail::WriteSegment(bytes, detail::kApp1, detail::Bytes(detail::kXmpSignature), data);
        break;
      case POLYCODEC_METADATA_ICC_PROFILE:
        if (!fits("an ICC profile", data.size(), 255 * detail::kIccChunk)) return;
        detail::WriteIccProfile(bytes, data);
        break;
      case POLYCODEC_METADATA_IPTC:
        // Of an odd number one more, for the padding.
        if (!fits("IPTC", data.size(), (detail::kMaxSegment - sizeof detail::kPhotoshopSignature - 12) / 2 * 2)) return;
        detail::WriteIptc(bytes, data);
        break;
      case POLYCODEC_METADATA_COMMENT:
        if (!fits("a comment", data.size(), detail::kMaxSegment)) return;
        detail::WriteSegment(bytes, detail::kCom, {}, data);
        break;
      default:
        std::snprintf(problem, sizeof problem, "metadata of kind %d has no place in a JPEG", task.metadata[i].kind);
        return;
    }
  }
}

}  // namespace polycodec::jpeg

#endif
