#include "png_encode.hpp"

#include <algorithm>
#include <cinttypes>
#include <cstring>
#include <new>
#include <span>

#include <polycodec.hpp>

#include "png_error.hpp"
#include "png_write_chunks.hpp"

namespace polycodec::png {
namespace {

enum class Preset { kFast, kDefault, kBest };

// Bytes in a block: enough that the codes' description does not count and that all stays in the second cache, few enough
// that the codes suit what is in it. Filtered photographs gain 1 % by the smaller ones, and lose 12 % of the speed of runs.
constexpr size_t kBlock = size_t{256} << 10, kSearchedBlock = size_t{64} << 10;

enum class Way {
  // In blocks, as the rows come.
  kRuns,     // filtered: runs and Huffman codes only
  kMatches,  // unfiltered: one candidate for each match
  kWeighed,  // filtered: two candidates, taken where they save bits
  // At once, by libdeflate.
  kPlain,         // unfiltered, level 6
  kPlainBest,     // unfiltered, level 9
  kFilteredBest,  // filtered, level 9
};

constexpr uint32_t kIDAT = ChunkType("IDAT"), kIEND = ChunkType("IEND");
constexpr size_t kMaxChunk = 0x7fffffff;
constexpr size_t kMostAtFirst = size_t{64} << 20;  // of the output

class ImageWriter {
 public:
  ImageWriter(EncodeWorker& worker, const polycodec_encode_task& task, const Input& input, Sink& sink)
      : worker_(worker), task_(task), input_(input), sink_(sink), simd_(host->simd != 0 && HasFastFilter()) {}

  // Returns the size of the image data with what belongs to its chunks.
  size_t Write(Way way) {
    switch (way) {
      case Way::kPlain: return WriteWhole(false, 6);
      case Way::kPlainBest: return WriteWhole(false, 9);
      case Way::kFilteredBest: return WriteWhole(true, 9);
      default: return WriteBlocks(way);
    }
  }

 private:
  // Rows in windows of a block, with what came before them where matches are looked for.
  size_t WriteBlocks(Way way) {
    const size_t step = way == Way::kMatches ? 0 : way == Way::kRuns ? kHalfOfRow : kAllOfRow;
    FilteredRowSource rows(worker_, input_, step, simd_);
    const size_t rowBytes = rows.RowBytes(), history = way == Way::kRuns ? 0 : kMaxDistance;
    const size_t block = way == Way::kWeighed ? kSearchedBlock : kBlock;
    const size_t perWindow = std::max<size_t>(1, block / rowBytes);
    CheckScratch(history + perWindow * rowBytes);
    uint8_t* const window = worker_.rows.Take(history + perWindow * rowBytes + kRowMargin);
    if (way == Way::kMatches) worker_.matches.Reset();
    worker_.blocks.Begin();
    // What photographs come to, nearly: growing copies. A huge picture must not need what it may not use.
    if (way != Way::kMatches) sink_.Reserve(std::min(rowBytes * input_.Height() / 2, kMostAtFirst));
    uint32_t adler = 1;
    size_t written = 0, begin = 0;  // begin: where the new rows begin in the window
    // An IDAT ends before its length could overflow; blocks do not care.
    auto chunk = std::make_unique<ChunkWriter>(sink_, kIDAT);
    size_t chunkStart = sink_.Used();
    static constexpr uint8_t kZlibHeader[] = {0x78, 0x01};  // a window of 32 KiB, the fastest compression
    chunk->Write(kZlibHeader);
    for (uint32_t y = 0; y < input_.Height();) {
      StopIfCancelled(task_.call);
      const uint32_t count = uint32_t(std::min<size_t>(perWindow, input_.Height() - y));
      for (uint32_t i = 0; i < count; ++i) rows.Next(window + begin + rowBytes * i);
      if (y == 0 && way == Way::kWeighed) {
        worker_.weighed.Reset(LikelyCosts(window, std::min(rowBytes * count, kSearchedBlock)));
      }
      y += count;
      const size_t end = begin + rowBytes * count;
      // A row may be longer than a block.
      for (size_t at = begin; at < end;) {
        const size_t to = end - at > 2 * block ? at + block : end;
        adler = libdeflate_adler32(adler, window + at, to - at);
        WriteBlock(way, window, at, to, y == input_.Height() && to == end);
        at = to;
        if (sink_.Used() - chunkStart > kMaxChunk / 2) {
          chunk->End();
          written += sink_.Used() - chunkStart;
          chunk = std::make_unique<ChunkWriter>(sink_, kIDAT);
          chunkStart = sink_.Used();
        }
      }
      const size_t lost = end > history ? end - history : 0;
      if (history > 0) std::memmove(window, window + lost, end - lost);
      if (way == Way::kMatches) worker_.matches.Slide(lost);
      if (way == Way::kWeighed) worker_.weighed.Slide(lost);
      begin = end - lost;
    }
    chunk->WriteU32(adler);
    chunk->End();
    return written + sink_.Used() - chunkStart;
  }

  void WriteBlock(Way way, const uint8_t* window, size_t from, size_t to, bool last) {
    worker_.tokens.clear();
    switch (way) {
      case Way::kMatches: worker_.matches.Find(window, from, to, worker_.tokens); break;
      case Way::kWeighed: worker_.weighed.Find(window, from, to, worker_.tokens); break;
      default: FindRuns(window + from, to - from, worker_.tokens);
    }
    worker_.blocks.Write(sink_, window + from, to - from, worker_.tokens, last);
    if (way == Way::kWeighed) worker_.weighed.Learn(worker_.blocks.Costs());
  }

