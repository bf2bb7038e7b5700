#include "jpeg_deep_segments.hpp"

#include <algorithm>
#include <cstring>

#include "jpeg_deep_error.hpp"

namespace polycodec::jpegdeep {

namespace {

void ReadComponents(Frame& frame, Segment& segment) {
  for (Component& component : frame.components) {
    component.id = segment.U8();
    const uint8_t factors = segment.U8();
    component.h = factors >> 4;
    component.v = factors & 15;
    component.quantTable = segment.U8();
    if (component.h < 1 || component.h > 4 || component.v < 1 || component.v > 4) {
      Corrupted("sampling factors %ux%u, 1 to 4 expected", component.h, component.v);
    }
    if (component.quantTable > 3 && !frame.IsLossless()) {
      Corrupted("quantisation table %u, 0 to 3 expected", component.quantTable);
    }
    frame.hMax = std::max<uint32_t>(frame.hMax, component.h);
    frame.vMax = std::max<uint32_t>(frame.vMax, component.v);
  }
}

// How large everything is (A.1.1, A.2), and which rows of it the task asks for.
void Measure(Frame& frame, const polycodec_decode_task& task) {
  const uint32_t unit = frame.IsLossless() ? 1 : kBlockSize;
  frame.mcusAcross = DivideUp(frame.width, frame.hMax * unit);
  frame.mcusDown = DivideUp(frame.height, frame.vMax * unit);
  const uint32_t firstRow = task.has_region ? std::min(task.y0 * task.scale, frame.height - 1) : 0;
  const uint32_t endRow = task.has_region ? std::min(task.y1 * task.scale, frame.height) : frame.height;
  for (Component& component : frame.components) {
    if (frame.hMax % component.h != 0 || frame.vMax % component.v != 0) {
      Refuse(POLYCODEC_CODESTREAM_UNSUPPORTED, "sampling factors %ux%u beside %ux%u, which they do not divide",
             component.h, component.v, frame.hMax, frame.vMax);
    }
    component.width = DivideUp(frame.width * component.h, frame.hMax);
    component.height = DivideUp(frame.height * component.v, frame.vMax);
    component.unitsAcross = DivideUp(component.width, unit);
    component.unitsDown = DivideUp(component.height, unit);
    component.paddedAcross = frame.mcusAcross * component.h;
    component.paddedDown = frame.mcusDown * component.v;
    // Interpolation looks at one more row above and below.
    const uint32_t coarser = frame.vMax / component.v;
    const uint32_t first = firstRow / coarser, end = DivideUp(endRow, coarser) + 1;
    component.neededBegin = (first == 0 ? 0 : first - 1) / unit;
    component.neededEnd = std::min(DivideUp(end, unit), component.unitsDown);
  }
}

void TakeMemory(Frame& frame, const polycodec_decode_task& task) {
  const uint64_t unitSamples = frame.IsLossless() ? 1 : kBlockSamples;
  uint64_t samples = 0;
  for (const Component& component : frame.components) {
    samples += uint64_t{component.paddedAcross} * component.paddedDown * unitSamples;
  }
  if (task.max_scratch_bytes != 0 && samples * 2 > task.max_scratch_bytes) {
    Refuse(POLYCODEC_LIMIT_EXCEEDED, "needs %llu bytes for its samples", static_cast<unsigned long long>(samples * 2));
  }
  for (Component& component : frame.components) {
    component.storage.resize(size_t{component.paddedAcross} * component.paddedDown * unitSamples);
  }
}

}  // namespace

std::span<const uint8_t> Segment::Take(size_t count) {
  if (bytes_.size() < count) Corrupted("segment FF%02X is %zu bytes short", marker_, count - bytes_.size());
  const auto taken = bytes_.first(count);
  bytes_ = bytes_.subspan(count);
  return taken;
}

void Segment::End() const {
  if (!bytes_.empty()) Corrupted("segment FF%02X is %zu bytes too long", marker_, bytes_.size());
}

void ReadHuffmanTables(Image& image, Segment segment) {
  while (segment.Left() > 0) {
    const uint8_t which = segment.U8();
    if (which >> 4 > 1 || (which & 15) > 3) {
      Corrupted("Huffman table %02X, of class 0 or 1 and number 0 to 3 expected", which);
    }
    const auto counts = segment.Take(16).first<16>();
    size_t total = 0;
    for (const uint8_t count : counts) total += count;
    if (total > 256) Corrupted("Huffman table %02X has %zu codes, at most 256 expected", which, total);
    auto& table = (which >> 4 == 0 ? image.dcTables : image.acTables)[which & 15];
    if (!table.Build(counts, segment.Take(total))) {
      Corrupted("Huffman table %02X has more codes than there can be", which);
    }
  }
}

void ReadQuantTables(Image& image, Segment segment) {
  while (segment.Left() > 0) {
    const uint8_t which = segment.U8();
    if (which >> 4 > 1 || (which & 15) > 3) {
      Corrupted("quantisation table %02X, of 8 or 16 bits and number 0 to 3 expected", which);
    }
    for (const uint8_t place : kZigzag) {
      image.quantTables[which & 15][place] = which >> 4 == 0 ? segment.U8() : segment.U16();
    }
    image.quantDefined[which & 15] = true;
  }
}

void ReadFrame(Image& image, uint8_t marker, Segment segment) {
  Frame& frame = image.frame;
  const polycodec_decode_task& task = *image.task;
  if (!frame.components.empty()) Corrupted("a second frame header");
  frame.process = marker;
  frame.precision = segment.U8();
  frame.height = segment.U16();
  frame.width = segment.U16();
  const uint32_t count = segment.U8();
  if (marker > kSof3) Refuse(POLYCODEC_ENCODING_UNSUPPORTED, "a frame of type FF%02X", marker);
  const bool known = frame.IsLossless() ? frame.precision >= 2 && frame.precision <= 16 : frame.precision == 12;
  if (!known) {
    Refuse(POLYCODEC_SAMPLE_TYPE_UNSUPPORTED, "%u bits a sample in a frame of type FF%02X", frame.precision, marker);
  }
  if (frame.width != task.width || frame.height != task.height || count != task.channels) {
    Corrupted("%u x %u samples of %u components, %u x %u of %u were announced", frame.width, frame.height, count,
              task.width, task.height, task.channels);
  }
  if (count < 1 || count > 4 || frame.width == 0 || frame.height == 0) {
    Refuse(POLYCODEC_CODESTREAM_UNSUPPORTED, "%u x %u samples of %u components", frame.width, frame.height, count);
  }
  frame.components.resize(count);
  ReadComponents(frame, segment);
  segment.End();
  Measure(frame, task);
  TakeMemory(frame, task);
}

Scan ReadScanHeader(const Image& image, Segment segment) {
  const Frame& frame = image.frame;
  Scan scan;
  scan.count = segment.U8();
  if (scan.count < 1 || scan.count > frame.components.size()) {
    Corrupted("a scan of %u components, of which there are %zu", scan.count, frame.components.size());
  }
  uint32_t seen = 0;
  for (uint32_t i = 0; i < scan.count; ++i) {
    const uint8_t id = segment.U8(), tables = segment.U8();
    // Files with the same id twice exist; each is then taken in its turn, as libjpeg does.
    uint32_t place = 0;
    while (place < frame.components.size() && (frame.components[place].id != id || (seen >> place & 1) != 0)) ++place;
    if (place == frame.components.size()) {
      Corrupted("a scan of component %u, which the frame does not have or the scan has twice", id);
    }
    seen |= 1u << place;
    scan.component[i] = static_cast<uint8_t>(place);
    scan.dcTable[i] = tables >> 4;
    scan.acTable[i] = tables & 15;
    if (scan.dcTable[i] > 3 || scan.acTable[i] > 3) {
      Corrupted("Huffman tables %u and %u, 0 to 3 expected", scan.dcTable[i], scan.acTable[i]);
    }
  }
  scan.start = segment.U8();
  scan.end = segment.U8();
  const uint8_t approximation = segment.U8();
  scan.high = approximation >> 4;
  scan.low = approximation & 15;
  segment.End();
  return scan;
}

void ReadRestartInterval(Image& image, Segment segment) {
  image.restartInterval = segment.U16();
  segment.End();
}

void ReadApplicationSegment(Image& image, uint8_t marker, Segment segment) {
  const size_t size = segment.Left();
  if (marker == kApp0 && size >= 14 && std::memcmp(segment.Take(5).data(), "JFIF", 5) == 0) image.isJfif = true;
  if (marker == kApp14 && size >= 12 && std::memcmp(segment.Take(5).data(), "Adobe", 5) == 0) {
    segment.Take(6);
    image.adobeTransform = segment.U8();
  }
}

}  // namespace polycodec::jpegdeep
