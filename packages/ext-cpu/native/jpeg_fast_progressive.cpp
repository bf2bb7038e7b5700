#include "jpeg_fast_progressive.hpp"

#include <algorithm>
#include <cstring>

#include <polycodec.hpp>

namespace polycodec::jpeg::fast {
namespace {

// Below, threads wake up more slowly than the picture is decoded.
constexpr uint64_t kMinPixels = 500'000;
// So much of the coefficients stays in the second-level cache of most CPUs, with the scans' own windows and tables.
constexpr size_t kSwathBytes = 256 * 1024;
// With threads: so much for all swaths that are in work.
constexpr size_t kMostConveyorBytes = 64 << 20;
// Below so many bytes of a file tables of wide index are not worth their making.
constexpr size_t kWideFromBytes = 256 * 1024;

// Transforms write whole groups.
constexpr uint32_t kSpareMcus = kGroupBlocks;

uint32_t Ceil(uint64_t value, uint64_t by) { return static_cast<uint32_t>((value + by - 1) / by); }

}  // namespace

Progressive::Progressive(Level level) : level_(level), idct_(ChooseIdct(level)), kernels_(ChooseProgressive(level)) {}

const char* Progressive::Decode(const Picture& picture, Progression& progression, const polycodec_decode_task& task) {
  const Geometry& geometry = picture.geometry;
  picture_ = &picture;
  PlanBlocks(picture);
  scans_ = static_cast<size_t>(std::count_if(progression.scans().begin(), progression.scans().end(), [](const auto& scan) { return scan.isNeeded; }));
  if (const char* reason = PlanMemory(task)) return reason;
  const unsigned bits = task.size >= kWideFromBytes ? kWideBits : kNarrowBits;
  size_t scans = 0;
  for (const ProgressiveScan& scan : progression.scans()) {
    if (scan.isNeeded) decoders_[scans++]->Begin(scan, planes_, geometry.mcusAcross, geometry.mcusDown, bits);
  }
  strips_.Begin(geometry, task, level_, kSpareMcus, 0);

  reason_ = nullptr;
  const uint32_t swaths = Ceil(geometry.mcusDown, rowsPerSwath_);
  if (slots_ == 1) {
    for (uint32_t swath = 0; swath < swaths && reason_ == nullptr; ++swath) {
      if (host->cancelled(task.call)) reason_ = kCancelled;
      for (size_t stage = 0; stage <= scans_ && reason_ == nullptr; ++stage) Work(stage, swath);
    }
  } else {
    struct Step {
      Progressive& self;
      uint32_t number, swaths;
    };
    for (uint32_t step = 0; step < swaths + scans_ && reason_ == nullptr; ++step) {
      if (host->cancelled(task.call)) {
        reason_ = kCancelled;
        break;
      }
      Step work{*this, step, swaths};
      const auto run = [](void* context, size_t stage) {
        const Step& now = *static_cast<Step*>(context);
        if (now.number < stage || now.number - stage >= now.swaths || now.self.reason_ != nullptr) return;
        now.self.Work(stage, static_cast<uint32_t>(now.number - stage));
      };
      host->parallel_for(task.call, scans_ + 1, run, &work);
    }
  }
  if (reason_ != nullptr) std::memset(memory_.get(), 0, blocks_ * sizeof(Coefficients));
  return reason_;
}

void Progressive::PlanBlocks(const Picture& picture) {
  const Geometry& geometry = picture.geometry;
  const uint32_t mostAcross = geometry.planes[0].horizontal, mostDown = geometry.planes[0].vertical;
  planes_.blocksPerRow = 0;
  for (unsigned i = 0; i < geometry.count; ++i) {
    const PlaneGeometry& from = geometry.planes[i];
    BlockPlane& plane = planes_.planes[i];
    plane.offset = size_t{planes_.blocksPerRow} * kBlockCoefficients;
    plane.horizontal = from.horizontal;
    plane.vertical = from.vertical;
    plane.across = Ceil(uint64_t{geometry.mcusAcross} * from.horizontal, kGroupBlocks) * kGroupBlocks;
    plane.wide = Ceil(uint64_t{picture.header.width} * from.horizontal, 8 * mostAcross);
    plane.high = Ceil(uint64_t{picture.header.height} * from.vertical, 8 * mostDown);
    planes_.blocksPerRow += plane.across * from.vertical;
  }
}

const char* Progressive::PlanMemory(const polycodec_decode_task& task) {
  const Geometry& geometry = picture_->geometry;
  const uint64_t rowBytes = uint64_t{planes_.blocksPerRow} * sizeof(Coefficients);
  rowsPerSwath_ = std::clamp<uint32_t>(static_cast<uint32_t>(kSwathBytes / rowBytes), 1, geometry.mcusDown);
  const uint64_t others = scans_ * ScanDecoder::Bytes() + Strips::Bytes(geometry, kSpareMcus);
  const auto fits = [&](uint64_t bytes) { return task.max_scratch_bytes == 0 || others + bytes <= task.max_scratch_bytes; };
  slots_ = static_cast<uint32_t>(scans_) + 1;
  const bool isLarge = uint64_t{picture_->header.width} * picture_->header.height >= kMinPixels;
  if (task.threads < 2 || !isLarge || rowBytes * slots_ > kMostConveyorBytes || !fits(rowBytes * slots_)) slots_ = 1;
  // Short swaths: all threads begin the sooner.
  if (slots_ > 1) rowsPerSwath_ = 1;
  if (!fits(rowBytes * rowsPerSwath_)) rowsPerSwath_ = 1;
  if (!fits(rowBytes * rowsPerSwath_ * slots_)) return "more memory than allowed";
  const size_t blocks = size_t{planes_.blocksPerRow} * rowsPerSwath_ * slots_;
  if (blocks > blocks_) {
    blocks_ = 0;
    memory_ = std::make_unique<Coefficients[]>(blocks);
    blocks_ = blocks;
  }
  while (decoders_.size() < scans_) decoders_.push_back(std::make_unique<ScanDecoder>(level_));
  return nullptr;
}

// Takes a swath through one scan, or, behind the last one, to pixels.
void Progressive::Work(size_t stage, uint32_t swath) {
  const Geometry& geometry = picture_->geometry;
  const uint32_t begin = swath * rowsPerSwath_, end = std::min(begin + rowsPerSwath_, geometry.mcusDown);
  int16_t* const coefficients = Place(swath);
  const char* reason = nullptr;
  if (stage < scans_) {
    reason = decoders_[stage]->Decode(begin, end, coefficients);
  } else {
    for (uint32_t row = begin; row < end && reason == nullptr; ++row) {
      reason = Transform(row, coefficients + size_t{row - begin} * planes_.blocksPerRow * kBlockCoefficients);
    }
  }
  if (reason != nullptr) reason_ = reason;
}

// Inverse transform and colours of a row of MCUs. Leaves zeros.
const char* Progressive::Transform(uint32_t row, int16_t* coefficients) {
  const Geometry& geometry = picture_->geometry;
  const bool isShown = row >= geometry.mcuRowBegin && row < geometry.mcuRowEnd;
  RangeFlags beyond = 0;
  for (unsigned i = 0; i < geometry.count; ++i) {
    const PlaneGeometry& plane = geometry.planes[i];
    const uint32_t groups = planes_.planes[i].across / kGroupBlocks;
    const bool isNeeded = isShown && plane.isNeeded;
    const uint32_t first = isNeeded ? geometry.mcuColumnBegin * plane.horizontal / kGroupBlocks : groups;
    const uint32_t last = isNeeded ? Ceil(uint64_t{geometry.mcuColumnEnd} * plane.horizontal, kGroupBlocks) : groups;
    for (uint32_t y = 0; y < plane.vertical; ++y) {
      int16_t* const blocks = planes_.Block(coefficients, i, 0, y, 0);
      const auto clear = [&](uint32_t from, uint32_t to) {
        std::memset(blocks + size_t{from} * kGroupCoefficients, 0, size_t{to - from} * kGroupCoefficients * sizeof *blocks);
      };
      clear(0, first);
      clear(last, groups);
      if (!isNeeded) continue;
      const size_t stride = strips_.stride(i);
      uint8_t* const to = strips_.Blocks(i, row, 0) + y * plane.size * stride;
      for (uint32_t g = first; g < last; ++g) {
        const uint32_t lastCoefficient = kernels_.gather(blocks + size_t{g} * kGroupCoefficients, group_.coefficients);
        beyond |= idct_.Choose(plane.size, lastCoefficient)(group_.coefficients, picture_->quantization[i], to + size_t{g} * kGroupBlocks * plane.size, stride);
      }
    }
  }
  if (beyond != 0) return "coefficients that no picture has";
  if (isShown) strips_.Finish(row);
  return nullptr;
}

}  // namespace polycodec::jpeg::fast
