#include "png_chunks.hpp"

#include <algorithm>
#include <cstring>

#include <libdeflate.h>

#include "png_error.hpp"

namespace polycodec::png {
namespace {

constexpr uint32_t kIHDR = ChunkType("IHDR"), kPLTE = ChunkType("PLTE"), kTRNS = ChunkType("tRNS"),
                   kIDAT = ChunkType("IDAT"), kIEND = ChunkType("IEND"), kFCTL = ChunkType("fcTL"),
                   kFDAT = ChunkType("fdAT");
constexpr uint8_t kSignature[] = {0x89, 'P', 'N', 'G', '\r', '\n', 0x1a, '\n'};
constexpr uint32_t kMaxLength = 0x7fffffff;  // of a chunk, and of a side of the picture

struct Chunk {
  uint32_t type = 0;
  size_t offset = 0;  // of its length field
  std::span<const uint8_t> data;
  char name[5] = {};
  bool cut = false;   // the file ends inside of it
};

class Reader {
 public:
  Reader(polycodec_call* call, std::span<const uint8_t> file, CrcPolicy policy, Stream& stream, uint32_t frames)
      : call_(call), file_(file), policy_(policy), stream_(stream), frames_(frames) {}

  void Run() {
    if (file_.size() < sizeof kSignature || std::memcmp(file_.data(), kSignature, sizeof kSignature) != 0) {
      Fail(call_, POLYCODEC_IMAGE_CORRUPTED, "does not begin with the PNG signature");
    }
    at_ = sizeof kSignature;
    while (Next() && !IsDone()) Take();
    if (!sawHeader_) Fail(call_, POLYCODEC_IMAGE_TRUNCATED, "ends before the IHDR chunk");
    const bool atEnd = chunk_.type == kIEND || IsDone();
    if (stream_.data.parts.empty() && (frames_ == 0 || stream_.frames.empty())) {
      Fail(call_, atEnd ? POLYCODEC_IMAGE_CORRUPTED : POLYCODEC_IMAGE_TRUNCATED, "ends without image data");
    }
    if (atEnd) return;
    // The picture may be whole nevertheless: the inflater will see.
    if (!stream_.frames.empty()) stream_.frames.back().data.cut = true;
    stream_.data.cut = true;
  }

 private:
  // Steps to the next chunk; false at the end of the file. A chunk that the file cuts short is given as far as it goes.
  bool Next() {
    const size_t left = file_.size() - at_;
    if (left < 8) return false;
    const uint8_t* head = file_.data() + at_;
    const uint32_t length = ReadU32(head);
    chunk_ = {.type = ReadU32(head + 4), .offset = at_, .data = {}, .name = {}, .cut = false};
    std::memcpy(chunk_.name, head + 4, 4);
    for (int i = 0; i < 4; ++i) {
      const char letter = chunk_.name[i] | 0x20;
      if (letter >= 'a' && letter <= 'z') continue;
      if (HasImage()) return false;  // what follows the picture is not looked at closely
      Fail(call_, POLYCODEC_IMAGE_CORRUPTED, "offset %zu: no chunk begins here", at_);
    }
    if (length > kMaxLength) {
      if (HasImage()) return false;
      Fail(call_, POLYCODEC_IMAGE_CORRUPTED, "%s chunk at offset %zu: length %u", chunk_.name, at_, length);
    }
    chunk_.cut = left < 12 || length > left - 12;
    chunk_.data = file_.subspan(at_ + 8, std::min<size_t>(length, left - 8));
    at_ += chunk_.cut ? left : size_t{12} + length;
    return true;
  }

  bool HasImage() const { return !stream_.data.parts.empty(); }
  // The chunk after the last that is needed has been reached.
  bool IsDone() const {
    if (chunk_.type == kIEND) return true;
    return frames_ > 0 && stream_.frames.size() == frames_ && !stream_.frames.back().data.parts.empty() &&
           chunk_.type == kFCTL;
  }

