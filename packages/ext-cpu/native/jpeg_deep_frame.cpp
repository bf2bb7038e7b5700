#include "jpeg_deep_frame.hpp"

#include <algorithm>
#include <cstring>
#include <span>

#include "jpeg_deep_error.hpp"

namespace polycodec::jpegdeep {
namespace {

// One segment's payload, read from the front.
class Segment {
 public:
  Segment(std::span<const uint8_t> bytes, uint8_t marker) : bytes_(bytes), marker_(marker) {}
  size_t Left() const { return bytes_.size(); }
  uint8_t U8() { return Take(1)[0]; }
  uint16_t U16() {
    const auto two = Take(2);
    return static_cast<uint16_t>(two[0] << 8 | two[1]);
  }
  std::span<const uint8_t> Take(size_t count) {
    if (bytes_.size() < count) Refuse(POLYCODEC_IMAGE_CORRUPTED, "segment FF%02X is %zu bytes short", marker_, count - bytes_.size());
    const auto taken = bytes_.first(count);
    bytes_ = bytes_.subspan(count);
    return taken;
  }
  void End() const {
    if (!bytes_.empty()) Refuse(POLYCODEC_IMAGE_CORRUPTED, "segment FF%02X is %zu bytes too long", marker_, bytes_.size());
  }

