#include "jpeg_fast_scan.hpp"

#include <algorithm>
#include <cstring>

#include <polycodec.hpp>

namespace polycodec::jpeg::fast {
namespace {

// MCUs of a chunk: so many that every component's rows of blocks make whole groups.
uint32_t ChunkMcus(const Geometry& geometry) {
  uint32_t blocks = 0;
  for (unsigned i = 0; i < geometry.count; ++i) blocks += geometry.planes[i].horizontal * geometry.planes[i].vertical;
  return kMostBlocksPerChunk / blocks / kGroupBlocks * kGroupBlocks;
}

// Bytes of clean data at once.
constexpr size_t kWindow = 64 * 1024;

uint64_t Ceil(uint64_t value, uint64_t by) { return (value + by - 1) / by; }

}  // namespace

Band::Band(Level level) : level_(level), segments_(level, kWindow), idct_(ChooseIdct(level)), coefficients_(new Coefficients()) {}

uint64_t Band::Bytes(const Geometry& geometry) {
  return kWindow + kLookahead + sizeof(Coefficients) + Strips::Bytes(geometry, ChunkMcus(geometry));
}

const char* Band::Decode(const Picture& picture, const polycodec_decode_task& task, std::span<const uint8_t> coded, uint32_t begin,
                         uint32_t end) {
  if (Begin(picture, task, coded, begin, end)) Continue();
  return reason_;
}

bool Band::Begin(const Picture& picture, const polycodec_decode_task& task, std::span<const uint8_t> coded, uint32_t begin, uint32_t end) {
  picture_ = &picture;
  task_ = &task;
  entropy_ = ChooseEntropy(level_, picture.tableBits);
  const Geometry& geometry = picture.geometry;
  PlanBlocks();
  strips_.Begin(geometry, task, level_, chunkMcus_, begin);
  const uint64_t mcus = uint64_t{geometry.mcusAcross} * geometry.mcusDown;
  segments_.Begin(coded, mcus, picture.header.restartInterval, uint64_t{begin} * geometry.mcusAcross, kEoi);
  predictions_ = {};
  reason_ = nullptr;
  row_ = begin, rowEnd_ = end;
  return BeginRow();
}

void Band::Continue() {
  do entropy_(segments_.bits, run);
  while (TakeRun());
}

bool Band::Stop(const char* reason) {
  reason_ = reason;
  if (reason != nullptr) Clear();
  return false;
}

bool Band::BeginRow() {
  if (row_ == rowEnd_) return Stop(segments_.left() == 0 || rowEnd_ == picture_->geometry.mcusDown ? segments_.End() : nullptr);
  if (host->cancelled(task_->call)) return Stop(kCancelled);
  column_ = 0;
  strips_.Announce(row_, Ceil(picture_->geometry.mcusAcross, chunkMcus_) * groups_);
  BeginChunk();
  return BeginRun();
}

void Band::BeginChunk() {
  chunk_ = std::min(chunkMcus_, picture_->geometry.mcusAcross - column_);
  done_ = 0;
}

// As many of the chunk's MCUs as the segment has. Sentinels stand behind the chunk's last block; for a run that ends
// before, they take its successors' places.
bool Band::BeginRun() {
  if (segments_.left() == 0) {
    if (const char* reason = segments_.End()) return Stop(reason);
    segments_.BeginNext();
    predictions_ = {};
  }
  runMcus_ = static_cast<uint32_t>(std::min<uint64_t>(chunk_ - done_, segments_.left()));
  segments_.Continue();
  Block* const first = blocks_.data() + done_ * blocksPerMcu_;
  run.Begin(first, first + runMcus_ * blocksPerMcu_);
  kept_[0] = run.end[0], kept_[1] = run.end[1];
  run.end[0] = run.end[1] = blocks_.back();
  Link(run.end);
  return true;
}

bool Band::TakeRun() {
  run.end[0] = kept_[0], run.end[1] = kept_[1];
  Link(run.end);
  if (run.isBad) return Stop("a code that does not exist");
  if (segments_.IsOverrun()) return Stop("a segment that ends early");
  if (!AddDc(done_ * blocksPerMcu_, runMcus_ * blocksPerMcu_)) return Stop("DC out of range");
  done_ += runMcus_;
  segments_.Take(runMcus_);
  if (done_ < chunk_) return BeginRun();
  const Geometry& geometry = picture_->geometry;
  const bool isShown = row_ >= geometry.mcuRowBegin && row_ < geometry.mcuRowEnd;
  if (isShown && column_ < geometry.mcuColumnEnd && column_ + chunk_ > geometry.mcuColumnBegin) {
    if (Transform() != 0) return Stop("coefficients that no picture has");
  } else {
    Clear();
  }
  column_ += chunk_;
  if (column_ < geometry.mcusAcross) {
    BeginChunk();
    return BeginRun();
  }
  if (isShown) strips_.Finish(row_);
  ++row_;
  return BeginRow();
}

// The order of T.81, A.2.3; each component's blocks in groups of neighbours.
void Band::PlanBlocks() {
  const Picture& picture = *picture_;
  const Geometry& geometry = picture.geometry;
  chunkMcus_ = ChunkMcus(geometry);
  blocks_.clear();
  groups_ = 0;
  for (unsigned i = 0; i < geometry.count; ++i) {
    const PlaneGeometry& plane = geometry.planes[i];
    firstGroup_[i] = groups_;
    groupsAcross_[i] = chunkMcus_ * plane.horizontal / kGroupBlocks;
    groups_ += groupsAcross_[i] * plane.vertical;
  }
  for (uint32_t mcu = 0; mcu < chunkMcus_; ++mcu) {
    for (unsigned i = 0; i < geometry.count; ++i) {
      const PlaneGeometry& plane = geometry.planes[i];
      const CodeTables* const tables = picture.tables[i];
      for (uint32_t y = 0; y < plane.vertical; ++y) {
        for (uint32_t x = 0; x < plane.horizontal; ++x) {
          const uint32_t column = mcu * plane.horizontal + x;
          const uint32_t group = firstGroup_[i] + y * groupsAcross_[i] + column / kGroupBlocks;
          int16_t* const place = coefficients_->groups + size_t{group} * kGroupCoefficients + column % kGroupBlocks * 8;
          blocks_.push_back({tables->dc.get(), tables->ac.get(), place, tables, 0, i, group, 0});
        }
      }
    }
  }
  blocksPerMcu_ = static_cast<uint32_t>(blocks_.size()) / chunkMcus_;
  blocks_.push_back(MakeSentinel(coefficients_->scratch));
  blocks_.push_back(blocks_.back());
  for (size_t i = 1; i < blocks_.size(); ++i) Link(&blocks_[i]);
  lasts_.fill(0);
}

// Differences to values. That they stay in 16 bits with all the sums behind them is seen in the transform.
bool Band::AddDc(uint32_t first, uint32_t count) {
  uint32_t beyond = 0;
  for (Block* block = blocks_.data() + first; block != blocks_.data() + first + count; ++block) {
    int& prediction = predictions_[block->component];
    prediction += block->coefficients[0];
    beyond |= static_cast<uint32_t>(prediction + 32768) >> 16;
    block->coefficients[0] = static_cast<int16_t>(prediction);
    uint32_t& last = lasts_[block->group];
    last = std::max(last, block->last);
  }
  return beyond == 0;
}

RangeFlags Band::Transform() {
  const Geometry& geometry = picture_->geometry;
  RangeFlags beyond = 0;
  for (unsigned i = 0; i < geometry.count; ++i) {
    const PlaneGeometry& plane = geometry.planes[i];
    const auto groups = static_cast<uint32_t>(Ceil(chunk_ * plane.horizontal, kGroupBlocks));
    for (uint32_t y = 0; y < plane.vertical; ++y) {
      const uint32_t first = firstGroup_[i] + y * groupsAcross_[i];
      if (!plane.isNeeded) {
        std::memset(coefficients_->groups + size_t{first} * kGroupCoefficients, 0, groups * kGroupCoefficients * sizeof(int16_t));
        std::fill_n(lasts_.begin() + first, groups, 0u);
        continue;
      }
      const size_t stride = strips_.stride(i);
      uint8_t* to = strips_.Blocks(i, row_, column_) + y * plane.size * stride;
      for (uint32_t g = first; g < first + groups; ++g, to += size_t{kGroupBlocks} * plane.size) {
        const uint32_t last = lasts_[g];
        lasts_[g] = 0;
        strips_.Prefetch();
        beyond |= idct_.Choose(plane.size, last)(coefficients_->groups + size_t{g} * kGroupCoefficients, picture_->quantization[i], to, stride);
      }
    }
  }
  return beyond;
}

void Band::Clear() {
  std::memset(coefficients_->groups, 0, size_t{groups_} * kGroupCoefficients * sizeof(int16_t));
  std::fill_n(lasts_.begin(), groups_, 0u);
}

}  // namespace polycodec::jpeg::fast