  // All rows, filtered or not, and then compressed at once.
  size_t WriteWhole(bool filtered, int level) {
    FilteredRowSource rows(worker_, input_, filtered ? kAllOfRow : 0, simd_);
    const size_t rowBytes = rows.RowBytes(), height = input_.Height();
    const uint64_t size = uint64_t{rowBytes} * height;
    CheckScratch(size);
    uint8_t* const all = worker_.rows.Take(size + kRowMargin);
    for (size_t y = 0; y < height; ++y) {
      if (y % 16 == 0) StopIfCancelled(task_.call);
      rows.Next(all + rowBytes * y);
    }
    StopIfCancelled(task_.call);
    if (worker_.level != level) {
      worker_.compressor.reset(libdeflate_alloc_compressor(level));
      if (!worker_.compressor) throw std::bad_alloc();
      worker_.level = level;
    }
    const size_t bound = libdeflate_zlib_compress_bound(worker_.compressor.get(), size);
    ChunkWriter chunk(sink_, kIDAT);
    uint8_t* const to = sink_.Reserve(bound + 4);
    const size_t compressed = libdeflate_zlib_compress(worker_.compressor.get(), all, size, to, bound);
    if (compressed == 0 || compressed > kMaxChunk) {
      Fail(task_.call, POLYCODEC_RESOLUTION_UNSUPPORTED, "%zu bytes of image data, more than one chunk holds", compressed);
    }
    sink_.Advance(compressed);
    chunk.End();
    return compressed;
  }

  void CheckScratch(uint64_t bytes) {
    if (task_.max_scratch_bytes == 0 || bytes <= task_.max_scratch_bytes) return;
    Fail(task_.call, POLYCODEC_LIMIT_EXCEEDED, "needs %" PRIu64 " bytes of scratch memory, %" PRIu64 " are allowed",
         bytes, task_.max_scratch_bytes);
  }

  EncodeWorker& worker_;
  const polycodec_encode_task& task_;
  const Input& input_;
  Sink& sink_;
  const bool simd_;
};

Preset PresetOf(const char* text) {
  if (std::strcmp(text, "fast") == 0) return Preset::kFast;
  return std::strcmp(text, "best") == 0 ? Preset::kBest : Preset::kDefault;
}

// The ways that a preset tries. The likeliest to be the smallest stands last, for it need not be written again.
std::span<const Way> WaysOf(Preset preset, bool flat) {
  static constexpr Way kFlat[] = {Way::kMatches, Way::kPlain, Way::kFilteredBest, Way::kPlainBest};
  static constexpr Way kPhoto[] = {Way::kRuns, Way::kWeighed, Way::kPlainBest, Way::kWeighed, Way::kFilteredBest};
  switch (preset) {
    case Preset::kFast: return std::span(flat ? kFlat : kPhoto, 1);
    case Preset::kDefault: return std::span((flat ? kFlat : kPhoto) + 1, 1);
    default: return flat ? std::span<const Way>(kFlat).subspan(2) : std::span<const Way>(kPhoto).subspan(2);
  }
}

void WriteImage(EncodeWorker& worker, const polycodec_encode_task& task, const Input& input, Sink& sink, Preset preset,
                bool flat) {
  ImageWriter writer(worker, task, input, sink);
  const std::span<const Way> ways = WaysOf(preset, flat);
  const size_t start = sink.Used();
  Way best = ways.front();
  size_t least = SIZE_MAX;
  for (const Way way : ways) {
    sink.Rewind(start);
    const size_t size = writer.Write(way);
    if (size <= least) least = size, best = way;
  }
  if (best == ways.back()) return;
  sink.Rewind(start);
  writer.Write(best);
}

}  // namespace

polycodec_status Encode(EncodeWorker& worker, const polycodec_encode_task& task) {
  const polycodec_status status = Settle([&] {
    const polycodec_layout& layout = task.input;
    if (layout.dtype != POLYCODEC_UINT8 && layout.dtype != POLYCODEC_UINT16) {
      throw Failure{POLYCODEC_SAMPLE_TYPE_UNSUPPORTED};
    }
    if (layout.channels < 1 || layout.channels > 4) throw Failure{POLYCODEC_NUM_CHANNELS_UNSUPPORTED};
    const Params params(task.params);
    const Preset preset = PresetOf(params.Text("preset", "default"));
    const Input input(layout, task.pixels);
    Sink sink(task.call);
    uint8_t* const row = worker.rows.Take(input.RowBytes() + kRowMargin);
    Reduction& reduction = worker.reduction;
    reduction.format = input.PngFormat();
    if (params.Flag("reduce", true)) reduction.Plan(input, row);
    const bool flat = reduction.format.colorType == kPalette || reduction.format.depth < 8 || IsFlat(input, row);
    // Most pictures need less; a larger sink would be copied.
    sink.Reserve(input.RowBytes() * input.Height() / (flat ? 8 : 2) + 4096);
    WriteHead(sink, task, input, reduction, {.gamma = params.Number("gamma", 0), .cicp = params.Text("cicp", "")});
    WriteImage(worker, task, input, sink, preset, flat);
    ChunkWriter(sink, kIEND).End();
    sink.Finish();
  });
  worker.rows.Trim();
  return status;
}

}  // namespace polycodec::png
