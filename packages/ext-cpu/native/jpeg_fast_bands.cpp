#include "jpeg_fast_bands.hpp"

#include <algorithm>
#include <atomic>

#include <polycodec.hpp>

namespace polycodec::jpeg::fast {
namespace {

// Below, a thread's waking costs more than it saves.
constexpr uint64_t kMinPixels = 500'000;
constexpr uint32_t kMinRowsPerBand = 4;
// More bands than threads even out what the threads get done.
constexpr uint32_t kBandsPerThread = 2;

struct Work {
  Bands& kept;
  const Picture& picture;
  const polycodec_decode_task& task;
  uint32_t count;
  std::atomic<const char*> reason{nullptr};

  // The first row of MCUs of band i; the last row's successor for i == count.
  uint32_t Begin(uint32_t i) const {
    const RestartRows& restarts = kept.restarts;
    if (i == count) return restarts.mcuRows;
    return static_cast<uint32_t>(uint64_t{restarts.mcuRows} * i / count / restarts.step * restarts.step);
  }
};

void DecodeBand(void* context, size_t index) {
  Work& work = *static_cast<Work*>(context);
  const auto i = static_cast<uint32_t>(index);
  if (work.reason.load(std::memory_order_relaxed) != nullptr) return;
  const uint32_t begin = work.Begin(i), end = work.Begin(i + 1);
  const std::span<const uint8_t> file{work.task.data, work.task.size};
  const RestartRows& restarts = work.kept.restarts;
  try {
    const char* const reason = work.kept.bands[i]->Decode(work.picture, work.task, file.subspan(restarts.starts[begin / restarts.step]), begin, end);
    if (reason != nullptr) work.reason = reason;
  } catch (...) {
    work.reason = "out of memory";
  }
}

}  // namespace

bool DecodeInBands(Bands& kept, Level level, const Picture& picture, const polycodec_decode_task& task, const char*& reason) {
  const Geometry& geometry = picture.geometry;
  if (task.threads < 2 || task.has_region || picture.header.restartInterval == 0) return false;
  if (uint64_t{geometry.width} * geometry.height < kMinPixels) return false;
  RestartRows& restarts = kept.restarts;
  if (!FindRestartRows({task.data, task.size}, restarts)) return false;
  if (restarts.mcuRows != geometry.mcusDown || restarts.mcusPerRow != geometry.mcusAcross) return false;
  const uint32_t rowsPerBand = std::max(kMinRowsPerBand, 2 * restarts.step);
  const uint32_t count = std::min(task.threads * kBandsPerThread, restarts.mcuRows / rowsPerBand);
  if (count < 2) return false;
  if (task.max_scratch_bytes != 0 && Band::Bytes(geometry) * count > task.max_scratch_bytes) return false;
  while (kept.bands.size() < count) kept.bands.push_back(std::make_unique<Band>(level));

  Work work{kept, picture, task, count};
  host->parallel_for(task.call, count, DecodeBand, &work);
  reason = work.reason;
  const bool looksDown = geometry.upsampling == Upsampling::kH2V2 || geometry.upsampling == Upsampling::kV2;
  if (reason != nullptr || !looksDown) return true;
  for (uint32_t i = 1; i < count; ++i) {
    Strips &above = kept.bands[i - 1]->strips(), &below = kept.bands[i]->strips();
    below.WriteSeam(above.LastEdge(work.Begin(i)), below.FirstEdge(), work.Begin(i));
  }
  return true;
}

}  // namespace polycodec::jpeg::fast
