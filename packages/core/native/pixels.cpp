/* Which way a transformation goes; the ways themselves are in the files beside this one. */
#include "pixels.hpp"

#include <algorithm>
#include <atomic>

#include "pixels_conversion.hpp"
#include "pixels_level.hpp"
#include "pixels_rows.hpp"
#include "pixels_scalar.hpp"
#include "pixels_shuffle.hpp"
#include "pixels_turn.hpp"

namespace polycodec::pixels {
namespace {

/* -1: not asked for, so the best. */
std::atomic<int> gLevel{-1};

/* Stack memory for converted pixels on their way to their turned place; with the source's rows it fits a 48 KiB L1. */
constexpr size_t kScratchBytes = 24 * 1024;

struct Job {
  int32_t orientation;
  Conversion plan;
  const uint8_t* src; /* the part's first pixel */
  const polycodec_layout& srcLayout;
  uint8_t* dst;
  const polycodec_layout& dstLayout;
  Steps in, out;
  bool simd;
};

/* Nothing changes but places: whole pixels are moved, or the elements of each plane. False: not such a job. */
bool Move(const Job& job) {
  using Kind = Conversion::Kind;
  if (job.plan.rescale || job.plan.alpha >= 0 || (job.plan.kind != Kind::kSame && job.plan.kind != Kind::kTake)) return false;
  const bool same = job.plan.kind == Kind::kSame;
  const uint32_t element = ElementSize(job.dstLayout.dtype), channels = job.dstLayout.channels;
  const uint32_t width = job.dstLayout.width, height = job.dstLayout.height;
  const bool single = job.srcLayout.channels == 1 && channels == 1;
  const bool planarIn = IsPlanar(job.srcLayout.sample_format), planarOut = IsPlanar(job.dstLayout.sample_format);
  if (same && (single || (!planarIn && !planarOut))) {
    Turn(job.orientation, job.src, job.in.row, job.dst, job.out.row, width, height, element * channels, job.simd);
    return true;
  }
  if (!(planarIn || job.srcLayout.channels == 1) || !planarOut) return false;
  for (uint32_t c = 0; c < channels; c++) {
    if (!same && job.plan.take[c] < 0) return false; /* a constant or luma has no plane to come from */
  }
  for (uint32_t c = 0; c < channels; c++) {
    const ptrdiff_t taken = same ? static_cast<ptrdiff_t>(c) : job.plan.take[c];
    Turn(job.orientation, job.src + taken * job.in.channel, job.in.row,
         job.dst + static_cast<ptrdiff_t>(c) * job.out.channel, job.out.row, width, height, element, job.simd);
  }
  return true;
}

/*
 * Converts tile by tile into scratch memory, in the target's format, and turns each tile to its place. Tiles of a
 * mirrored picture are parts of rows; of a transposed one, squares.
 */
void ConvertTurned(const Job& job) {
  alignas(64) uint8_t scratch[kScratchBytes];
  const bool planar = IsPlanar(job.dstLayout.sample_format);
  const uint32_t element = ElementSize(job.dstLayout.dtype), planes = planar ? job.dstLayout.channels : 1;
  const uint32_t pixel = planar ? element : element * job.dstLayout.channels;
  const bool turned = job.orientation >= 5;
  const uint32_t srcWidth = turned ? job.dstLayout.height : job.dstLayout.width;
  const uint32_t srcHeight = turned ? job.dstLayout.width : job.dstLayout.height;

  const size_t capacity = kScratchBytes / (static_cast<size_t>(pixel) * planes);
  uint32_t side = 64;
  while (turned && static_cast<size_t>(side) * side > capacity) side -= 8;
  const uint32_t tileWidth = turned ? side : static_cast<uint32_t>(std::min<size_t>(srcWidth, capacity));
  const uint32_t tileHeight = turned ? side : 1;

  RowConverter convert = MakeRowConverter(job.plan, job.srcLayout, job.dstLayout, job.simd);
  const ptrdiff_t tileRow = static_cast<ptrdiff_t>(tileWidth) * pixel, tilePlane = tileRow * tileHeight;
  if (planar) convert.dstChannel = tilePlane;
  for (uint32_t y = 0; y < srcHeight; y += tileHeight) {
    for (uint32_t x = 0; x < srcWidth; x += tileWidth) {
      const uint32_t width = std::min(tileWidth, srcWidth - x), height = std::min(tileHeight, srcHeight - y);
      for (uint32_t row = 0; row < height; row++) {
        convert(job.src + static_cast<ptrdiff_t>(y + row) * job.in.row + static_cast<ptrdiff_t>(x) * job.in.pixel,
                scratch + row * tileRow, width);
      }
      /* Where the tile lands: its first row and column, counted from the side that the orientation makes the first. */
      const bool fromBottom = job.orientation == 3 || job.orientation == 6 || job.orientation == 7;
      const bool fromRight = job.orientation == 2 || job.orientation == 3 || job.orientation >= 7;
      const ptrdiff_t down = fromBottom ? srcHeight - y - height : y;
      const ptrdiff_t right = fromRight ? srcWidth - x - width : x;
      uint8_t* to = job.dst + (turned ? right : down) * job.out.row + (turned ? down : right) * job.out.pixel;
      for (uint32_t p = 0; p < planes; p++) {
        Turn(job.orientation, scratch + p * tilePlane, tileRow, to + p * job.out.channel, job.out.row,
             turned ? height : width, turned ? width : height, pixel, job.simd);
      }
    }
  }
}

/* Rows in their order, or from the last to the first. */
void ConvertRows(const Job& job) {
  const RowConverter convert = MakeRowConverter(job.plan, job.srcLayout, job.dstLayout, job.simd);
  const uint32_t height = job.dstLayout.height;
  for (uint32_t y = 0; y < height; y++) {
    const uint32_t from = job.orientation == 4 ? height - 1 - y : y;
    convert(job.src + static_cast<ptrdiff_t>(from) * job.in.row, job.dst + static_cast<ptrdiff_t>(y) * job.out.row,
            job.dstLayout.width);
  }
}

}  // namespace

bool CanTransform(const polycodec_layout& src, const polycodec_layout& dst) noexcept {
  return PlanConversion(src, dst).kind != Conversion::Kind::kImpossible;
}

bool Fits(const TransformSpec& spec, const polycodec_layout& src, const polycodec_layout& dst) noexcept {
  if (spec.orientation < 1 || spec.orientation > 8) return false;
  const bool turned = spec.orientation >= 5;
  const uint64_t width = turned ? dst.height : dst.width, height = turned ? dst.width : dst.height;
  return spec.y0 + height <= src.height && spec.x0 + width <= src.width;
}

void Transform(const TransformSpec& spec, const uint8_t* src, const polycodec_layout& srcLayout, uint8_t* dst,
               const polycodec_layout& dstLayout) noexcept {
  if (dstLayout.width == 0 || dstLayout.height == 0) return;
  Conversion plan = PlanConversion(srcLayout, dstLayout);
  if (plan.kind == Conversion::Kind::kImpossible) return;
  if (spec.flatten) Flatten(plan, srcLayout, dstLayout, spec.background);
  const Level level = CurrentLevel();
  if (level == Level::kDefinition) {
    TransformScalar(spec, plan, src, srcLayout, dst, dstLayout);
    return;
  }
  const Steps in = StepsOf(srcLayout), out = StepsOf(dstLayout);
  const uint8_t* first = src + static_cast<ptrdiff_t>(spec.y0) * in.row + static_cast<ptrdiff_t>(spec.x0) * in.pixel;
  const Job job{spec.orientation, plan, first, srcLayout, dst, dstLayout, in, out, level >= Level::kSsse3};
  if (Move(job)) return;
  if (spec.orientation == 1 || spec.orientation == 4) {
    ConvertRows(job);
  } else if (uint64_t{ElementSize(dstLayout.dtype)} * dstLayout.channels > kScratchBytes / 256) {
    /* Pixels of so many channels leave a tile no width to speak of; they are rare enough for the plain way. */
    TransformScalar(spec, plan, src, srcLayout, dst, dstLayout);
  } else {
    ConvertTurned(job);
  }
}

void SplitRow(const uint8_t* interleaved, uint8_t* const* planes, uint32_t channels, uint32_t width) noexcept {
  /* By channels; looked up once, because this is called for every row. */
  static constexpr int8_t kInOrder[] = {0, 1, 2, 3};
  static const ShuffleFn kSplits[] = {FindShuffle(2, false, 2, true, kInOrder),
                                      FindShuffle(3, false, 3, true, kInOrder),
                                      FindShuffle(4, false, 4, true, kInOrder)};
  if (CurrentLevel() >= Level::kSsse3 && width >= kShufflePixels && channels >= 2 && channels <= 4) {
    kSplits[channels - 2](&interleaved, planes, width);
    return;
  }
  SplitRowScalar(interleaved, planes, channels, width);
}

Level BestLevel() noexcept {
#if defined(__x86_64__) && defined(__GNUC__)
  static const Level best = [] {
    if (!HasSsse3()) return Level::kPortable;
    if (!__builtin_cpu_supports("avx2") || !__builtin_cpu_supports("f16c")) return Level::kSsse3;
    const bool wide = __builtin_cpu_supports("avx512f") && __builtin_cpu_supports("avx512bw");
    return wide ? Level::kAvx512 : Level::kAvx2;
  }();
  return best;
#else
  return Level::kPortable;
#endif
}
Level CurrentLevel() noexcept {
  const int level = gLevel.load(std::memory_order_relaxed);
  return level < 0 ? BestLevel() : static_cast<Level>(level);
}
void SetLevel(Level level) noexcept {
  /* Not above what the CPU can do. */
  gLevel.store(static_cast<int>(std::min(level, BestLevel())), std::memory_order_relaxed);
}
void SetSimd(bool enabled) noexcept { SetLevel(enabled ? BestLevel() : Level::kDefinition); }

}  // namespace polycodec::pixels
