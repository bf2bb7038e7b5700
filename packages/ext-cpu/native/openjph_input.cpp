#include "openjph_input.hpp"

#include <algorithm>
#include <cstring>

#include "jpeg2k_bytes.hpp"
#include "jpeg2k_failure.hpp"
#include "openjph_structures.hpp"

namespace polycodec::jpeg2k {
namespace {

constexpr uint32_t kSot = 0xff90, kSod = 0xff93, kEoc = 0xffd9;
constexpr size_t kTileHeaderBytes = 14;  // SOT and SOD
constexpr uint32_t kMaxLevels = 32;
constexpr uint32_t kMaxBlockExponent = 10;
// OpenJPH has the coefficients' bit planes at the top of a word of 32 bits. Of a block whose first 29 are empty it decodes one
// pass alone, of one with more none, and says so once in a process.
constexpr uint32_t kMaxBitPlanes = 28;
// Two lengths of a code block are added in 32 bits. For a sum beyond them one must have 31 bits: 28 set bits in a row say so
// (T.800, B.10.7.1). One may have been missed where a packet begins.
constexpr uint32_t kTooManyOnes = 27;

// What a main header may have beside SIZ, COD and quantisation, and OpenJPH need not see: PRF, CPF, TLM, PLM, CRG, COM.
bool IsSpare(uint32_t marker) {
  return marker == 0xff56 || marker == 0xff59 || marker == 0xff55 || marker == 0xff57 || marker == 0xff63 ||
         marker == 0xff64;
}

[[noreturn]] void Refuse(const char* what) { Fail(POLYCODEC_CODESTREAM_UNSUPPORTED, "%s is not for OpenJPH", what); }

// T.800, A.6.1, as far as ReadCodeStream has not looked at it.
BlockStyle ReadStyle(std::span<const uint8_t> body) {
  const bool ownPrecincts = (body[0] & 1) != 0;
  BlockStyle style{body[5], body[6] + 2u, body[7] + 2u, body[4] != 0, {}};
  // Four bits of either are unused (table A.18). OpenJPH takes the whole byte for the exponent.
  if (std::max(style.blockWidth, style.blockHeight) > kMaxBlockExponent) Refuse("a code block of such a size");
  if (U16(body, 2) != 1) Refuse("a picture of several layers");
  if ((body[8] & ~0x48u) != 0 || (body[8] & 0x40) == 0) Refuse("this code block style");
  if (body.size() != 10 + (ownPrecincts ? style.levels + 1 : 0)) Refuse("COD of this length");
  for (size_t r = 0; r <= style.levels; ++r) style.precincts[r] = ownPrecincts ? body[10 + r] : 0xff;
  return style;
}

// T.800, A.6.4. `body` begins with the style of quantisation.
void CheckQuantisation(std::span<const uint8_t> body, const CodeStream& stream) {
  if (body.empty()) Refuse("QCD of this length");
  const uint32_t style = body[0] & 31, guardBits = body[0] >> 5;
  const size_t each = style == 0 ? 1 : 2;
  if (style != (stream.isReversible ? 0 : 2)) Refuse("this style of quantisation");
  const size_t bands = (body.size() - 1) / each;
  if (body.size() != 1 + each * bands || bands % 3 != 1 || bands > 1 + 3 * kMaxLevels ||
      bands < 1 + 3 * size_t{stream.maxLevels}) {
    Refuse("QCD of this length");
  }
  for (size_t i = 0; i < bands; ++i) {
    const uint32_t exponent = body[1 + each * i] >> 3;
    if (guardBits + exponent == 0 || guardBits + exponent - 1 > kMaxBitPlanes) Refuse("a band of so many bit planes");
  }
}

// Is 0xff followed by more than 0x8f, as no code block has it (T.814, 7.1)? OpenJPH asserts that for the bytes with which MEL
// begins. Two bytes may be a marker, SOP or EPH; of a block of two it takes no MEL from the second.
bool HasMarker(std::span<const uint8_t> block) {
  const uint8_t* const last = block.data() + block.size() - 1;
  for (const uint8_t* at = block.data(); at < last; ++at) {
    at = static_cast<const uint8_t*>(std::memchr(at, 0xff, static_cast<size_t>(last - at)));
    if (at == nullptr) return false;
    if (at[1] > 0x8f) return true;
  }
  return false;
}

}  // namespace

OpenJphInput::OpenJphInput(std::span<const uint8_t> bytes, const CodeStream& stream) {
  CollectTiles(bytes, stream, CopyHeader(bytes, stream));
}

// Returns where the first tile-part begins.
size_t OpenJphInput::CopyHeader(std::span<const uint8_t> bytes, const CodeStream& stream) {
  header_.assign(bytes.begin(), bytes.begin() + 2);
  std::vector<bool> hasQcc(stream.components.size());
  uint32_t styles = 0, quantisations = 0;
  size_t at = 2;
  for (uint32_t marker; (marker = U16(bytes, at)) != kSot;) {
    const size_t size = U16(bytes, at + 2);
    const auto body = bytes.subspan(at + 4, size - 2);
    switch (marker) {
      case 0xff51: case 0xff50: break;  // SIZ, of which there is one; CAP, which OpenJPH checks
      case 0xff52:
        structureBytes_ = CheckStructures(stream, ReadStyle(body));
        styles += 1;
        break;
      case 0xff5c:
        CheckQuantisation(body, stream);
        quantisations += 1;
        break;
      case 0xff5d: {
        const size_t wide = stream.components.size() > 256 ? 2 : 1;
        if (body.size() <= wide) Refuse("QCC of this length");
        const size_t component = wide == 2 ? U16(body, 0) : body[0];
        if (component >= hasQcc.size() || hasQcc[component]) Refuse("QCC of such a component");
        hasQcc[component] = true;
        CheckQuantisation(body.subspan(wide), stream);
        break;
      }
      default:
        if (!IsSpare(marker)) Refuse("another marker in the main header");
    }
    if (!IsSpare(marker)) header_.insert(header_.end(), bytes.data() + at, bytes.data() + at + 2 + size);
    at += 2 + size;
  }
  if (styles != 1 || quantisations != 1) Refuse("a header with other than one COD and one QCD");
  Append(header_);
  return at;
}

void OpenJphInput::CollectTiles(std::span<const uint8_t> bytes, const CodeStream& stream, size_t at) {
  std::vector<std::vector<std::span<const uint8_t>>> tiles(stream.Tiles());
  // ReadCodeStream has gone this way, and CheckComplete has found it whole.
  while (at + 12 <= bytes.size() && U16(bytes, at) == kSot) {
    const uint32_t length = U32(bytes, at + 6);
    size_t end = length == 0 ? bytes.size() : at + length;
    if (length == 0 && bytes.size() - at >= kTileHeaderBytes + 2 && U16(bytes, bytes.size() - 2) == kEoc) end -= 2;
    size_t in = at + 12;
    for (;; in += 2 + U16(bytes, in + 2)) {
      if (in + 2 > end) Refuse("a tile-part without data");
      const uint32_t marker = U16(bytes, in);
      if (marker == kSod) break;
      // PLT and COM; the others change how the tile is coded.
      if ((marker != 0xff58 && marker != 0xff64) || in + 4 > end) Refuse("another marker in a tile-part's header");
    }
    tiles[U16(bytes, at + 4)].push_back(bytes.subspan(in + 2, end - in - 2));
    at = length == 0 ? bytes.size() : end;
  }
  tileHeaders_.resize(kTileHeaderBytes * tiles.size() + 2);
  uint8_t* to = tileHeaders_.data();
  static constexpr uint8_t kUnreadable[1] = {};
  for (size_t tile = 0; tile < tiles.size(); ++tile, to += kTileHeaderBytes) {
    uint64_t size = kTileHeaderBytes + sizeof kUnreadable;
    for (const auto& part : tiles[tile]) size += part.size();
    if (size > UINT32_MAX) Refuse("a tile of so many bytes");
    const uint8_t header[kTileHeaderBytes] = {
        0xff, 0x90, 0, 10, static_cast<uint8_t>(tile >> 8), static_cast<uint8_t>(tile), static_cast<uint8_t>(size >> 24),
        static_cast<uint8_t>(size >> 16), static_cast<uint8_t>(size >> 8), static_cast<uint8_t>(size), 0, 1, 0xff, 0x93};
    std::memcpy(to, header, sizeof header);
    Append({to, sizeof header});
    for (const auto& part : tiles[tile]) Append(part, true);
    pieces_.push_back({size_, {}, true});
    size_ += sizeof kUnreadable;
  }
  to[0] = 0xff, to[1] = 0xd9;
  Append({to, 2});
}

void OpenJphInput::Append(std::span<const uint8_t> bytes, bool isPackets) {
  if (bytes.empty()) return;
  pieces_.push_back({size_, bytes, isPackets});
  size_ += bytes.size();
}

// Packet headers are read byte by byte. After 0xff the first bit of the next is a stuffed one, which is 0 (T.800, B.10.1);
// OpenJPH asserts it at a header's end.
void OpenJphInput::CheckPacketHeader(uint8_t byte) {
  if (isStuffed_ && byte >= 0x80) Fail(POLYCODEC_IMAGE_CORRUPTED, "a packet header with a marker in it");
  for (int bit = isStuffed_ ? 6 : 7; bit >= 0; --bit) {
    ones_ = (byte >> bit & 1) != 0 ? ones_ + 1 : 0;
    if (ones_ >= kTooManyOnes) Refuse("a code block of so many bytes");
  }
  isStuffed_ = byte == 0xff;
}

size_t OpenJphInput::read(void* to, size_t size) {
  const bool isPackets = piece_ < pieces_.size() && pieces_[piece_].isPackets;
  size_t done = 0;
  while (done < size && piece_ < pieces_.size()) {
    const Piece& piece = pieces_[piece_];
    if (piece.bytes.empty()) Fail(POLYCODEC_CODESTREAM_UNSUPPORTED, "a tile's packets are longer than the tile");
    const size_t offset = at_ - piece.at, count = std::min(size - done, piece.bytes.size() - offset);
    std::memcpy(static_cast<uint8_t*>(to) + done, piece.bytes.data() + offset, count);
    done += count;
    at_ += count;
    if (offset + count == piece.bytes.size()) piece_ += 1;
  }
  const auto* bytes = static_cast<const uint8_t*>(to);
  if (!isPackets) {
    isStuffed_ = false;
  } else if (done == 1) {
    CheckPacketHeader(*bytes);
  } else if (done > 2 && HasMarker({bytes, done})) {
    Fail(POLYCODEC_IMAGE_CORRUPTED, "a code block with a marker in it");
  }
  return done;
}

int OpenJphInput::seek(ojph::si64 offset, enum infile_base::seek origin) {
  const ojph::si64 from = origin == OJPH_SEEK_SET ? 0 : origin == OJPH_SEEK_CUR ? tell() : static_cast<ojph::si64>(size_);
  if (offset < -from || offset > static_cast<ojph::si64>(size_) - from) return -1;
  at_ = static_cast<uint64_t>(from + offset);
  const auto behind = std::upper_bound(pieces_.begin(), pieces_.end(), at_,
                                       [](uint64_t place, const Piece& piece) { return place < piece.at; });
  piece_ = at_ == size_ ? pieces_.size() : static_cast<size_t>(behind - pieces_.begin()) - 1;
  return 0;
}

}  // namespace polycodec::jpeg2k
