// The entropy coding of DCT coefficients, sequential (ITU-T T.81, F.2) and progressive (G.2), with Huffman codes.
#include <algorithm>

#include "jpeg_deep_error.hpp"
#include "jpeg_deep_frame.hpp"
#include "jpeg_deep_restart.hpp"

namespace polycodec::jpegdeep {
namespace {

// What the loops of a scan know of a component: a scan of one component has no padding, and one block an MCU.
struct Part {
  Component* component;
  const HuffmanDecoder* dc;
  const HuffmanDecoder* ac;
  uint32_t h, v;
  uint32_t prediction;  // the last block's DC, with wrap-around: a damaged file may add up to anything

  int16_t* Block(uint32_t row, uint32_t column) const {
    return reinterpret_cast<int16_t*>(component->storage.data()) +
           (size_t{row} * component->paddedAcross + column) * kBlockSamples;
  }
};

struct Coder {
  BitReader bits;
  const Scan& scan;
  uint32_t blocksToSkip = 0;  // EOBRUN

  bool ReadDcDifference(const HuffmanDecoder& table, int32_t& difference) {
    bits.Fill();
    const int size = table.Next(bits);
    if (size < 0) return false;
    difference = size == 0 ? 0 : Extend(bits.Take(static_cast<unsigned>(size)), static_cast<unsigned>(size));
    return true;
  }

  bool Sequential(Part& part, int16_t* block) {
    int32_t difference;
    if (!ReadDcDifference(*part.dc, difference)) return false;
    part.prediction += static_cast<uint32_t>(difference);
    block[0] = static_cast<int16_t>(part.prediction);
    for (unsigned k = 1; k < kBlockSamples; ++k) {
      bits.Fill();
      const int symbol = part.ac->Next(bits);
      if (symbol < 0) return false;
      const unsigned run = static_cast<unsigned>(symbol) >> 4, size = symbol & 15;
      if (size == 0) {
        if (run != 15) break;
        k += 15;
        continue;
      }
      k += run;
      if (k >= kBlockSamples) return false;
      block[kZigzag[k]] = static_cast<int16_t>(Extend(bits.Take(size), size));
    }
    return true;
  }

  bool DcFirst(Part& part, int16_t* block) {
    int32_t difference;
    if (!ReadDcDifference(*part.dc, difference)) return false;
    part.prediction += static_cast<uint32_t>(difference);
    block[0] = static_cast<int16_t>(part.prediction << scan.low);
    return true;
  }

  bool DcRefine(Part&, int16_t* block) {
    bits.Fill();
    block[0] = static_cast<int16_t>(block[0] | bits.Take(1) << scan.low);
    return true;
  }

  // An end of band: this block and so many more have nothing (or nothing new) in the band.
  void ReadEndOfBands(unsigned exponent) {
    blocksToSkip = (1u << exponent) + (exponent == 0 ? 0 : bits.Take(exponent));
  }

  bool AcFirst(Part& part, int16_t* block) {
    if (blocksToSkip > 0) {
      --blocksToSkip;
      return true;
    }
    for (unsigned k = scan.start; k <= scan.end; ++k) {
      bits.Fill();
      const int symbol = part.ac->Next(bits);
      if (symbol < 0) return false;
      const unsigned run = static_cast<unsigned>(symbol) >> 4, size = symbol & 15;
      if (size == 0) {
        if (run != 15) {
          ReadEndOfBands(run);
          --blocksToSkip;
          break;
        }
        k += 15;
        continue;
      }
      k += run;
      if (k > scan.end) return false;
      block[kZigzag[k]] = static_cast<int16_t>(static_cast<uint32_t>(Extend(bits.Take(size), size)) << scan.low);
    }
    return true;
  }

  // One more bit of a coefficient that is not zero.
  void RefineNonZero(int16_t& coefficient) {
    bits.Fill();
    if (bits.Take(1) == 0) return;
    const int step = 1 << scan.low;
    if ((coefficient & step) == 0) coefficient = static_cast<int16_t>(coefficient + (coefficient >= 0 ? step : -step));
  }

