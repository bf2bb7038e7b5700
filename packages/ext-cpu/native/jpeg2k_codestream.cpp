#include "jpeg2k_codestream.hpp"

#include <algorithm>

#include "jpeg2k_bytes.hpp"
#include "jpeg2k_failure.hpp"

namespace polycodec::jpeg2k {
namespace {

constexpr uint32_t kSoc = 0xff4f, kSiz = 0xff51, kCod = 0xff52, kCoc = 0xff53, kPpm = 0xff60, kSot = 0xff90, kSod = 0xff93,
                   kEoc = 0xffd9;

// Components times tile-parts with a style of their own: what a small file could make us go through.
constexpr size_t kMaxStyles = size_t{1} << 22;

// OpenJPEG's structures: opj_tcd_precinct_t, opj_tcd_cblk_dec_t with a segment, and nodes of two tag trees (4/3 each).
constexpr uint64_t kPrecinctBytes = 160, kBlockBytes = 360;

// A coding style of one tile-component (COD, COC).
struct Style {
  uint32_t levels = 0, blockWidth = 6, blockHeight = 6;  // exponents
  uint32_t precinct[33];                                  // exponents of a resolution: width | height << 4
};

struct Reader {
  std::span<const uint8_t> bytes;
  CodeStream& stream;
  std::vector<Style> styles;  // by component; the default is the last element
  uint32_t layers = 1;
  bool seenCod = false;

  // Reads a marker segment of the main header or of a tile-part's.
  void Segment(uint32_t marker, std::span<const uint8_t> body) {
    if (marker == kCod) {
      if (body.size() < 10) Fail(POLYCODEC_IMAGE_CORRUPTED, "%zu bytes of COD", body.size());
      layers = std::max(layers, U16(body, 2));
      if (U16(body, 2) == 0) Fail(POLYCODEC_IMAGE_CORRUPTED, "no layers");
      if (body[1] > 4) Fail(POLYCODEC_IMAGE_CORRUPTED, "progression order %u", body[1]);
      if (body[4] > 1) Fail(POLYCODEC_CODESTREAM_UNSUPPORTED, "multiple component transform %u", body[4]);
      const Style style = ReadStyle(body.subspan(5), (body[0] & 1) != 0);
      std::fill(styles.begin(), styles.end(), style);
      seenCod = true;
    } else if (marker == kCoc) {
      const size_t wide = stream.components.size() > 256 ? 2 : 1;
      if (body.size() < wide + 6) Fail(POLYCODEC_IMAGE_CORRUPTED, "%zu bytes of COC", body.size());
      const uint32_t component = wide == 2 ? U16(body, 0) : body[0];
      if (component >= stream.components.size()) Fail(POLYCODEC_IMAGE_CORRUPTED, "COC of component %u", component);
      styles[component] = ReadStyle(body.subspan(wide + 1), (body[wide] & 1) != 0);
    }
  }

  Style ReadStyle(std::span<const uint8_t> body, bool ownPrecincts) {
    Style style;
    style.levels = body[0];
    style.blockWidth = (body[1] & 15u) + 2;
    style.blockHeight = (body[2] & 15u) + 2;
    if (style.levels > 32) Fail(POLYCODEC_IMAGE_CORRUPTED, "%u decomposition levels", style.levels);
    if (style.blockWidth + style.blockHeight > 12) Fail(POLYCODEC_IMAGE_CORRUPTED, "code blocks of too many samples");
    if (body[4] > 1) Fail(POLYCODEC_CODESTREAM_UNSUPPORTED, "wavelet transform %u", body[4]);
    if (body[4] == 0) stream.isReversible = false;
    if ((body[3] & 0x40) != 0) stream.isHt = true;
    if (ownPrecincts && body.size() < 6 + style.levels) {
      Fail(POLYCODEC_IMAGE_CORRUPTED, "precincts of %zu resolutions, %u expected", body.size() - 5, style.levels + 1);
    }
    for (uint32_t r = 0; r <= style.levels; ++r) style.precinct[r] = ownPrecincts ? body[5 + r] : 0xff;
    stream.minLevels = std::min(stream.minLevels, style.levels);
    stream.maxLevels = std::max(stream.maxLevels, style.levels);
    return style;
  }

