#include "jpeg2k_boxes.hpp"

#include <algorithm>

#include "jpeg2k_bytes.hpp"
#include "jpeg2k_failure.hpp"

namespace polycodec::jpeg2k {
namespace {

constexpr uint32_t kHeader = 0x6a703268, kImageHeader = 0x69686472, kColour = 0x636f6c72, kPalette = 0x70636c72,
                   kMapping = 0x636d6170, kDefinition = 0x63646566, kCodeStream = 0x6a703263;
constexpr uint32_t kMaxPaletteEntries = 1024;

struct Box {
  uint32_t type;
  std::span<const uint8_t> content;
};

// Takes the first box off `rest`. False at the end.
bool NextBox(std::span<const uint8_t>& rest, Box& box) {
  if (rest.size() < 8) return false;
  uint64_t length = U32(rest, 0), header = 8;
  box.type = U32(rest, 4);
  if (length == 1) {
    if (rest.size() < 16) return false;
    length = uint64_t{U32(rest, 8)} << 32 | U32(rest, 12);
    header = 16;
  } else if (length == 0) {
    length = rest.size();
  }
  if (length < header) Fail(POLYCODEC_IMAGE_CORRUPTED, "a box of %llu bytes", static_cast<unsigned long long>(length));
  length = std::min<uint64_t>(length, rest.size());
  if (length < header) return false;
  box.content = rest.subspan(header, length - header);
  rest = rest.subspan(length);
  return true;
}

Color ColorOf(uint32_t enumerated) {
  switch (enumerated) {
    case 0: case 15: case 17: return Color::kGray;
    case 1: case 3: case 4: case 18: case 24: return Color::kYcc;
    case 12: return Color::kCmyk;
    case 16: case 20: case 21: return Color::kRgb;
    default: return Color::kUnknown;
  }
}

void ReadColour(std::span<const uint8_t> content, Boxes& boxes, bool& seen) {
  if (seen || content.size() < 3) return;
  if (content[0] == 1 && content.size() >= 7) {
    boxes.color = ColorOf(U32(content, 3));
    boxes.hasColor = seen = true;
  } else if (content[0] == 2 || content[0] == 3) {
    seen = true;  // an ICC profile: the number of channels tells their kind
  }
}

void ReadPalette(std::span<const uint8_t> content, Boxes& boxes) {
  const uint32_t entries = content.size() >= 3 ? U16(content, 0) : 0;
  const size_t columns = content.size() >= 3 ? content[2] : 0;
  if (entries == 0 || entries > kMaxPaletteEntries || columns == 0 || content.size() < 3 + columns) {
    Fail(POLYCODEC_IMAGE_CORRUPTED, "a palette of %u entries in %zu columns", entries, columns);
  }
  size_t entryBytes = 0;
  for (size_t i = 0; i < columns; ++i) {
    const uint8_t depth = content[3 + i];
    boxes.palette.push_back({(depth & 0x7fu) + 1, depth >= 0x80, std::vector<int32_t>(entries)});
    entryBytes += boxes.palette.back().precision > 32 ? SIZE_MAX / 1024 : (boxes.palette.back().precision + 7) / 8;
  }
  if (entryBytes > 4 * columns || content.size() < 3 + columns + entries * entryBytes) {
    Fail(POLYCODEC_IMAGE_CORRUPTED, "a palette cut short");
  }
  size_t at = 3 + columns;
  for (uint32_t entry = 0; entry < entries; ++entry) {
    for (PaletteColumn& column : boxes.palette) {
      uint32_t value = 0;
      for (uint32_t byte = 0; byte < (column.precision + 7) / 8; ++byte) value = value << 8 | content[at++];
      if (column.isSigned && column.precision < 32 && (value >> (column.precision - 1) & 1) != 0) {
        value |= ~uint32_t{0} << column.precision;
      }
      column.values[entry] = static_cast<int32_t>(value);
    }
  }
}

// Each colour channel changes places with the one that stands where its association says (T.800, I.5.3.6); so the others
// end up where OpenJPEG has them.
void ReadDefinition(std::span<const uint8_t> content, uint32_t channels, Boxes& boxes) {
  const size_t count = content.size() >= 2 ? U16(content, 0) : 0;
  if (count == 0 || content.size() < 2 + 6 * count) Fail(POLYCODEC_IMAGE_CORRUPTED, "%zu channel definitions", count);
  boxes.order.resize(channels);
  std::vector<uint32_t> place(channels);
  std::vector<bool> isAlpha(channels);
  for (uint32_t channel = 0; channel < channels; ++channel) boxes.order[channel] = place[channel] = channel;
  for (size_t i = 0; i < count; ++i) {
    const uint32_t channel = U16(content, 2 + 6 * i), type = U16(content, 4 + 6 * i), to = U16(content, 6 + 6 * i);
    if (channel >= channels) Fail(POLYCODEC_IMAGE_CORRUPTED, "a definition of channel %u of %u", channel, channels);
    if (type == 1 || type == 2) isAlpha[channel] = true;
    if (type != 0 || to == 0 || to > channels) continue;
    const uint32_t displaced = boxes.order[to - 1];
    std::swap(boxes.order[to - 1], boxes.order[place[channel]]);
    std::swap(place[channel], place[displaced]);
  }
  const auto alpha =
      std::find_if(boxes.order.begin(), boxes.order.end(), [&](uint32_t channel) { return isAlpha[channel]; });
  if (alpha != boxes.order.end()) boxes.alpha = static_cast<int32_t>(alpha - boxes.order.begin());
}

void ReadHeader(std::span<const uint8_t> rest, Boxes& boxes) {
  uint32_t components = 0;
  bool colourSeen = false;
  std::span<const uint8_t> definition;
  for (Box box; NextBox(rest, box);) {
    switch (box.type) {
      case kImageHeader:
        if (box.content.size() == 14 && components == 0) components = U16(box.content, 8);
        break;
      case kColour: ReadColour(box.content, boxes, colourSeen); break;
      case kPalette:
        if (boxes.palette.empty()) ReadPalette(box.content, boxes);
        break;
      case kMapping:
        boxes.mapping.clear();
        for (size_t at = 0; at + 4 <= box.content.size(); at += 4) {
          const bool mapped = box.content[at + 2] == 1;
          boxes.mapping.push_back({U16(box.content, at), mapped ? int32_t{box.content[at + 3]} : -1});
        }
        break;
      case kDefinition: definition = box.content; break;
      default: break;
    }
  }
  if (boxes.palette.empty() != boxes.mapping.empty()) {
    Fail(POLYCODEC_IMAGE_CORRUPTED, "a palette and a component mapping go together; one is missing");
  }
  for (const Channel& channel : boxes.mapping) {
    if (channel.component >= components || channel.column >= static_cast<int32_t>(boxes.palette.size())) {
      Fail(POLYCODEC_IMAGE_CORRUPTED, "a mapping to component %u, column %d, which does not exist", channel.component,
           channel.column);
    }
  }
  const auto channels = boxes.mapping.empty() ? components : static_cast<uint32_t>(boxes.mapping.size());
  if (!definition.empty()) ReadDefinition(definition, channels, boxes);
}

}  // namespace

Boxes ReadBoxes(std::span<const uint8_t> file) {
  Boxes boxes;
  if (file.size() >= 2 && file[0] == 0xff) {
    boxes.codeStream = file;
    return boxes;
  }
  std::span<const uint8_t> rest = file;
  bool headerSeen = false;
  for (Box box; NextBox(rest, box);) {
    if (box.type == kHeader && !headerSeen) {
      ReadHeader(box.content, boxes);
      headerSeen = true;
    } else if (box.type == kCodeStream) {
      boxes.codeStream = box.content;
      return boxes;
    }
  }
  Fail(POLYCODEC_IMAGE_CORRUPTED, "boxes without a code stream");
}

}  // namespace polycodec::jpeg2k
