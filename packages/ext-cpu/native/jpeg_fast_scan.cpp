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

uint64_t Ceil(uint64_t value, uint64_t by) { return (value + by - 1) / by; }

}  // namespace

Band::Band(Level level) : level_(level), stream_(level), idct_(ChooseIdct(level)), coefficients_(new Coefficients()) {}

uint64_t Band::Bytes(const Geometry& geometry) {
  return CleanStream::kWindow + kLookahead + sizeof(Coefficients) + Strips::Bytes(geometry, ChunkMcus(geometry));
}

const char* Band::Decode(const Picture& picture, const polycodec_decode_task& task, std::span<const uint8_t> coded, uint32_t begin,
                         uint32_t end) {
  picture_ = &picture;
  const Geometry& geometry = picture.geometry;
  PlanBlocks();
  strips_.Begin(geometry, task, level_, chunkMcus_, begin);
  stream_.Begin(coded);
  const uint64_t mcus = uint64_t{geometry.mcusAcross} * geometry.mcusDown;
  const uint64_t interval = picture.header.restartInterval != 0 ? picture.header.restartInterval : mcus;
  segments_ = Ceil(mcus, interval);
  segment_ = uint64_t{begin} * geometry.mcusAcross / interval;
  const char* reason = BeginSegment();
  for (uint32_t row = begin; row < end && reason == nullptr; ++row) {
    if (host->cancelled(task.call)) return kCancelled;
    const bool isShown = row >= geometry.mcuRowBegin && row < geometry.mcuRowEnd;
    reason = DecodeRow(row, isShown);
    if (reason == nullptr && isShown) strips_.Finish(row);
  }
  if (reason == nullptr && (mcusLeft_ == 0 || end == geometry.mcusDown)) reason = EndSegment();
  if (reason != nullptr) Clear();
  return reason;
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
          blocks_.push_back({tables->dc.get(), tables->ac.get(), place, tables, 0, i, group});
        }
      }
    }
  }
  blocksPerMcu_ = static_cast<uint32_t>(blocks_.size()) / chunkMcus_;
  blocks_.push_back(MakeSentinel(coefficients_->scratch));
  blocks_.push_back(blocks_.back());
  lasts_.fill(0);
}

const char* Band::BeginSegment() {
  bits_.Begin(stream_.BeginSegment());
  predictions_ = {};
  const Geometry& geometry = picture_->geometry;
  const uint32_t interval = picture_->header.restartInterval;
  mcusLeft_ = interval != 0 ? interval : uint64_t{geometry.mcusAcross} * geometry.mcusDown;
  return nullptr;
}

// All of a segment is to be used up, but for less than a byte of padding, and the right marker to stand behind it: else
// libjpeg has something to say.
const char* Band::EndSegment() {
  bits_.from = stream_.Continue(bits_.from);
  if (!stream_.isComplete()) return "data behind a segment's last MCU";
  const int64_t left = bits_.Left(stream_.limit());
  if (left < 0) return "a segment that ends early";
  if (left >= 8) return "data behind a segment's last MCU";
  ++segment_;
  const uint8_t expected = segment_ == segments_ ? kEoi : static_cast<uint8_t>(kRst0 + (segment_ - 1) % 8);
  if (stream_.marker() != expected) return segment_ == segments_ ? "no end of image behind the last MCU" : "a restart marker that is missing or out of order";
  if (segment_ != segments_) stream_.SkipMarker();
  return nullptr;
}

const char* Band::DecodeRow(uint32_t row, bool isShown) {
  const Geometry& geometry = picture_->geometry;
  for (uint32_t column = 0; column < geometry.mcusAcross; column += chunkMcus_) {
    const uint32_t mcus = std::min(chunkMcus_, geometry.mcusAcross - column);
    if (const char* reason = DecodeChunk(mcus)) return reason;
    if (isShown && column < geometry.mcuColumnEnd && column + mcus > geometry.mcuColumnBegin) {
      if (Transform(row, column, mcus) != 0) return "coefficients that no picture has";
    } else {
      Clear();
    }
  }
  return nullptr;
}

const char* Band::DecodeChunk(uint32_t mcus) {
  for (uint32_t done = 0; done < mcus;) {
    if (mcusLeft_ == 0) {
      if (const char* reason = EndSegment()) return reason;
      BeginSegment();
    }
    const auto run = static_cast<uint32_t>(std::min<uint64_t>(mcus - done, mcusLeft_));
    bits_.from = stream_.Continue(bits_.from);
    if (!DecodeRun(done * blocksPerMcu_, run * blocksPerMcu_)) return "a code that does not exist";
    if (bits_.Left(stream_.limit()) < 0) return "a segment that ends early";
    if (!AddDc(done * blocksPerMcu_, run * blocksPerMcu_)) return "DC out of range";
    done += run;
    mcusLeft_ -= run;
  }
  return nullptr;
}

// Sentinels stand behind the chunk's last block; for a run that ends before, they take its successors' places.
bool Band::DecodeRun(uint32_t first, uint32_t count) {
  Block* const begin = blocks_.data() + first;
  Block* const end = begin + count;
  if (end == blocks_.data() + blocks_.size() - 2) return picture_->entropy(bits_, begin, end);
  const Block kept[2] = {end[0], end[1]};
  end[0] = end[1] = blocks_.back();
  const bool isGood = picture_->entropy(bits_, begin, end);
  end[0] = kept[0], end[1] = kept[1];
  return isGood;
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

RangeFlags Band::Transform(uint32_t row, uint32_t column, uint32_t mcus) {
  const Geometry& geometry = picture_->geometry;
  RangeFlags beyond = 0;
  for (unsigned i = 0; i < geometry.count; ++i) {
    const PlaneGeometry& plane = geometry.planes[i];
    const auto groups = static_cast<uint32_t>(Ceil(mcus * plane.horizontal, kGroupBlocks));
    for (uint32_t y = 0; y < plane.vertical; ++y) {
      const uint32_t first = firstGroup_[i] + y * groupsAcross_[i];
      if (!plane.isNeeded) {
        std::memset(coefficients_->groups + size_t{first} * kGroupCoefficients, 0, groups * kGroupCoefficients * sizeof(int16_t));
        std::fill_n(lasts_.begin() + first, groups, 0u);
        continue;
      }
      const size_t stride = strips_.stride(i);
      uint8_t* to = strips_.Blocks(i, row, column) + y * plane.size * stride;
      for (uint32_t g = first; g < first + groups; ++g, to += size_t{kGroupBlocks} * plane.size) {
        const uint32_t last = lasts_[g];
        lasts_[g] = 0;
        const IdctFn transform = plane.size == 8   ? last > kLastOfCorner ? idct_.full : last != 0 ? idct_.corner : idct_.flat
                                 : plane.size == 4 ? idct_.half
                                 : plane.size == 2 ? idct_.quarter
                                                   : idct_.eighth;
        beyond |= transform(coefficients_->groups + size_t{g} * kGroupCoefficients, picture_->quantization[i], to, stride);
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