  // How many precincts and code blocks a tile of a component has at most, and what that takes.
  void Count(const Style& style, const Component& component, uint64_t& precincts, uint64_t& bytes) const {
    const uint64_t width = CeilDiv(std::min(stream.tileWidth, stream.x1 - stream.x0), component.dx) + uint64_t{1};
    const uint64_t height = CeilDiv(std::min(stream.tileHeight, stream.y1 - stream.y0), component.dy) + uint64_t{1};
    for (uint32_t r = 0; r <= style.levels; ++r) {
      const uint32_t shift = style.levels - r;
      const uint64_t w = (width >> shift) + 1, h = (height >> shift) + 1;
      const uint32_t px = style.precinct[r] & 15, py = style.precinct[r] >> 4;
      const uint64_t across = (w >> px) + 2, down = (h >> py) + 2;
      const uint32_t bands = r == 0 ? 1 : 3, halve = r == 0 ? 0 : 1;
      const uint32_t bw = std::min(style.blockWidth, px > halve ? px - halve : 0);
      const uint32_t bh = std::min(style.blockHeight, py > halve ? py - halve : 0);
      const uint64_t blocks = ((w >> halve >> bw) + across) * ((h >> halve >> bh) + down);
      precincts += across * down;
      bytes += bands * (across * down * kPrecinctBytes + blocks * kBlockBytes);
    }
  }

