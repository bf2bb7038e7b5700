#include "gif_frames.hpp"

#include <cstring>

#include <polycodec.hpp>

namespace polycodec::gif {
namespace {

constexpr uint8_t kExtension = 0x21, kImage = 0x2c, kTrailer = 0x3b, kGraphicControl = 0xf9;
constexpr size_t kHeaderBytes = 13;       // signature and logical screen descriptor
constexpr size_t kDescriptorBytes = 10;   // image descriptor with its introducer
constexpr size_t kGraphicControlBytes = 4;

uint32_t U16(const uint8_t* at) { return at[0] | uint32_t{at[1]} << 8; }

// Reads forward through the file. A read beyond the end sets `ended` and gives nothing.
class Cursor {
 public:
  explicit Cursor(std::span<const uint8_t> bytes) : bytes_(bytes) {}
  size_t at() const { return at_; }
  bool ended() const { return ended_; }

  std::span<const uint8_t> Take(size_t count) {
    if (ended_ || bytes_.size() - at_ < count) {
      ended_ = true;
      return {};
    }
    at_ += count;
    return bytes_.subspan(at_ - count, count);
  }
  std::span<const uint8_t> Rest() const { return bytes_.subspan(at_); }
  // Past the sub-blocks that begin here: each a length and as many bytes, the last one empty.
  void SkipBlocks() {
    for (;;) {
      const auto length = Take(1);
      if (length.empty() || length[0] == 0) return;
      Take(length[0]);
    }
  }

 private:
  std::span<const uint8_t> bytes_;
  size_t at_ = 0;
  bool ended_ = false;
};

// The table that a descriptor's flags announce: 2^(n+1) colours, if there is one.
ColorTable TakeColors(Cursor& cursor, uint8_t flags) {
  return (flags & 0x80) != 0 ? cursor.Take(size_t{3} << ((flags & 7) + 1)) : ColorTable{};
}

// What a graphic control extension says of the frame that follows.
struct Control {
  Disposal disposal = Disposal::kNone;
  int transparent = -1;
};

Control TakeExtension(Cursor& cursor, Control control) {
  const auto label = cursor.Take(1);
  if (label.empty()) return control;
  if (label[0] == kGraphicControl) {
    const auto rest = cursor.Rest();
    if (rest.size() > kGraphicControlBytes && rest[0] >= kGraphicControlBytes) {
      const uint8_t disposal = rest[1] >> 2 & 7;
      control.disposal = disposal <= 3 ? static_cast<Disposal>(disposal) : Disposal::kNone;
      control.transparent = (rest[1] & 1) != 0 ? rest[4] : -1;
    }
  }
  cursor.SkipBlocks();
  return control;
}

}  // namespace

polycodec_status ReadFile(polycodec_call* call, std::span<const uint8_t> bytes, uint32_t last, File& file) {
  file.frames.clear();
  Cursor cursor(bytes);
  const auto header = cursor.Take(kHeaderBytes);
  if (header.empty()) {
    host->message(call, "ends in its header");
    return POLYCODEC_IMAGE_TRUNCATED;
  }
  file.width = U16(header.data() + 6);
  file.height = U16(header.data() + 8);
  const ColorTable global = TakeColors(cursor, header[10]);

  Control control;
  while (file.frames.size() <= last) {
    const size_t at = cursor.at();
    const auto introducer = cursor.Take(1);
    if (cursor.ended()) break;
    if (introducer[0] == kExtension) {
      control = TakeExtension(cursor, control);
    } else if (introducer[0] == kImage) {
      const auto descriptor = cursor.Take(kDescriptorBytes - 1);
      if (descriptor.empty()) break;
      Frame frame;
      frame.part = {.x = U16(descriptor.data()), .y = U16(descriptor.data() + 2), .width = U16(descriptor.data() + 4),
                    .height = U16(descriptor.data() + 6)};
      frame.interlaced = (descriptor[8] & 0x40) != 0;
      const ColorTable local = TakeColors(cursor, descriptor[8]);
      frame.colors = (descriptor[8] & 0x80) != 0 ? local : global;
      frame.disposal = control.disposal;
      frame.transparent = control.transparent;
      const auto codeSize = cursor.Take(1);
      if (cursor.ended()) break;
      frame.codeSize = codeSize[0];
      const auto rest = cursor.Rest();
      const size_t begin = cursor.at();
      cursor.SkipBlocks();
      frame.blocks = cursor.ended() ? rest : rest.first(cursor.at() - begin);
      file.frames.push_back(frame);
      control = {};
    } else if (introducer[0] == kTrailer) {
      break;
    } else {
      host->message(call, "offset %zu: a block of the unknown kind 0x%02x after %zu frames", at, introducer[0],
                    file.frames.size());
      return POLYCODEC_IMAGE_CORRUPTED;
    }
  }
  if (file.frames.size() > last) return POLYCODEC_SUCCESS;
  host->message(call, "ends after %zu frames", file.frames.size());
  return POLYCODEC_IMAGE_TRUNCATED;
}

}  // namespace polycodec::gif
