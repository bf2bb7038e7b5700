#include "jpeg_fast_progressive_scan.hpp"

#include <algorithm>

namespace polycodec::jpeg::fast {
namespace {

// Bytes of clean data at once: there is one such window for each scan.
constexpr size_t kWindow = 32 * 1024;

}  // namespace

ScanDecoder::ScanDecoder(Level level) : kernels_(ChooseProgressive(level)), segments_(level, kWindow) {}

uint64_t ScanDecoder::Bytes() { return sizeof(ScanDecoder) + kWindow + kLookahead + (sizeof(BandEntry) << kWideBits); }

void ScanDecoder::Begin(const ProgressiveScan& scan, const BlockPlanes& planes, uint32_t mcusAcross, uint32_t mcusDown, unsigned bits) {
  scan_ = &scan;
  planes_ = &planes;
  const ScanSpec& spec = scan.spec;
  const BlockPlane& first = planes.planes[spec.parts[0].component];
  mcusAcross_ = spec.count == 1 ? first.wide : mcusAcross;
  mcusDown_ = mcusDown;
  run_ = 0;
  predictions_ = {};
  if (!scan.isDc()) {
    if (!scan.isRefinement()) table_.Build(scan.codes[0], bits, spec.approximationLow);
    band_ = {spec.spectralStart, spec.spectralEnd, spec.approximationLow, &scan.codes[0], &table_};
  }
  const uint64_t mcus = uint64_t{mcusAcross_} * (spec.count == 1 ? first.high : mcusDown);
  segments_.Begin(scan.coded, mcus, scan.restartInterval, 0, scan.coded.back());
}

const char* ScanDecoder::Decode(uint32_t begin, uint32_t end, int16_t* coefficients) {
  // A scan of one component has blocks for MCUs, and none that lie outside the picture.
  const bool isSingle = scan_->spec.count == 1;
  const BlockPlane& plane = planes_->planes[scan_->spec.parts[0].component];
  const uint32_t perRow = isSingle ? plane.vertical : 1;
  const uint32_t rows = std::min(end * perRow, isSingle ? plane.high : mcusDown_) - std::min(begin * perRow, isSingle ? plane.high : mcusDown_);
  for (uint32_t row = 0; row < rows; ++row) {
    for (uint32_t column = 0; column < mcusAcross_;) {
      if (segments_.left() == 0) {
        if (run_ != 0) return "an end of band beyond a segment";
        if (const char* reason = segments_.End()) return reason;
        segments_.BeginNext();
        predictions_ = {};
      }
      const auto count = static_cast<uint32_t>(std::min<uint64_t>({mcusAcross_ - column, segments_.left(), kMostBlocksPerChunk}));
      segments_.Continue();
      const bool isGood = scan_->isDc() ? DecodeDc(coefficients, row, column, count) : DecodeAc(coefficients, row, column, count);
      if (!isGood) return "a code that does not exist";
      if (segments_.IsOverrun()) return "a segment that ends early";
      segments_.Take(count);
      column += count;
    }
  }
  if (end < mcusDown_) return nullptr;
  return run_ != 0 ? "an end of band beyond a segment" : segments_.End();
}

bool ScanDecoder::DecodeAc(int16_t* coefficients, uint32_t row, uint32_t column, uint32_t count) {
  const unsigned component = scan_->spec.parts[0].component;
  const uint32_t vertical = planes_->planes[component].vertical;
  int16_t* const block = planes_->Block(coefficients, component, row / vertical, row % vertical, column);
  return (scan_->isRefinement() ? kernels_.refine : kernels_.first)(segments_.bits, band_, block, count, run_);
}

bool ScanDecoder::DecodeDc(int16_t* coefficients, uint32_t row, uint32_t column, uint32_t count) {
  const ScanSpec& spec = scan_->spec;
  for (uint32_t mcu = column; mcu < column + count; ++mcu) {
    for (unsigned i = 0; i < spec.count; ++i) {
      const BlockPlane& plane = planes_->planes[spec.parts[i].component];
      const bool isSingle = spec.count == 1;
      const uint32_t across = isSingle ? 1 : plane.horizontal, down = isSingle ? 1 : plane.vertical;
      const uint32_t mcuRow = isSingle ? row / plane.vertical : row, first = isSingle ? row % plane.vertical : 0;
      int16_t* dc = planes_->Block(coefficients, spec.parts[i].component, mcuRow, first, mcu * across) + PlaceOf(0);
      for (uint32_t y = 0; y < down; ++y, dc += plane.across * kBlockCoefficients) {
        for (uint32_t x = 0; x < across; ++x) {
          if (!TakeDc(i, dc[x * kBlockCoefficients])) return false;
        }
      }
    }
  }
  return true;
}

// T.81, G.1.2.1: differences of the upper bits, as in a sequential scan; then the lower ones, bit by bit.
inline bool ScanDecoder::TakeDc(unsigned part, int16_t& dc) {
  BitState& bits = segments_.bits;
  const unsigned shift = scan_->spec.approximationLow;
  Refill(bits.window, bits.count, bits.from);
  if (scan_->isRefinement()) {
    dc = static_cast<int16_t>(dc | bits.window >> 63 << shift);
    bits.window <<= 1, --bits.count;
    return true;
  }
  const auto [extra, length] = scan_->codes[part].Decode(bits.window);
  if (length == 0 || extra > kMostDcBits) return false;
  bits.window <<= length;
  int& prediction = predictions_[part];
  prediction += ExtendWindow(bits.window, extra);
  bits.window <<= extra;
  bits.count -= length + extra;
  const int value = prediction * (1 << shift);
  dc = static_cast<int16_t>(value);
  return value == dc;
}

}  // namespace polycodec::jpeg::fast