  void Take() {
    if (!sawHeader_ && chunk_.type != kIHDR) {
      Fail(call_, POLYCODEC_IMAGE_CORRUPTED, "%s chunk before IHDR", chunk_.name);
    }
    switch (chunk_.type) {
      case kIHDR: TakeHeader(); break;
      case kPLTE: TakePalette(); break;
      case kTRNS: TakeTransparency(); break;
      case kIDAT: TakeImageData(); break;
      case kFCTL: TakeFrameControl(); break;
      case kFDAT: TakeFrameData(); break;
      default:
        // The first letter's case tells the chunks without which the picture cannot be understood.
        if ((chunk_.name[0] & 0x20) == 0 && !HasImage()) {
          Fail(call_, POLYCODEC_CODESTREAM_UNSUPPORTED, "unknown critical chunk %s", chunk_.name);
        }
    }
  }

  [[noreturn]] void FailChunk(const char* fact) {
    Fail(call_, chunk_.cut ? POLYCODEC_IMAGE_TRUNCATED : POLYCODEC_IMAGE_CORRUPTED, "%s chunk at offset %zu: %s",
         chunk_.name, chunk_.offset, fact);
  }

  // Holds the CRC against the chunk's type and data; call it for every chunk that is used.
  void Check() {
    if (chunk_.cut || policy_ == CrcPolicy::kIgnore) return;
    const uint8_t* type = file_.data() + chunk_.offset + 4;
    const uint32_t crc = libdeflate_crc32(0, type, chunk_.data.size() + 4);
    if (crc == ReadU32(chunk_.data.data() + chunk_.data.size())) return;
    if (policy_ == CrcPolicy::kError) FailChunk("CRC mismatch");
    host->warn(call_, "%s chunk at offset %zu: CRC mismatch", chunk_.name, chunk_.offset);
  }

  void TakeHeader() {
    if (sawHeader_) FailChunk("a second one");
    if (chunk_.cut) FailChunk("the file ends inside of it");
    if (chunk_.data.size() != 13) FailChunk("13 bytes expected");
    Check();
    Header& header = stream_.header;
    const uint8_t* data = chunk_.data.data();
    header.width = ReadU32(data);
    header.height = ReadU32(data + 4);
    if (header.width == 0 || header.height == 0 || header.width > kMaxLength || header.height > kMaxLength) {
      Fail(call_, POLYCODEC_IMAGE_CORRUPTED, "IHDR: %u x %u pixels", header.width, header.height);
    }
    const uint32_t depth = data[8], color = data[9];
    const auto isOneOf = [&](std::initializer_list<uint32_t> depths) {
      return std::find(depths.begin(), depths.end(), depth) != depths.end();
    };
    const bool known = (color == kGray && isOneOf({1, 2, 4, 8, 16})) || (color == kPalette && isOneOf({1, 2, 4, 8})) ||
                       ((color == kRgb || color == kGrayAlpha || color == kRgba) && isOneOf({8, 16}));
    if (!known) Fail(call_, POLYCODEC_IMAGE_CORRUPTED, "IHDR: colour type %u with %u bits a sample", color, depth);
    if (data[10] != 0 || data[11] != 0 || data[12] > 1) {
      Fail(call_, POLYCODEC_IMAGE_CORRUPTED, "IHDR: compression %u, filter %u, interlace %u", data[10], data[11],
           data[12]);
    }
    header.format = {.depth = uint8_t(depth), .colorType = ColorType(color), .interlaced = data[12] == 1};
    for (auto& entry : header.palette) entry[3] = 255;
    sawHeader_ = true;
  }