  void Estimate() {
    uint64_t precincts = 0, bytes = 0;
    for (size_t i = 0; i < stream.components.size(); ++i) Count(styles[i], stream.components[i], precincts, bytes);
    stream.packets = std::max(stream.packets, precincts * layers);
    stream.blockBytes = std::max(stream.blockBytes, bytes + precincts * (layers + 1) * sizeof(int16_t));
  }
};

void ReadSize(std::span<const uint8_t> body, CodeStream& stream) {
  if (body.size() < 36) Fail(POLYCODEC_IMAGE_CORRUPTED, "%zu bytes of SIZ", body.size());
  stream.x1 = U32(body, 2), stream.y1 = U32(body, 6), stream.x0 = U32(body, 10), stream.y0 = U32(body, 14);
  stream.tileWidth = U32(body, 18), stream.tileHeight = U32(body, 22);
  stream.tileX0 = U32(body, 26), stream.tileY0 = U32(body, 30);
  const size_t count = U16(body, 34);
  const uint64_t tileX1 = uint64_t{stream.tileX0} + stream.tileWidth;
  const uint64_t tileY1 = uint64_t{stream.tileY0} + stream.tileHeight;
  if (stream.x1 <= stream.x0 || stream.y1 <= stream.y0 || stream.x1 > INT32_MAX || stream.y1 > INT32_MAX ||
      stream.tileWidth == 0 || stream.tileHeight == 0 || stream.tileX0 > stream.x0 || stream.tileY0 > stream.y0 ||
      tileX1 <= stream.x0 || tileY1 <= stream.y0 || count == 0 || body.size() != 36 + 3 * count) {
    Fail(POLYCODEC_IMAGE_CORRUPTED, "SIZ describes no picture");
  }
  stream.tilesAcross = CeilDiv(stream.x1 - stream.tileX0, stream.tileWidth);
  stream.tilesDown = CeilDiv(stream.y1 - stream.tileY0, stream.tileHeight);
  if (stream.Tiles() > 65535) Fail(POLYCODEC_IMAGE_CORRUPTED, "%u x %u tiles", stream.tilesAcross, stream.tilesDown);
  for (size_t i = 0; i < count; ++i) {
    const uint8_t depth = body[36 + 3 * i];
    const Component component{(depth & 0x7fu) + 1, depth >= 0x80, body[37 + 3 * i], body[38 + 3 * i]};
    if (component.precision > 38 || component.dx == 0 || component.dy == 0 ||
        CeilDiv(stream.x0, component.dx) == CeilDiv(stream.x1, component.dx) ||
        CeilDiv(stream.y0, component.dy) == CeilDiv(stream.y1, component.dy)) {
      Fail(POLYCODEC_IMAGE_CORRUPTED, "component %zu has no samples, or too large ones", i);
    }
    stream.components.push_back(component);
  }
}

// Follows the tile-parts by their lengths, and reads the coding styles that they bring along.
void FollowTileParts(Reader& reader, size_t at) {
  CodeStream& stream = reader.stream;
  const std::span<const uint8_t> bytes = reader.bytes;
  std::vector<bool> seen(stream.Tiles());
  size_t work = 0;
  while (at + 12 <= bytes.size() && U16(bytes, at) == kSot) {
    const uint32_t tile = U16(bytes, at + 4), length = U32(bytes, at + 6);
    if (U16(bytes, at + 2) != 10 || tile >= stream.Tiles()) {
      Fail(POLYCODEC_IMAGE_CORRUPTED, "tile-part at offset %zu: tile %u of %llu", at, tile,
           static_cast<unsigned long long>(stream.Tiles()));
    }
    if (length != 0 && length < 14) Fail(POLYCODEC_IMAGE_CORRUPTED, "a tile-part of %u bytes at offset %zu", length, at);
    const size_t end = length == 0 ? bytes.size() : std::min(bytes.size(), at + length);
    std::vector<Style> kept;  // of all tiles, while this one's own are there
    size_t in = at + 12;
    while (in + 4 <= end && U16(bytes, in) != kSod) {
      const uint32_t marker = U16(bytes, in), size = U16(bytes, in + 2);
      if (marker < 0xff01 || size < 2 || in + 2 + size > end) break;
      if (marker == kCod || marker == kCoc) {
        if (kept.empty()) {
          kept = reader.styles;
          work += kept.size();
          if (work > kMaxStyles) Fail(POLYCODEC_LIMIT_EXCEEDED, "more than %zu coding styles", kMaxStyles);
        }
        reader.Segment(marker, bytes.subspan(in + 4, size - 2));
      }
      in += 2 + size;
    }
    if (in + 2 <= end && U16(bytes, in) == kSod) seen[tile] = true;
    if (!kept.empty()) {
      reader.Estimate();
      reader.styles = std::move(kept);
    }
    if (length == 0) {
      at = bytes.size();
      stream.isOpenEnded = U16(bytes, bytes.size() - 2) != kEoc;
    } else if (at + length > bytes.size()) {
      stream.missingBytes = at + length - bytes.size();
      at = bytes.size();
    } else {
      at += length;
    }
  }
  stream.missingTiles = static_cast<uint32_t>(std::count(seen.begin(), seen.end(), false));
}

}  // namespace

CodeStream ReadCodeStream(std::span<const uint8_t> bytes) {
  CodeStream stream{};
  stream.minLevels = 32;
  Reader reader{.bytes = bytes, .stream = stream, .styles = {}};
  if (bytes.size() < 4 || U16(bytes, 0) != kSoc) Fail(POLYCODEC_IMAGE_CORRUPTED, "no code stream");
  size_t at = 2;
  for (;; ) {
    if (at + 4 > bytes.size()) Fail(POLYCODEC_IMAGE_TRUNCATED, "the main header ends at offset %zu", bytes.size());
    const uint32_t marker = U16(bytes, at), size = U16(bytes, at + 2);
    if (marker == kSot) break;
    if (marker < 0xff01 || marker == kEoc || marker == kSod || size < 2) {
      Fail(POLYCODEC_IMAGE_CORRUPTED, "marker %04x in the main header at offset %zu", marker, at);
    }
    if (at + 2 + size > bytes.size()) Fail(POLYCODEC_IMAGE_TRUNCATED, "the main header ends at offset %zu", bytes.size());
    const auto body = bytes.subspan(at + 4, size - 2);
    if (stream.components.empty()) {
      if (marker != kSiz) Fail(POLYCODEC_IMAGE_CORRUPTED, "SIZ is not the first marker segment");
      ReadSize(body, stream);
      reader.styles.resize(stream.components.size() + 1);
    } else {
      reader.Segment(marker, body);
      stream.hasPpm |= marker == kPpm;
    }
    at += 2 + size;
  }
  if (!reader.seenCod) Fail(POLYCODEC_IMAGE_CORRUPTED, "no COD in the main header");
  reader.Estimate();
  FollowTileParts(reader, at);
  stream.packets *= stream.Tiles();
  return stream;
}

}  // namespace polycodec::jpeg2k
