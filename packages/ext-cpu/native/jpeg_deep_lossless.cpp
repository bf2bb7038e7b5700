// Lossless JPEG (ITU-T T.81, Annex H): each sample is coded as its difference from a prediction of its neighbours.
#include <algorithm>
#include <memory>

#include "jpeg_deep_error.hpp"
#include "jpeg_deep_frame.hpp"
#include "jpeg_deep_restart.hpp"

namespace polycodec::jpegdeep {
namespace {

// Decodes differences. Plainly a difference takes three steps: the code tells how many bits follow, they are taken, and
// extended by their sign. Most differences are short, so that the next 12 bits hold all of it; what they come to is
// looked up in one step. Others go the plain way.
class DifferenceDecoder {
 public:
  explicit DifferenceDecoder(const HuffmanDecoder& codes) : codes_(codes) {
    for (uint32_t i = 0; i < entries_.size(); ++i) {
      const auto [symbol, length] = codes.Find(i << (16 - kBits));
      const unsigned size = symbol == 16 ? 0 : static_cast<unsigned>(symbol);
      if (symbol == HuffmanDecoder::kBadCode || length + size > kBits) continue;
      const uint32_t behind = i >> (kBits - length - size) & ((1u << size) - 1);
      entries_[i] = {Difference(symbol, behind), static_cast<uint8_t>(length + size)};
    }
  }

  // One difference, modulo 2^16 (H.1.2.2). False: no code begins with these bits.
  bool Read(BitReader& bits, uint16_t& difference) const {
    bits.Fill();
    const Entry entry = entries_[bits.Peek(kBits)];
    if (entry.bits != 0) {
      bits.Skip(entry.bits);
      difference = entry.difference;
      return true;
    }
    const int symbol = codes_.Next(bits);
    if (symbol == HuffmanDecoder::kBadCode) return false;
    difference = Difference(symbol, symbol == 0 || symbol == 16 ? 0 : bits.Take(static_cast<unsigned>(symbol)));
    return true;
  }

 private:
  static constexpr unsigned kBits = 12;
  struct Entry {
    uint16_t difference = 0;
    uint8_t bits = 0;  // 0: more than 12, or none at all
  };

  // Size 16 stands for 32768 alone, with no bits behind it.
  static uint16_t Difference(int size, uint32_t behind) {
    if (size == 0 || size == 16) return size == 0 ? 0 : 0x8000;
    return static_cast<uint16_t>(Extend(behind, static_cast<unsigned>(size)));
  }