  void TakePalette() {
    Header& header = stream_.header;
    if (header.format.colorType != kPalette || HasImage()) return;  // a suggestion for others, or too late
    if (header.paletteSize > 0) FailChunk("a second one");
    if (chunk_.cut) FailChunk("the file ends inside of it");
    if (chunk_.data.empty() || chunk_.data.size() % 3 != 0 || chunk_.data.size() > 768) FailChunk("wrong length");
    Check();
    header.paletteSize = std::min(uint32_t(chunk_.data.size() / 3), 1u << header.format.depth);
    for (uint32_t i = 0; i < header.paletteSize; ++i) std::memcpy(header.palette[i], chunk_.data.data() + 3 * i, 3);
  }

  // One that does not fit the image, or comes too late, does not count: libpng's rule, and the parser's.
  void TakeTransparency() {
    Header& header = stream_.header;
    if (header.transparent || HasImage()) return;
    const size_t size = chunk_.data.size();
    const uint16_t mask = uint16_t((1u << header.format.depth) - 1);
    switch (header.format.colorType) {
      case kPalette:
        if (size == 0 || size > header.paletteSize) return;
        for (size_t i = 0; i < size; ++i) header.palette[i][3] = chunk_.data[i];
        break;
      case kGray:
        if (size != 2) return;
        header.key[0] = ReadU16(chunk_.data.data()) & mask;
        break;
      case kRgb:
        if (size != 6) return;
        for (int c = 0; c < 3; ++c) header.key[c] = ReadU16(chunk_.data.data() + 2 * c) & mask;
        break;
      default: return;
    }
    if (chunk_.cut) FailChunk("the file ends inside of it");
    Check();
    header.transparent = true;
  }

  void TakeImageData() {
    const Header& header = stream_.header;
    if (header.format.colorType == kPalette && header.paletteSize == 0) {
      Fail(call_, POLYCODEC_IMAGE_CORRUPTED, "image data before the palette");
    }
    Check();
    stream_.data.Add(chunk_.data);
    // An fcTL before the IDAT makes the still image the animation's first frame.
    if (stream_.frames.size() == 1 && stream_.frames[0].data.size + chunk_.data.size() == stream_.data.size) {
      stream_.frames[0].data.Add(chunk_.data);
    }
  }

  void TakeFrameControl() {
    if (frames_ == 0 || stream_.frames.size() == frames_) return;
    if (chunk_.cut) FailChunk("the file ends inside of it");
    if (chunk_.data.size() != 26) FailChunk("26 bytes expected");
    if (!stream_.frames.empty() && stream_.frames.back().data.parts.empty()) FailChunk("the frame before has no data");
    Check();
    const uint8_t* data = chunk_.data.data();
    const FrameControl control{.width = ReadU32(data + 4), .height = ReadU32(data + 8), .x = ReadU32(data + 12),
                               .y = ReadU32(data + 16), .dispose = data[24], .blend = data[25]};
    const Header& header = stream_.header;
    const auto fits = [](uint32_t at, uint32_t size, uint32_t whole) {
      return size > 0 && size <= whole && at <= whole - size;
    };
    if (!fits(control.x, control.width, header.width) || !fits(control.y, control.height, header.height)) {
      FailChunk("the frame does not lie inside the picture");
    }
    if (control.dispose > 2 || control.blend > 1) FailChunk("unknown way to dispose or blend");
    stream_.frames.push_back({.control = control, .data = {}});
  }

  void TakeFrameData() {
    if (frames_ == 0) return;
    if (stream_.frames.empty() || chunk_.data.size() < 4) {
      if (chunk_.cut) return;
      FailChunk("image data without a frame");
    }
    Check();
    stream_.frames.back().data.Add(chunk_.data.subspan(4));
  }

  polycodec_call* const call_;
  const std::span<const uint8_t> file_;
  const CrcPolicy policy_;
  Stream& stream_;
  const uint32_t frames_;
  size_t at_ = 0;
  Chunk chunk_;
  bool sawHeader_ = false;
};

}  // namespace

void ReadChunks(polycodec_call* call, std::span<const uint8_t> file, CrcPolicy policy, uint32_t frames,
                Stream& stream) {
  Reader(call, file, policy, stream, frames).Run();
}

}  // namespace polycodec::png