  bool AcRefine(Part& part, int16_t* block) {
    unsigned k = scan.start;
    if (blocksToSkip == 0) {
      for (; k <= scan.end; ++k) {
        bits.Fill();
        const int symbol = part.ac->Next(bits);
        if (symbol < 0) return false;
        unsigned zeros = static_cast<unsigned>(symbol) >> 4;
        const unsigned size = symbol & 15;
        int fresh = 0;
        if (size > 1) return false;
        if (size == 1) {
          fresh = bits.Take(1) != 0 ? 1 << scan.low : -(1 << scan.low);
        } else if (zeros != 15) {
          ReadEndOfBands(zeros);
          break;
        }
        // Over `zeros` coefficients that are zero still; those between that are not get their bit.
        for (; k <= scan.end; ++k) {
          int16_t& coefficient = block[kZigzag[k]];
          if (coefficient != 0) {
            RefineNonZero(coefficient);
          }
          else if (zeros-- == 0) {
            break;
          }
        }
        if (fresh == 0) continue;
        if (k > scan.end) return false;
        block[kZigzag[k]] = static_cast<int16_t>(fresh);
      }
    }
    if (blocksToSkip > 0) {
      for (; k <= scan.end; ++k) {
        if (block[kZigzag[k]] != 0) RefineNonZero(block[kZigzag[k]]);
      }
      --blocksToSkip;
    }
    return true;
  }
};

using ReadBlock = bool (Coder::*)(Part&, int16_t*);

// Only a progressive scan is a part of the coefficients. What a sequential one says of them is of no meaning, and in
// some files wrong; libjpeg passes over it too.
Scan Normalised(const Frame& frame, Scan scan) {
  if (frame.process != kSof2) {
    scan.start = scan.high = scan.low = 0;
    scan.end = kBlockSamples - 1;
    return scan;
  }
  const bool sound = scan.end < kBlockSamples && scan.start <= scan.end && scan.low <= 13 &&
                     (scan.high == 0 || scan.high == scan.low + 1) &&
                     (scan.start == 0 ? scan.end == 0 : scan.count == 1);
  if (!sound) {
    Corrupted("scan header with coefficients %u to %u, bits %u to %u, %u components", scan.start, scan.end, scan.high,
              scan.low, scan.count);
  }
  return scan;
}

ReadBlock ChooseReader(const Frame& frame, const Scan& scan) {
  if (frame.process != kSof2) return &Coder::Sequential;
  if (scan.start == 0) return scan.high == 0 ? &Coder::DcFirst : &Coder::DcRefine;
  return scan.high == 0 ? &Coder::AcFirst : &Coder::AcRefine;
}

void CheckTable(const HuffmanDecoder& table, const char* kind, uint32_t number, uint8_t greatest) {
  if (!table.IsDefined()) Corrupted("%s Huffman table %u is not there", kind, number);
  if (table.Greatest() > greatest) Corrupted("%s Huffman table %u has a symbol %u", kind, number, table.Greatest());
}

}  // namespace

const uint8_t* DecodeDctScan(Image& image, const Scan& header, const uint8_t* at) {
  const polycodec_decode_task& task = *image.task;
  const Frame& frame = image.frame;
  const uint8_t* const end = task.data + task.size;
  const Scan scan = Normalised(frame, header);
  const ReadBlock readBlock = ChooseReader(frame, scan);
  const bool readsDc = scan.start == 0, readsAc = scan.end > 0;
  const bool interleaved = scan.count > 1;

  std::array<Part, 4> parts;
  for (uint32_t i = 0; i < scan.count; ++i) {
    Component& component = image.frame.components[scan.component[i]];
    const HuffmanDecoder &dc = image.dcTables[scan.dcTable[i]], &ac = image.acTables[scan.acTable[i]];
    if (readsDc && scan.high == 0) CheckTable(dc, "DC", scan.dcTable[i], 15);
    if (readsAc) CheckTable(ac, "AC", scan.acTable[i], 255);
    const bool first = readsDc && scan.high == 0;
    if (first && component.rowsDone != 0) Corrupted("component %u is in two scans", component.id);
    if (!first && component.rowsDone == 0) {
      Corrupted("scan %u refines component %u, which has no DC yet", image.scans, component.id);
    }
    parts[i] = {&component, &dc, &ac, interleaved ? component.h : 1u, interleaved ? component.v : 1u, 0};
  }
  const uint32_t mcusAcross = interleaved ? frame.mcusAcross : parts[0].component->unitsAcross;
  const uint32_t mcusDown = interleaved ? frame.mcusDown : parts[0].component->unitsDown;
  uint32_t mcusNeeded = 0;
  for (uint32_t i = 0; i < scan.count; ++i) {
    mcusNeeded = std::max(mcusNeeded, DivideUp(parts[i].component->neededEnd, parts[i].v));
  }

  Coder coder{BitReader(at, end), scan};
  RestartMarkers restarts(image);
  uint32_t untilRestart = restarts.Interval();
  for (uint32_t row = 0; row < mcusNeeded; ++row) {
    if (host->cancelled(task.call)) Refuse(POLYCODEC_CANCELLED, "cancelled");
    for (uint32_t column = 0; column < mcusAcross; ++column) {
      bool goesOn = true;
      if (restarts.Interval() != 0) {
        if (untilRestart == 0) {
          goesOn = restarts.Pass(coder.bits, row, mcusDown);
          untilRestart = restarts.Interval();
          coder.blocksToSkip = 0;
          for (Part& part : parts) part.prediction = 0;
        }
        --untilRestart;
      }
      bool understood = true;
      for (uint32_t i = 0; i < scan.count && goesOn && understood; ++i) {
        Part& part = parts[i];
        for (uint32_t y = 0; y < part.v && understood; ++y) {
          for (uint32_t x = 0; x < part.h && understood; ++x) {
            understood = (coder.*readBlock)(part, part.Block(row * part.v + y, column * part.h + x));
          }
        }
      }
      goesOn = goesOn && !coder.bits.Overrun();
      if (!goesOn) {
        EndEarly(image, coder.bits.FindMarker(), row, mcusDown);
        return end;
      }
      if (!understood) Corrupted("scan %u, row %u of %u of MCUs: a code that cannot be", image.scans, row, mcusDown);
    }
    if (!readsDc) continue;
    for (uint32_t i = 0; i < scan.count; ++i) {
      parts[i].component->rowsDone =
          std::max(parts[i].component->rowsDone, std::min((row + 1) * parts[i].v, parts[i].component->unitsDown));
    }
  }
  return coder.bits.FindMarker();
}

}  // namespace polycodec::jpegdeep
