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
// With several threads.
constexpr size_t kLongSwathBytes = 1 << 20;
// The largest scan is a third of most pictures: more threads would wait for it.
constexpr size_t kMostGroups = 4;
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
  const bool isLarge = uint64_t{picture.header.width} * picture.header.height >= kMinPixels;
  PlanGroups(progression, isLarge ? task.threads : 1);
  if (const char* reason = PlanMemory(task)) return reason;
  const unsigned bits = task.size >= kWideFromBytes ? kWideBits : kNarrowBits;
  size_t scans = 0;
  for (const ProgressiveScan& scan : progression.scans()) {
    if (scan.isNeeded) decoders_[scans++]->Begin(scan, planes_, geometry.mcusAcross, geometry.mcusDown, bits);
  }
  strips_.Begin(geometry, task, level_, kSpareMcus, 0);
  reason_ = nullptr;
  const char* reason = Convey(task, Ceil(geometry.mcusDown, rowsPerSwath_));
  if (reason != nullptr) std::memset(memory_.get(), 0, blocks_ * sizeof(Coefficients));
  return reason;
}

// In step n group g is at swath n - g.
const char* Progressive::Convey(const polycodec_decode_task& task, uint32_t swaths) {
  const auto groups = static_cast<uint32_t>(groups_.size() - 1);
  struct Step {
    Progressive& self;
    uint32_t number, swaths;
  };
  for (Step step{*this, 0, swaths}; step.number < swaths + groups - 1; ++step.number) {
    if (host->cancelled(task.call)) return kCancelled;
    if (groups == 1) {
      Work(0, step.number);
    } else {
      const auto work = [](void* context, size_t group) {
        const Step& now = *static_cast<Step*>(context);
        if (now.number >= group && now.number - group < now.swaths) now.self.Work(group, static_cast<uint32_t>(now.number - group));
      };
      host->parallel_for(task.call, groups, work, &step);
    }
    if (reason_ != nullptr) return reason_;
  }
  return nullptr;
}

// Groups of about equal work, by the scans' bytes; the transform takes about a quarter of all.
void Progressive::PlanGroups(Progression& progression, uint32_t threads) {
  groups_ = {0};
  size_t bytes = 0, done = 0, stage = 0;
  for (const ProgressiveScan& scan : progression.scans()) bytes += scan.isNeeded ? scan.coded.size() : 0;
  const size_t groups = std::min<size_t>(threads, kMostGroups), all = bytes + bytes / 3;
  for (const ProgressiveScan& scan : progression.scans()) {
    if (!scan.isNeeded) continue;
    // A scan goes where the larger part of it belongs.
    if (stage > groups_.back() && done + scan.coded.size() / 2 > all * groups_.size() / groups) groups_.push_back(stage);
    done += scan.coded.size();
    ++stage;
  }
  if (groups_.size() < groups) groups_.push_back(stage);
  groups_.push_back(stage + 1);
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
  const uint64_t others = scans_ * ScanDecoder::Bytes() + Strips::Bytes(geometry, kSpareMcus);
  const auto fits = [&](uint64_t bytes) { return task.max_scratch_bytes == 0 || others + bytes <= task.max_scratch_bytes; };
  if (groups_.size() > 2) {
    // Longer swaths, lest threads wait for each other too often; but many enough to keep all groups busy.
    rowsPerSwath_ = std::clamp<uint32_t>(static_cast<uint32_t>(kLongSwathBytes / rowBytes), 1, Ceil(geometry.mcusDown, 8 * groups_.size()));
    if (!fits(rowBytes * rowsPerSwath_ * (groups_.size() - 1))) groups_ = {0, scans_ + 1};
  }
  if (groups_.size() == 2) rowsPerSwath_ = std::clamp<uint32_t>(static_cast<uint32_t>(kSwathBytes / rowBytes), 1, geometry.mcusDown);
  if (!fits(rowBytes * rowsPerSwath_)) rowsPerSwath_ = 1;
  const uint64_t slots = groups_.size() - 1;
  if (!fits(rowBytes * rowsPerSwath_ * slots)) return "more memory than allowed";
  const size_t blocks = size_t{planes_.blocksPerRow} * rowsPerSwath_ * slots;
  if (blocks > blocks_) {
    blocks_ = 0;
    memory_ = std::make_unique<Coefficients[]>(blocks);
    blocks_ = blocks;
  }
  while (decoders_.size() < scans_) decoders_.push_back(std::make_unique<ScanDecoder>(level_));
  return nullptr;
}

// Takes a swath through the scans of a group, or, behind the last one, to pixels.
void Progressive::Work(size_t group, uint32_t swath) {
  const Geometry& geometry = picture_->geometry;
  const uint32_t begin = swath * rowsPerSwath_, end = std::min(begin + rowsPerSwath_, geometry.mcusDown);
  int16_t* const coefficients = Place(swath);
  const char* reason = nullptr;
  for (size_t stage = groups_[group]; stage < groups_[group + 1] && reason == nullptr; ++stage) {
    if (stage < scans_) {
      reason = decoders_[stage]->Decode(begin, end, coefficients);
      continue;
    }
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
  strips_.Announce(row, planes_.blocksPerRow / kGroupBlocks + 1);
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
        strips_.Prefetch();
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
