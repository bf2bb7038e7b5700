// A JPEG from marker to marker, and what the limits and the end of the file say to it.
#include <algorithm>

#include "jpeg_deep_error.hpp"
#include "jpeg_deep_segments.hpp"

namespace polycodec::jpegdeep {
namespace {

// The quantisation table that stands when a component's first scan comes is the component's; others may come later.
void KeepQuantization(Image& image, const Scan& scan) {
  for (uint32_t i = 0; i < scan.count; ++i) {
    Component& component = image.frame.components[scan.component[i]];
    if (component.hasQuantization) continue;
    if (!image.quantDefined[component.quantTable]) {
      Corrupted("quantisation table %u is not there", component.quantTable);
    }
    component.quantization = image.quantTables[component.quantTable];
    component.hasQuantization = true;
  }
}

void CountScan(Image& image) {
  const polycodec_decode_task& task = *image.task;
  ++image.scans;
  if (task.max_scans != 0 && image.scans > task.max_scans) {
    Refuse(POLYCODEC_LIMIT_EXCEEDED, "more than %u scans", task.max_scans);
  }
  const uint64_t cost = uint64_t{image.frame.width} * image.frame.height * image.scans;
  if (task.max_scan_pixels != 0 && cost > task.max_scan_pixels) {
    Refuse(POLYCODEC_LIMIT_EXCEEDED, "%u x %u pixels in %u scans are more than %llu", image.frame.width,
           image.frame.height, image.scans, static_cast<unsigned long long>(task.max_scan_pixels));
  }
}

// Are all components there?
void CheckCoverage(Image& image) {
  for (const Component& component : image.frame.components) {
    if (component.rowsDone >= component.neededEnd || image.isTruncated) continue;
    if (!image.task->allow_partial) {
      Refuse(POLYCODEC_IMAGE_TRUNCATED, "ends after scan %u, before all components are there", image.scans);
    }
    image.isTruncated = true;
    host->warn(image.task->call, "ends after scan %u, before all components are there; what is missing is filled",
               image.scans);
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
  if (task.size < 2 || at[0] != 0xff || at[1] != kSoi) Corrupted("does not begin with an SOI marker");
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
    if (marker == kSoi) Corrupted("a second SOI marker");
    const size_t length = end - at >= 2 ? size_t{at[0]} << 8 | at[1] : 0;
    if (end - at < 2 || length > static_cast<size_t>(end - at)) {
      if (image.scans > 0) break;  // CheckCoverage says whether anything is missing
      Refuse(POLYCODEC_IMAGE_TRUNCATED, "the file ends within segment FF%02X", marker);
    }
    if (length < 2) {
      if (marker < kApp0) Corrupted("segment FF%02X of length %zu", marker, length);
      at += 2;
      continue;
    }
    const Segment segment({at + 2, length - 2}, marker);
    at += length;
    switch (marker) {
      case kDht: ReadHuffmanTables(image, segment); break;
      case kDqt: ReadQuantTables(image, segment); break;
      case kDri: ReadRestartInterval(image, segment); break;
      case kApp0:
      case kApp14:
        if (image.scans == 0) ReadApplicationSegment(image, marker, segment);
        break;
      case kDac: Refuse(POLYCODEC_ENCODING_UNSUPPORTED, "arithmetic coding");
      case kSos: {
        if (image.frame.components.empty()) Corrupted("a scan before the frame header");
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

}  // namespace polycodec::jpegdeep
