/*
 * polycodec_jp2_boxes.hpp - the boxes around a JPEG 2000 code stream (ITU-T T.800, annex I) and metadata in them. For all
 * extensions that write JPEG 2000. Header only.
 */
#ifndef POLYCODEC_JP2_BOXES_HPP
#define POLYCODEC_JP2_BOXES_HPP

#include <cstdint>
#include <cstring>
#include <span>
#include <stdexcept>
#include <string>
#include <string_view>
#include <vector>

#include "polycodec.hpp"

namespace polycodec::jp2 {

enum class Color { kGray, kRgb, kYcc, kCmyk };

// What the boxes say of the code stream.
struct Picture {
  uint32_t components, precision;
  bool is_signed, has_alpha, is_ht;
  Color color;
};

// What cannot be written.
struct Problem : std::runtime_error {
  using runtime_error::runtime_error;
};

namespace detail {

inline constexpr uint8_t kExifUuid[17] = "JpgTiffExif->JP2";
inline constexpr uint8_t kXmpUuid[] = {0xbe, 0x7a, 0xcf, 0xcb, 0x97, 0xa9, 0x42, 0xe8,
                                0x9c, 0x71, 0x99, 0x94, 0x91, 0xe3, 0xaf, 0xac};
inline constexpr uint8_t kIptcUuid[] = {0x33, 0xc7, 0xa4, 0xd2, 0xb8, 0x1d, 0x47, 0x23,
                                 0xa0, 0xba, 0xf1, 0xa3, 0xe0, 0x97, 0xad, 0x38};
inline constexpr size_t kMaxComment = 65535 - 4;

class Writer {
 public:
  std::vector<uint8_t> bytes;

  void U8(uint32_t value) { bytes.push_back(static_cast<uint8_t>(value)); }
  void U16(uint32_t value) { U8(value >> 8), U8(value); }
  void U32(uint32_t value) { U16(value >> 16), U16(value); }
  void Put(std::span<const uint8_t> more) { bytes.insert(bytes.end(), more.begin(), more.end()); }
  void Text(std::string_view text) { bytes.insert(bytes.end(), text.begin(), text.end()); }