  const HuffmanDecoder& codes_;
  std::array<Entry, 1 << kBits> entries_{};
};

// Adds the prediction to each difference of a row, in place. `kPredictor` by table H.1; a and b are the neighbours to
// the left and above, c above to the left. Sums wrap at 16 bits, as the differences do.
template <int kPredictor>
void Undo(uint16_t* row, const uint16_t* above, uint32_t width) {
  int32_t a = row[0] = static_cast<uint16_t>(row[0] + above[0]);
  int32_t c = above[0];
  for (uint32_t x = 1; x < width; ++x) {
    const int32_t b = above[x];
    int32_t prediction = 0;
    if constexpr (kPredictor == 1) prediction = a;
    if constexpr (kPredictor == 2) prediction = b;
    if constexpr (kPredictor == 3) prediction = c;
    if constexpr (kPredictor == 4) prediction = a + b - c;
    if constexpr (kPredictor == 5) prediction = a + ((b - c) >> 1);
    if constexpr (kPredictor == 6) prediction = b + ((a - c) >> 1);
    if constexpr (kPredictor == 7) prediction = (a + b) >> 1;
    a = row[x] = static_cast<uint16_t>(row[x] + prediction);
    c = b;
  }
}

// The first row, and the first of each restart interval: predicted from the left, and its first sample from mid-scale.
void UndoFirst(uint16_t* row, uint32_t width, uint32_t midScale) {
  uint32_t a = midScale;
  for (uint32_t x = 0; x < width; ++x) a = row[x] = static_cast<uint16_t>(row[x] + a);
}

using UndoRow = void (*)(uint16_t* row, const uint16_t* above, uint32_t width);
constexpr UndoRow kUndo[] = {nullptr, Undo<1>, Undo<2>, Undo<3>, Undo<4>, Undo<5>, Undo<6>, Undo<7>};

// What the loops of a scan know of a component: a scan of one component has no padding, and one sample an MCU.
struct Part {
  Component* component;
  const DifferenceDecoder* differences;
  uint32_t h, v, width, rows;
};

bool ReadMcuRow(BitReader& bits, const Part* parts, uint32_t count, uint32_t mcuRow, uint32_t mcusAcross) {
  for (uint32_t mcu = 0; mcu < mcusAcross; ++mcu) {
    for (uint32_t i = 0; i < count; ++i) {
      const Part& part = parts[i];
      const size_t stride = part.component->paddedAcross;
      uint16_t* block = part.component->storage.data() + size_t{mcuRow} * part.v * stride + size_t{mcu} * part.h;
      for (uint32_t y = 0; y < part.v; ++y, block += stride) {
        for (uint32_t x = 0; x < part.h; ++x) {
          if (!part.differences->Read(bits, block[x])) return false;
        }
      }
    }
  }
  return true;
}

// The same where each component has one sample an MCU, as in nearly all files.
template <uint32_t kCount>
bool ReadPlainRow(BitReader& bits, const Part* parts, uint32_t row, uint32_t width) {
  // A copy, which the compiler can keep in registers while it writes samples.
  BitReader own = bits;
  uint16_t* rows[kCount];
  for (uint32_t i = 0; i < kCount; ++i) {
    rows[i] = parts[i].component->storage.data() + size_t{row} * parts[i].component->paddedAcross;
  }
  bool understood = true;
  for (uint32_t x = 0; x < width && understood; ++x) {
    for (uint32_t i = 0; i < kCount; ++i) understood &= parts[i].differences->Read(own, rows[i][x]);
  }
  bits = own;
  return understood;
}

bool ReadRow(BitReader& bits, const Part* parts, uint32_t count, uint32_t mcuRow, uint32_t mcusAcross) {
  const bool plain = std::all_of(parts, parts + count, [](const Part& part) { return part.h == 1 && part.v == 1; });
  if (!plain) return ReadMcuRow(bits, parts, count, mcuRow, mcusAcross);
  switch (count) {
    case 1: return ReadPlainRow<1>(bits, parts, mcuRow, mcusAcross);
    case 2: return ReadPlainRow<2>(bits, parts, mcuRow, mcusAcross);
    case 3: return ReadPlainRow<3>(bits, parts, mcuRow, mcusAcross);
    default: return ReadPlainRow<4>(bits, parts, mcuRow, mcusAcross);
  }
}

// Makes samples of the row's differences. Throws where a sample has more bits than the frame says: a damaged file.
void FinishRows(const Part& part, uint32_t mcuRow, bool first, int predictor, uint32_t bits, uint32_t low) {
  const size_t stride = part.component->paddedAcross;
  for (uint32_t y = 0; y < part.v; ++y) {
    const uint32_t place = mcuRow * part.v + y;
    uint16_t* row = part.component->storage.data() + place * stride;
    if (first && y == 0) {
      UndoFirst(row, part.width, 1u << (bits - 1));
    } else {
      kUndo[predictor](row, row - stride, part.width);
    }
    // What fills up the last MCUs may be anything.
    uint16_t all = 0;
    for (uint32_t x = 0; x < part.component->width; ++x) all |= row[x];
    if (all >> bits != 0 && place < part.rows) {
      Corrupted("row %u of %u: a sample of more than %u bits", place, part.rows, bits);
    }
  }
}

// The predictions are of samples without their low bits; these come back when all rows are there. Needed rows that are
// not there become mid-gray.
void FinishComponent(const Part& part, uint32_t rowsDone, uint32_t precision, uint32_t low) {
  Component& component = *part.component;
  const size_t stride = component.paddedAcross;
  uint16_t* const samples = component.storage.data();
  if (low != 0) {
    for (size_t i = 0; i < rowsDone * stride; ++i) samples[i] = static_cast<uint16_t>(samples[i] << low);
  }
  if (rowsDone < component.neededEnd) {
    std::fill(samples + rowsDone * stride, samples + component.neededEnd * stride,
              static_cast<uint16_t>(1u << (precision - 1)));
  }
  component.rowsDone = rowsDone;
}

}  // namespace

const uint8_t* DecodeLosslessScan(Image& image, const Scan& scan, const uint8_t* at) {
  const polycodec_decode_task& task = *image.task;
  const Frame& frame = image.frame;
  if (scan.start < 1 || scan.start > 7 || scan.end != 0 || scan.high != 0 || scan.low >= frame.precision) {
    Corrupted("scan header with predictor %u, %u, %u and point transform %u at %u bits", scan.start, scan.end,
              scan.high, scan.low, frame.precision);
  }
  const uint32_t bits = frame.precision - scan.low;
  const bool interleaved = scan.count > 1;
  std::array<std::unique_ptr<DifferenceDecoder>, 4> decoders;  // by table
  std::array<Part, 4> parts;
  for (uint32_t i = 0; i < scan.count; ++i) {
    Component& component = image.frame.components[scan.component[i]];
    const HuffmanDecoder& table = image.dcTables[scan.dcTable[i]];
    if (!table.IsDefined()) Corrupted("Huffman table %u is not there", scan.dcTable[i]);
    if (table.Greatest() > 16) {
      Corrupted("Huffman table %u has differences of %u bits", scan.dcTable[i], table.Greatest());
    }
    if (component.rowsDone != 0) Corrupted("component %u is in two scans", component.id);
    auto& decoder = decoders[scan.dcTable[i]];
    if (!decoder) decoder = std::make_unique<DifferenceDecoder>(table);
    parts[i] = interleaved
                   ? Part{&component, decoder.get(), component.h, component.v, component.paddedAcross, component.height}
                   : Part{&component, decoder.get(), 1, 1, component.width, component.height};
  }
  const uint32_t mcusAcross = interleaved ? frame.mcusAcross : parts[0].width;
  // H.1.1: an interval is a number of whole rows.
  RestartMarkers restarts(image);
  if (restarts.Interval() % mcusAcross != 0) {
    Corrupted("restart interval %u, no multiple of the %u MCUs of a row", restarts.Interval(), mcusAcross);
  }
  const uint32_t rowsPerInterval = restarts.Interval() / mcusAcross;

  uint32_t mcusNeeded = 0;
  for (uint32_t i = 0; i < scan.count; ++i) {
    mcusNeeded = std::max(mcusNeeded, DivideUp(parts[i].component->neededEnd, parts[i].v));
  }

  BitReader reader(at, task.data + task.size);
  uint32_t row = 0;
  for (; row < mcusNeeded; ++row) {
    if (host->cancelled(task.call)) Refuse(POLYCODEC_CANCELLED, "cancelled");
    const bool first = rowsPerInterval == 0 ? row == 0 : row % rowsPerInterval == 0;
    const uint32_t place = row * parts[0].v;
    bool goesOn = row == 0 || !first || restarts.Pass(reader, place, parts[0].rows);
    if (goesOn) {
      const bool understood = ReadRow(reader, parts.data(), scan.count, row, mcusAcross);
      goesOn = !reader.Overrun();
      if (goesOn && !understood) {
        Corrupted("row %u of %u: no Huffman code begins with these bits", place, parts[0].rows);
      }
    }
    if (!goesOn) {
      EndEarly(image, reader.FindMarker(), place, parts[0].rows);
      break;
    }
    for (uint32_t i = 0; i < scan.count; ++i) {
      FinishRows(parts[i], row, first, static_cast<int>(scan.start), bits, scan.low);
    }
  }
  for (uint32_t i = 0; i < scan.count; ++i) {
    FinishComponent(parts[i], std::min(row * parts[i].v, parts[i].component->paddedDown), frame.precision, scan.low);
  }
  return reader.FindMarker();
}

}  // namespace polycodec::jpegdeep
