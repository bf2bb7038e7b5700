#include "jpeg2k_container.hpp"

#include <cstring>
#include <span>
#include <string_view>

#include "jpeg2k_bytes.hpp"
#include "jpeg2k_failure.hpp"

namespace polycodec::jpeg2k {
namespace {

constexpr uint8_t kExifUuid[17] = "JpgTiffExif->JP2";
constexpr uint8_t kXmpUuid[] = {0xbe, 0x7a, 0xcf, 0xcb, 0x97, 0xa9, 0x42, 0xe8,
                                0x9c, 0x71, 0x99, 0x94, 0x91, 0xe3, 0xaf, 0xac};
constexpr uint8_t kIptcUuid[] = {0x33, 0xc7, 0xa4, 0xd2, 0xb8, 0x1d, 0x47, 0x23,
                                 0xa0, 0xba, 0xf1, 0xa3, 0xe0, 0x97, 0xad, 0x38};
constexpr size_t kMaxComment = 65535 - 4;

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
    if (length > UINT32_MAX) Fail(POLYCODEC_FAIL, "a box of %zu bytes", length);
    for (int i = 0; i < 4; ++i) bytes[box + i] = static_cast<uint8_t>(length >> (24 - 8 * i));
  }
};

std::span<const uint8_t> BytesOf(const polycodec_metadata& piece) { return {piece.data, piece.size}; }

void WriteColour(Writer& writer, const polycodec_encode_task& task, const Components& components) {
  const size_t box = writer.Begin("colr");
  for (size_t i = 0; i < task.metadata_count; ++i) {
    if (task.metadata[i].kind != POLYCODEC_METADATA_ICC_PROFILE) continue;
    writer.U8(2), writer.U8(0), writer.U8(0);
    writer.Put(BytesOf(task.metadata[i]));
    return writer.End(box);
  }
  writer.U8(1), writer.U8(0), writer.U8(0);
  switch (components.CodedColor()) {
    case Components::Color::kGray: writer.U32(17); break;
    case Components::Color::kRgb: writer.U32(16); break;
    case Components::Color::kYcc: writer.U32(18); break;
    case Components::Color::kCmyk: writer.U32(12); break;
  }
  writer.End(box);
}

// What each channel is, where they are more than the colours: opacity of the whole picture, or unspecified.
void WriteChannels(Writer& writer, const Components& components) {
  const Components::Color color = components.CodedColor();
  const uint32_t colors = color == Components::Color::kGray ? 1 : color == Components::Color::kCmyk ? 4 : 3;
  if (components.Count() <= colors) return;
  const size_t box = writer.Begin("cdef");
  writer.U16(components.Count());
  for (uint32_t i = 0; i < components.Count(); ++i) {
    const bool isColor = i < colors, isAlpha = i == colors && components.HasAlpha();
    writer.U16(i);
    writer.U16(isColor ? 0 : isAlpha ? 1 : 0xffff);
    writer.U16(isColor ? i + 1 : isAlpha ? 0 : 0xffff);
  }
  writer.End(box);
}

void WriteUuid(Writer& writer, std::span<const uint8_t> uuid, std::span<const uint8_t> content) {
  const size_t box = writer.Begin("uuid");
  writer.Put(uuid.first(16));
  writer.Put(content);
  writer.End(box);
}

const char* NameOf(int kind) {
  switch (kind) {
    case POLYCODEC_METADATA_EXIF: return "EXIF";
    case POLYCODEC_METADATA_ICC_PROFILE: return "an ICC profile";
    case POLYCODEC_METADATA_XMP: return "XMP";
    case POLYCODEC_METADATA_IPTC: return "IPTC";
    default: return "this kind of metadata";
  }
}

}  // namespace

std::vector<uint8_t> BeginContainer(const polycodec_encode_task& task, const Components& components, bool isHt) {
  const char* type = task.params == nullptr ? "JP2" : host->text(task.params, "bitstreamType", "JP2");
  if (std::strcmp(type, "J2K") == 0) {
    for (size_t i = 0; i < task.metadata_count; ++i) {
      if (task.metadata[i].kind == POLYCODEC_METADATA_COMMENT) continue;
      host->warn(task.call, "a code stream without boxes has no place for %s: left out", NameOf(task.metadata[i].kind));
    }
    return {};
  }
  Writer writer;
  size_t box = writer.Begin("jP  ");
  writer.Text("\r\n\x87\n");
  writer.End(box);
  box = writer.Begin("ftyp");
  writer.Text(isHt ? "jph " : "jp2 ");
  writer.U32(0);
  writer.Text(isHt ? "jph " : "jp2 ");
  writer.End(box);

  const size_t header = writer.Begin("jp2h");
  box = writer.Begin("ihdr");
  writer.U32(task.input.height), writer.U32(task.input.width);
  writer.U16(components.Count());
  writer.U8((components.Precision() - 1) | (components.IsSigned() ? 0x80 : 0));
  writer.U8(7);  // JPEG 2000
  writer.U8(0), writer.U8(0);
  writer.End(box);
  WriteColour(writer, task, components);
  WriteChannels(writer, components);
  writer.End(header);

  for (size_t i = 0; i < task.metadata_count; ++i) {
    const auto content = BytesOf(task.metadata[i]);
    switch (task.metadata[i].kind) {
      case POLYCODEC_METADATA_EXIF: WriteUuid(writer, kExifUuid, content); break;
      case POLYCODEC_METADATA_XMP: WriteUuid(writer, kXmpUuid, content); break;
      case POLYCODEC_METADATA_IPTC: WriteUuid(writer, kIptcUuid, content); break;
      case POLYCODEC_METADATA_ICC_PROFILE: case POLYCODEC_METADATA_COMMENT: break;
      default: host->warn(task.call, "no place for %s: left out", NameOf(task.metadata[i].kind));
    }
  }
  writer.Begin("jp2c");
  return std::move(writer.bytes);
}

void FinishContainer(uint8_t* file, size_t before, size_t size) {
  if (before == 0) return;
  const size_t length = size - before + 8;
  // 0 means to the end of the file, which it always is.
  const uint32_t written = length > UINT32_MAX ? 0 : static_cast<uint32_t>(length);
  for (int i = 0; i < 4; ++i) file[before - 8 + i] = static_cast<uint8_t>(written >> (24 - 8 * i));
}

std::vector<uint8_t> CommentSegments(const polycodec_encode_task& task) {
  Writer writer;
  for (size_t i = 0; i < task.metadata_count; ++i) {
    if (task.metadata[i].kind != POLYCODEC_METADATA_COMMENT) continue;
    const auto text = BytesOf(task.metadata[i]);
    if (text.size() > kMaxComment) {
      Fail(POLYCODEC_FAIL, "a comment of %zu bytes, at most %zu fit", text.size(), kMaxComment);
    }
    writer.U16(0xff64);
    writer.U16(static_cast<uint32_t>(text.size()) + 4);
    writer.U16(1);  // Latin text
    writer.Put(text);
  }
  return std::move(writer.bytes);
}

size_t MainHeaderEnd(const uint8_t* codeStream, size_t size) {
  const std::span<const uint8_t> bytes{codeStream, size};
  size_t at = 2;
  while (at + 4 <= size && U16(bytes, at) != 0xff90) at += 2 + U16(bytes, at + 2);
  return at;
}

}  // namespace polycodec::jpeg2k
