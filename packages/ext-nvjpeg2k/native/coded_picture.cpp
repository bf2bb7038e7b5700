#include "coded_picture.hpp"

#include <algorithm>
#include <optional>
#include <span>
#include <vector>

#include <polycodec_cuda.hpp>

namespace polycodec::nvjpeg2k {
namespace {

using cuda::Failure;
using Bytes = std::span<const uint8_t>;

constexpr uint32_t kHeader = 0x6a703268, kColour = 0x636f6c72, kPalette = 0x70636c72, kDefinition = 0x63646566,
                   kCodeStream = 0x6a703263;
constexpr uint32_t kSoc = 0xff4f, kSiz = 0xff51, kCod = 0xff52, kCoc = 0xff53, kNlt = 0xff76, kSot = 0xff90, kEoc = 0xffd9;
constexpr uint32_t kMaxPrecision = 16, kMaxComponents = 4, kMaxTiles = 65535;

[[noreturn]] void Corrupted(const char* fact) { throw Failure(POLYCODEC_IMAGE_CORRUPTED, fact); }
[[noreturn]] void Truncated(const char* fact) { throw Failure(POLYCODEC_IMAGE_TRUNCATED, fact); }
[[noreturn]] void Refuse(const char* fact) { throw Failure(POLYCODEC_CODESTREAM_UNSUPPORTED, fact); }

uint32_t U16(Bytes bytes, size_t at) { return uint32_t{bytes[at]} << 8 | bytes[at + 1]; }
uint32_t U32(Bytes bytes, size_t at) { return U16(bytes, at) << 16 | U16(bytes, at + 2); }

struct Box {
  uint32_t type;
  Bytes content;
};

/* Takes the first box off `rest`; the last may be cut. False at the end. */
bool NextBox(Bytes& rest, Box& box) {
  if (rest.size() < 8) return false;
  uint64_t length = U32(rest, 0), header = 8;
  box.type = U32(rest, 4);
  if (length == 1 && rest.size() >= 16) {
    length = uint64_t{U32(rest, 8)} << 32 | U32(rest, 12);
    header = 16;
  } else if (length == 0) {
    length = rest.size();
  }
  if (length < header) Corrupted("a box shorter than its own header");
  length = std::min<uint64_t>(length, rest.size());
  box.content = rest.subspan(header, length - header);
  rest = rest.subspan(length);
  return true;
}

struct Boxes {
  Bytes code_stream;
  std::optional<uint32_t> color;  // enumerated (T.800, table I.10), of the first colour box; none: a profile, or no box
};

/* Channels in their own order, opacity last: the library does not look at it. */
void RequireUsualOrder(Bytes content) {
  const uint32_t count = content.size() >= 2 ? U16(content, 0) : 0;
  if (content.size() < 2 + size_t{6} * count) Corrupted("a short channel definition");
  for (uint32_t i = 0; i < count; i++) {
    const size_t at = 2 + size_t{6} * i;
    const uint32_t channel = U16(content, at), type = U16(content, at + 2), means = U16(content, at + 4);
    if (type == 0 ? means != channel + 1 : channel + 1 != count) Refuse("channels in an order of their own");
  }
}

void ReadHeader(Bytes rest, Boxes& boxes) {
  bool seen = false;
  for (Box box; NextBox(rest, box);) {
    if (box.type == kPalette) Refuse("a palette");
    if (box.type == kDefinition) RequireUsualOrder(box.content);
    if (box.type != kColour || seen || box.content.size() < 3) continue;
    const uint8_t method = box.content[0];
    if (method == 1 && box.content.size() >= 7) boxes.color = U32(box.content, 3);
    seen = method >= 1 && method <= 3;
  }
}

Boxes ReadBoxes(Bytes file) {
  Boxes boxes;
  if (file.size() >= 2 && U16(file, 0) == kSoc) {
    boxes.code_stream = file;
    return boxes;
  }
  for (Box box; NextBox(file, box);) {
    if (box.type == kHeader) ReadHeader(box.content, boxes);
    if (box.type != kCodeStream) continue;
    boxes.code_stream = box.content;
    return boxes;
  }
  Corrupted("no code stream");
}

uint32_t CeilDivide(uint32_t value, uint32_t by) { return static_cast<uint32_t>((uint64_t{value} + by - 1) / by); }

void ReadSize(Bytes segment, CodedPicture& picture) {
  if (segment.size() < 36 || segment.size() != 36 + size_t{3} * U16(segment, 34)) Corrupted("the SIZ segment's length");
  picture.width = U32(segment, 2), picture.height = U32(segment, 6);
  for (const size_t at : {10, 14, 26, 30}) {
    if (U32(segment, at) != 0) Refuse("a picture, or tiles, that do not begin at the origin of the reference grid");
  }
  picture.tile_width = U32(segment, 18), picture.tile_height = U32(segment, 22);
  picture.components = U16(segment, 34);
  if (picture.width == 0 || picture.height == 0 || picture.tile_width == 0 || picture.tile_height == 0) {
    Corrupted("a side of no pixels");
  }
  picture.tiles_across = CeilDivide(picture.width, picture.tile_width);
  picture.tiles_down = CeilDivide(picture.height, picture.tile_height);
  if (uint64_t{picture.tiles_across} * picture.tiles_down > kMaxTiles) Corrupted("too many tiles");
  if (picture.components == 0 || picture.components > kMaxComponents) Refuse("more than four components");
  const uint32_t depth = segment[36];
  picture.precision = (depth & 0x7f) + 1, picture.is_signed = depth >= 0x80;
  if (picture.precision > kMaxPrecision) Refuse("more than 16 bits");
  for (uint32_t c = 0; c < picture.components; c++) {
    const uint8_t* component = segment.data() + 36 + size_t{3} * c;
    if (component[0] != depth) Refuse("components of different depths");
    const bool chroma = picture.components == 3 && c > 0;
    if (c == 1 && chroma) picture.step_x = component[1], picture.step_y = component[2];
    if (component[1] != (chroma ? picture.step_x : 1) || component[2] != (chroma ? picture.step_y : 1)) {
      Refuse("components of different resolutions that are not luma and chroma");
    }
  }
  const bool usual = picture.step_x >= 1 && picture.step_x <= 2 && picture.step_y >= 1 && picture.step_y <= picture.step_x;
  if (!usual) Refuse("chroma other than 4:4:4, 4:2:2, 4:2:0");
}

/* Returns where the first tile-part begins. */
size_t ReadMainHeader(Bytes stream, CodedPicture& picture) {
  if (stream.size() < 4 || U16(stream, 0) != kSoc || U16(stream, 2) != kSiz) Corrupted("SOC and SIZ are not at the beginning");
  picture.levels = 32;
  size_t at = 2;
  while (at + 4 <= stream.size()) {
    const uint32_t marker = U16(stream, at), length = U16(stream, at + 2);
    if (marker == kSot) return at;
    if (marker < 0xff01 || length < 2 || at + 2 + length > stream.size()) break;
    const Bytes segment = stream.subspan(at + 4, length - 2);
    if (marker == kSiz) ReadSize(segment, picture);
    if (marker == kNlt) Refuse("a nonlinear transform");
    const size_t levels = marker == kCod ? 5 : marker == kCoc ? 2 : SIZE_MAX;
    if (levels != SIZE_MAX) {
      if (segment.size() <= levels) Corrupted("a short coding style");
      picture.levels = std::min<uint32_t>(picture.levels, segment[levels]);
    }
    at += 2 + length;
  }
  Truncated("the main header ends before the first tile-part");
}

/* The library would decode what there is without a word. */
void RequireComplete(Bytes stream, size_t at, const CodedPicture& picture) {
  std::vector<bool> seen(picture.tiles());
  uint32_t missing = picture.tiles();
  while (at + 12 <= stream.size() && U16(stream, at) == kSot) {
    const uint32_t tile = U16(stream, at + 4);
    uint64_t length = U32(stream, at + 6);
    if (tile >= seen.size()) Corrupted("a tile-part of a tile that there is not");
    if (!seen[tile]) missing--;
    seen[tile] = true;
    if (length == 0) length = stream.size() - at - 2;  // up to the end marker
    if (length < 14) Corrupted("a tile-part shorter than its own header");
    if (length > stream.size() - at) Truncated("the last tile-part is cut");
    at += length;
  }
  if (at + 2 > stream.size() || U16(stream, at) != kEoc) Truncated("no end marker behind the tile-parts");
  if (missing > 0) Truncated("there are tiles of which nothing comes");
}

/* As the host's parser has it (packages/core/src/parsers/jpeg2k.ts); all that is neither of these is unknown. */
Color ColorOf(const std::optional<uint32_t>& named, const CodedPicture& picture) {
  if (picture.components <= 2) return Color::kGray;
  if (!named) return picture.is_coarse() ? Color::kYcc : Color::kRgb;
  if (*named == 18 || (*named == 16 && picture.is_coarse())) return Color::kYcc;
  return *named == 16 || *named == 20 || *named == 21 ? Color::kRgb : Color::kUnknown;
}

}  // namespace

CodedPicture Examine(const polycodec_decode_task& task) {
  if (task.image_index != 0) throw Failure(POLYCODEC_NUM_IMAGES_UNSUPPORTED, "one image is read of a file");
  const Boxes boxes = ReadBoxes({task.data, task.size});
  CodedPicture picture;
  const size_t tile_parts = ReadMainHeader(boxes.code_stream, picture);
  if (picture.width != task.width || picture.height != task.height || picture.components != task.channels) {
    throw Failure(POLYCODEC_IMAGE_CORRUPTED,
                  "the SIZ segment says " + std::to_string(picture.width) + " x " + std::to_string(picture.height) + " and " +
                      std::to_string(picture.components) + " components, which is not what was parsed");
  }
  RequireComplete(boxes.code_stream, tile_parts, picture);
  picture.color = ColorOf(boxes.color, picture);
  return picture;
}

}  // namespace polycodec::nvjpeg2k