  // Begins a box; End fills in its length.
  size_t Begin(std::string_view type) {
    U32(0);
    Text(type);
    return bytes.size() - 8;
  }
  void End(size_t box) { SetLength(box, bytes.size() - box); }
  void SetLength(size_t box, size_t length) {
    if (length > UINT32_MAX) throw Problem("a box of " + std::to_string(length) + " bytes");
    for (int i = 0; i < 4; ++i) bytes[box + i] = static_cast<uint8_t>(length >> (24 - 8 * i));
  }
};

inline std::span<const uint8_t> BytesOf(const polycodec_metadata& piece) { return {piece.data, piece.size}; }

inline void WriteColour(Writer& writer, const polycodec_encode_task& task, const Picture& picture) {
  const size_t box = writer.Begin("colr");
  for (size_t i = 0; i < task.metadata_count; ++i) {
    if (task.metadata[i].kind != POLYCODEC_METADATA_ICC_PROFILE) continue;
    writer.U8(2), writer.U8(0), writer.U8(0);
    writer.Put(BytesOf(task.metadata[i]));
    return writer.End(box);
  }
  writer.U8(1), writer.U8(0), writer.U8(0);
  switch (picture.color) {
    case Color::kGray: writer.U32(17); break;
    case Color::kRgb: writer.U32(16); break;
    case Color::kYcc: writer.U32(18); break;
    case Color::kCmyk: writer.U32(12); break;
  }
  writer.End(box);
}

// What each channel is, where they are more than the colours: opacity of the whole picture, or unspecified.
inline void WriteChannels(Writer& writer, const Picture& picture) {
  const uint32_t colors = picture.color == Color::kGray ? 1 : picture.color == Color::kCmyk ? 4 : 3;
  if (picture.components <= colors) return;
  const size_t box = writer.Begin("cdef");
  writer.U16(picture.components);
  for (uint32_t i = 0; i < picture.components; ++i) {
    const bool isColor = i < colors, isAlpha = i == colors && picture.has_alpha;
    writer.U16(i);
    writer.U16(isColor ? 0 : isAlpha ? 1 : 0xffff);
    writer.U16(isColor ? i + 1 : isAlpha ? 0 : 0xffff);
  }
  writer.End(box);
}

inline void WriteUuid(Writer& writer, std::span<const uint8_t> uuid, std::span<const uint8_t> content) {
  const size_t box = writer.Begin("uuid");
  writer.Put(uuid.first(16));
  writer.Put(content);
  writer.End(box);
}

inline const char* NameOf(int kind) {
  switch (kind) {
    case POLYCODEC_METADATA_EXIF: return "EXIF";
    case POLYCODEC_METADATA_ICC_PROFILE: return "an ICC profile";
    case POLYCODEC_METADATA_XMP: return "XMP";
    case POLYCODEC_METADATA_IPTC: return "IPTC";
    default: return "this kind of metadata";
  }
}

}  // namespace detail

// All that stands before the code stream, the code stream box's own header included. Its length is filled in by EndFile.
// Empty for a code stream without boxes (the parameter bitstreamType is "J2K"), for which metadata other than comments is
// left out with a warning. Throws Problem.
inline std::vector<uint8_t> BeginFile(const polycodec_encode_task& task, const Picture& picture) {
  const char* type = task.params == nullptr ? "JP2" : host->text(task.params, "bitstreamType", "JP2");
  if (std::strcmp(type, "J2K") == 0) {
    for (size_t i = 0; i < task.metadata_count; ++i) {
      if (task.metadata[i].kind == POLYCODEC_METADATA_COMMENT) continue;
      host->warn(task.call, "a code stream without boxes has no place for %s: left out", detail::NameOf(task.metadata[i].kind));
    }
    return {};
  }
  detail::Writer writer;
  size_t box = writer.Begin("jP  ");
  writer.Text("\r\n\x87\n");
  writer.End(box);
  box = writer.Begin("ftyp");
  writer.Text(picture.is_ht ? "jph " : "jp2 ");
  writer.U32(0);
  writer.Text(picture.is_ht ? "jph " : "jp2 ");
  writer.End(box);

  const size_t header = writer.Begin("jp2h");
  box = writer.Begin("ihdr");
  writer.U32(task.input.height), writer.U32(task.input.width);
  writer.U16(picture.components);
  writer.U8((picture.precision - 1) | (picture.is_signed ? 0x80 : 0));
  writer.U8(7);  // JPEG 2000
  writer.U8(0), writer.U8(0);
  writer.End(box);
  detail::WriteColour(writer, task, picture);
  detail::WriteChannels(writer, picture);
  writer.End(header);

  for (size_t i = 0; i < task.metadata_count; ++i) {
    const auto content = detail::BytesOf(task.metadata[i]);
    switch (task.metadata[i].kind) {
      case POLYCODEC_METADATA_EXIF: detail::WriteUuid(writer, detail::kExifUuid, content); break;
      case POLYCODEC_METADATA_XMP: detail::WriteUuid(writer, detail::kXmpUuid, content); break;
      case POLYCODEC_METADATA_IPTC: detail::WriteUuid(writer, detail::kIptcUuid, content); break;
      case POLYCODEC_METADATA_ICC_PROFILE: case POLYCODEC_METADATA_COMMENT: break;
      default: host->warn(task.call, "no place for %s: left out", detail::NameOf(task.metadata[i].kind));
    }
  }
  writer.Begin("jp2c");
  return std::move(writer.bytes);
}

// The file in `file[0, size)` has `before` bytes before its code stream: writes the box's length.
inline void EndFile(uint8_t* file, size_t before, size_t size) {
  if (before == 0) return;
  const size_t length = size - before + 8;
  // 0 means to the end of the file, which it always is.
  const uint32_t written = length > UINT32_MAX ? 0 : static_cast<uint32_t>(length);
  for (int i = 0; i < 4; ++i) file[before - 8 + i] = static_cast<uint8_t>(written >> (24 - 8 * i));
}

// Comments as marker segments, to be put behind the main header's other segments. Throws Problem.
inline std::vector<uint8_t> CommentSegments(const polycodec_encode_task& task) {
  detail::Writer writer;
  for (size_t i = 0; i < task.metadata_count; ++i) {
    if (task.metadata[i].kind != POLYCODEC_METADATA_COMMENT) continue;
    const auto text = detail::BytesOf(task.metadata[i]);
    if (text.size() > detail::kMaxComment) {
      throw Problem("a comment of " + std::to_string(text.size()) + " bytes, at most " + std::to_string(detail::kMaxComment) + " fit");
    }
    writer.U16(0xff64);
    writer.U16(static_cast<uint32_t>(text.size()) + 4);
    writer.U16(1);  // Latin text
    writer.Put(text);
  }
  return std::move(writer.bytes);
}

// Offset of the first tile-part, counted from the code stream's start.
inline size_t MainHeaderEnd(const uint8_t* codeStream, size_t size) {
  const auto u16 = [&](size_t at) { return uint32_t{codeStream[at]} << 8 | codeStream[at + 1]; };
  size_t at = 2;
  while (at + 4 <= size && u16(at) != 0xff90) at += 2 + u16(at + 2);
  return at;
}

}  // namespace polycodec::jp2

#endif