 private:
  std::span<const uint8_t> bytes_;
  uint8_t marker_;
};

void ReadHuffmanTables(Image& image, Segment segment) {
  while (segment.Left() > 0) {
    const uint8_t which = segment.U8();
    if (which >> 4 > 1 || (which & 15) > 3) Refuse(POLYCODEC_IMAGE_CORRUPTED, "Huffman table %02X, of class 0 or 1 and number 0 to 3 expected", which);
    const auto counts = segment.Take(16).first<16>();
    size_t total = 0;
    for (const uint8_t count : counts) total += count;
    if (total > 256) Refuse(POLYCODEC_IMAGE_CORRUPTED, "Huffman table %02X has %zu codes, at most 256 expected", which, total);
    auto& table = (which >> 4 == 0 ? image.dcTables : image.acTables)[which & 15];
    if (!table.Build(counts, segment.Take(total))) Refuse(POLYCODEC_IMAGE_CORRUPTED, "Huffman table %02X has more codes than there can be", which);
  }
}

void ReadQuantTables(Image& image, Segment segment) {
  while (segment.Left() > 0) {
    const uint8_t which = segment.U8();
    if (which >> 4 > 1 || (which & 15) > 3) Refuse(POLYCODEC_IMAGE_CORRUPTED, "quantisation table %02X, of 8 or 16 bits and number 0 to 3 expected", which);
    for (const uint8_t place : kZigzag) image.quantTables[which & 15][place] = which >> 4 == 0 ? segment.U8() : segment.U16();
    image.quantDefined[which & 15] = true;
  }
}

// Checked against the task and the limits before memory is taken.
void ReadFrame(Image& image, uint8_t marker, Segment segment) {
  Frame& frame = image.frame;
  const polycodec_decode_task& task = *image.task;
  if (!frame.components.empty()) Refuse(POLYCODEC_IMAGE_CORRUPTED, "a second frame header");
  frame.process = marker;
  frame.precision = segment.U8();
  frame.height = segment.U16();
  frame.width = segment.U16();
  const uint32_t count = segment.U8();
  if (marker > kSof3) Refuse(POLYCODEC_ENCODING_UNSUPPORTED, "a frame of type FF%02X", marker);
  const bool known = frame.IsLossless() ? frame.precision >= 2 && frame.precision <= 16 : frame.precision == 12;
  if (!known) Refuse(POLYCODEC_SAMPLE_TYPE_UNSUPPORTED, "%u bits a sample in a frame of type FF%02X", frame.precision, marker);
  if (frame.width != task.width || frame.height != task.height || count != task.channels) {
    Refuse(POLYCODEC_IMAGE_CORRUPTED, "%u x %u samples of %u components, %u x %u of %u were announced", frame.width, frame.height,
           count, task.width, task.height, task.channels);
  }
  if (count < 1 || count > 4 || frame.width == 0 || frame.height == 0) Refuse(POLYCODEC_CODESTREAM_UNSUPPORTED, "%u x %u samples of %u components", frame.width, frame.height, count);
  frame.components.resize(count);
  for (Component& component : frame.components) {
    component.id = segment.U8();
    const uint8_t factors = segment.U8();
    component.h = factors >> 4;
    component.v = factors & 15;
    component.quantTable = segment.U8();
    if (component.h < 1 || component.h > 4 || component.v < 1 || component.v > 4) Refuse(POLYCODEC_IMAGE_CORRUPTED, "sampling factors %ux%u, 1 to 4 expected", component.h, component.v);
    if (component.quantTable > 3 && !frame.IsLossless()) Refuse(POLYCODEC_IMAGE_CORRUPTED, "quantisation table %u, 0 to 3 expected", component.quantTable);
    frame.hMax = std::max<uint32_t>(frame.hMax, component.h);
    frame.vMax = std::max<uint32_t>(frame.vMax, component.v);
  }
  segment.End();

  const uint32_t unit = frame.IsLossless() ? 1 : kBlockSize;
  frame.mcusAcross = DivideUp(frame.width, frame.hMax * unit);
  frame.mcusDown = DivideUp(frame.height, frame.vMax * unit);
  uint64_t samples = 0;
  for (Component& component : frame.components) {
    if (frame.hMax % component.h != 0 || frame.vMax % component.v != 0) {
      Refuse(POLYCODEC_CODESTREAM_UNSUPPORTED, "sampling factors %ux%u beside %ux%u, which they do not divide", component.h, component.v, frame.hMax, frame.vMax);
    }
    component.width = DivideUp(frame.width * component.h, frame.hMax);
    component.height = DivideUp(frame.height * component.v, frame.vMax);
    component.unitsAcross = DivideUp(component.width, unit);
    component.unitsDown = DivideUp(component.height, unit);
    component.paddedAcross = frame.mcusAcross * component.h;
    component.paddedDown = frame.mcusDown * component.v;
    samples += uint64_t{component.paddedAcross} * component.paddedDown * unit * unit;
  }
  if (task.max_scratch_bytes != 0 && samples * 2 > task.max_scratch_bytes) {
    Refuse(POLYCODEC_LIMIT_EXCEEDED, "needs %llu bytes for its samples", static_cast<unsigned long long>(samples * 2));
  }
  for (Component& component : frame.components) component.storage.resize(size_t{component.paddedAcross} * component.paddedDown * unit * unit);
}

Scan ReadScanHeader(const Image& image, Segment segment) {
  const Frame& frame = image.frame;
  Scan scan;
  scan.count = segment.U8();
  if (scan.count < 1 || scan.count > frame.components.size()) Refuse(POLYCODEC_IMAGE_CORRUPTED, "a scan of %u components, of which there are %zu", scan.count, frame.components.size());
  uint32_t seen = 0;
  for (uint32_t i = 0; i < scan.count; ++i) {
    const uint8_t id = segment.U8(), tables = segment.U8();
    // Files with the same id twice exist; each is then taken in its turn, as libjpeg does.
    uint32_t place = 0;
    while (place < frame.components.size() && (frame.components[place].id != id || (seen >> place & 1) != 0)) ++place;
    if (place == frame.components.size()) Refuse(POLYCODEC_IMAGE_CORRUPTED, "a scan of component %u, which the frame does not have or the scan has twice", id);
    seen |= 1u << place;
    scan.component[i] = static_cast<uint8_t>(place);
    scan.dcTable[i] = tables >> 4;
    scan.acTable[i] = tables & 15;
    if (scan.dcTable[i] > 3 || scan.acTable[i] > 3) Refuse(POLYCODEC_IMAGE_CORRUPTED, "Huffman tables %u and %u, 0 to 3 expected", scan.dcTable[i], scan.acTable[i]);
  }
  scan.start = segment.U8();
  scan.end = segment.U8();
  const uint8_t approximation = segment.U8();
  scan.high = approximation >> 4;
  scan.low = approximation & 15;
  segment.End();
  return scan;
}

// The quantisation table that stands when a component's first scan comes is the component's (B.2.4.1 allows others later).
void KeepQuantization(Image& image, const Scan& scan) {
  for (uint32_t i = 0; i < scan.count; ++i) {
    Component& component = image.frame.components[scan.component[i]];
    if (component.hasQuantization) continue;
    if (!image.quantDefined[component.quantTable]) Refuse(POLYCODEC_IMAGE_CORRUPTED, "quantisation table %u is not there", component.quantTable);
    component.quantization = image.quantTables[component.quantTable];
    component.hasQuantization = true;
  }
}

void CountScan(Image& image) {
  const polycodec_decode_task& task = *image.task;
  ++image.scans;
  if (task.max_scans != 0 && image.scans > task.max_scans) Refuse(POLYCODEC_LIMIT_EXCEEDED, "more than %u scans", task.max_scans);
  const uint64_t cost = uint64_t{image.frame.width} * image.frame.height * image.scans;
  if (task.max_scan_pixels != 0 && cost > task.max_scan_pixels) {
    Refuse(POLYCODEC_LIMIT_EXCEEDED, "%u x %u pixels in %u scans are more than %llu", image.frame.width, image.frame.height, image.scans, static_cast<unsigned long long>(task.max_scan_pixels));
  }
}

void ReadApplicationSegment(Image& image, uint8_t marker, Segment segment) {
  const size_t size = segment.Left();
  if (marker == kApp0 && size >= 14 && std::memcmp(segment.Take(5).data(), "JFIF", 5) == 0) image.isJfif = true;
  if (marker == kApp14 && size >= 12 && std::memcmp(segment.Take(5).data(), "Adobe", 5) == 0) {
    segment.Take(6);
    image.adobeTransform = segment.U8();
  }
}

// Are all components there?
void CheckCoverage(Image& image) {
  for (const Component& component : image.frame.components) {
    if (component.rowsDone >= component.unitsDown || image.isTruncated) continue;
    if (!image.task->allow_partial) Refuse(POLYCODEC_IMAGE_TRUNCATED, "ends after scan %u, before all components are there", image.scans);
    image.isTruncated = true;
    host->warn(image.task->call, "ends after scan %u, before all components are there; what is missing is filled", image.scans);
  }
}

}  // namespace

Coded Image::CodedColors() const {
  switch (frame.components.size()) {
    case 1: return Coded::kGray;
    case 2: return Coded::kTwo;
    case 3: {
      if (isJfif) return Coded::kYcc;
      if (adobeTransform >= 0) return adobeTransform == 0 ? Coded::kRgb : Coded::kYcc;
      const auto& c = frame.components;
      const bool named = c[0].id == 'R' && c[1].id == 'G' && c[2].id == 'B';
      return frame.IsLossless() || named ? Coded::kRgb : Coded::kYcc;
    }
    default: return adobeTransform > 0 ? Coded::kYcck : Coded::kCmyk;
  }
}

void ReadImage(Image& image) {
  const polycodec_decode_task& task = *image.task;
  const uint8_t* const end = task.data + task.size;
  const uint8_t* at = task.data;
  if (task.size < 2 || at[0] != 0xff || at[1] != kSoi) Refuse(POLYCODEC_IMAGE_CORRUPTED, "does not begin with an SOI marker");
  at += 2;
  for (;;) {
    // Bytes that belong to no segment are passed over, as libjpeg and core's parser do.
    BitReader search(at, end);
    at = search.FindMarker();
    if (at == end) break;
    const uint8_t marker = at[1];
    at += 2;
    if (marker == kEoi) break;
    if (marker == kTem || (marker >= kRst0 && marker <= kRst7)) continue;
    if (marker == kSoi) Refuse(POLYCODEC_IMAGE_CORRUPTED, "a second SOI marker");
    const size_t length = end - at >= 2 ? size_t{at[0]} << 8 | at[1] : 0;
    if (end - at < 2 || length > static_cast<size_t>(end - at)) {
      if (image.scans > 0) break;  // CheckCoverage says whether anything is missing
      Refuse(POLYCODEC_IMAGE_TRUNCATED, "the file ends within segment FF%02X", marker);
    }
    if (length < 2) {
      if (marker < kApp0) Refuse(POLYCODEC_IMAGE_CORRUPTED, "segment FF%02X of length %zu", marker, length);
      at += 2;
      continue;
    }
    const Segment segment({at + 2, length - 2}, marker);
    at += length;
    switch (marker) {
      case kDht: ReadHuffmanTables(image, segment); break;
      case kDqt: ReadQuantTables(image, segment); break;
      case kDri: {
        Segment interval = segment;
        image.restartInterval = interval.U16();
        break;
      }
      case kApp0: case kApp14:
        if (image.scans == 0) ReadApplicationSegment(image, marker, segment);
        break;
      case kDac: Refuse(POLYCODEC_ENCODING_UNSUPPORTED, "arithmetic coding");
      case kSos: {
        if (image.frame.components.empty()) Refuse(POLYCODEC_IMAGE_CORRUPTED, "a scan before the frame header");
        const Scan scan = ReadScanHeader(image, segment);
        CountScan(image);
        if (!image.frame.IsLossless()) KeepQuantization(image, scan);
        at = image.frame.IsLossless() ? DecodeLosslessScan(image, scan, at) : DecodeDctScan(image, scan, at);
        if (image.isTruncated) at = end;
        break;
      }
      default:
        if (marker >= kSof0 && marker <= kSof15 && marker != kJpg) ReadFrame(image, marker, segment);
    }
  }
  if (image.frame.components.empty()) Refuse(POLYCODEC_IMAGE_TRUNCATED, "the file ends before the frame header");
  CheckCoverage(image);
}

bool RestartMarkers::Pass(BitReader& bits, uint32_t row, uint32_t rows) {
  const uint8_t* at = bits.FindMarker();
  if (at == end_ || at[1] == kEoi) return false;
  if (at[1] != kRst0 + next_) {
    Refuse(POLYCODEC_IMAGE_CORRUPTED, "row %u of %u: marker FF%02X, the restart marker FF%02X expected", row, rows, at[1], kRst0 + next_);
  }
  next_ = (next_ + 1) & 7;
  bits.Restart(at + 2);
  return true;
}

void EndEarly(Image& image, const uint8_t* at, uint32_t row, uint32_t rows) {
  const polycodec_decode_task& task = *image.task;
  const bool ended = at == task.data + task.size || at[1] == kEoi;
  if (!ended) {
    Refuse(POLYCODEC_IMAGE_CORRUPTED, "scan %u, row %u of %u: marker FF%02X within the coded data", image.scans, row, rows, at[1]);
  }
  if (!task.allow_partial) Refuse(POLYCODEC_IMAGE_TRUNCATED, "scan %u, row %u of %u: the coded data ends", image.scans, row, rows);
  host->warn(task.call, "scan %u, row %u of %u: the coded data ends; what is missing is filled", image.scans, row, rows);
  image.isTruncated = true;
}

}  // namespace polycodec::jpegdeep
