#include "png_encode.hpp"

#include <algorithm>
#include <cinttypes>
#include <cstring>
#include <new>

#include <polycodec.hpp>

#include "png_error.hpp"
#include "png_write_chunks.hpp"

namespace polycodec::png {
namespace {

enum class Preset { kFast, kDefault, kBest };

// Filtered bytes in a block of the fast preset: enough that the codes' description does not count, few enough that the
// codes suit what is in it and that all stays in the second cache.
constexpr size_t kBlock = size_t{256} << 10;

// libdeflate's levels. Photographs hold few matches: looking for more of them costs much and gains little.
constexpr int kDefaultPhoto = 4, kDefaultFlat = 6, kBestLevel = 9;

constexpr uint32_t kIDAT = ChunkType("IDAT"), kIEND = ChunkType("IEND");
constexpr size_t kMaxChunk = 0x7fffffff;

class ImageWriter {
 public:
  ImageWriter(EncodeWorker& worker, const polycodec_encode_task& task, const Input& input, Sink& sink)
      : worker_(worker), task_(task), input_(input), sink_(sink), simd_(host->simd != 0 && HasFastFilter()) {}

  // Rows in windows of a block, with what came before them where matches are looked for.
  void WriteFast(bool flat) {
    FilteredRowSource rows(worker_, input_, !flat, simd_);
    const size_t rowBytes = rows.RowBytes(), history = flat ? kMaxDistance : 0;
    const size_t perBlock = std::max<size_t>(1, kBlock / rowBytes);
    CheckScratch(history + perBlock * rowBytes);
    uint8_t* const window = worker_.rows.Take(history + perBlock * rowBytes + kRowMargin);
    worker_.matches.Reset();
    worker_.blocks.Begin();
    uint32_t adler = 1;
    size_t begin = 0;  // where the block begins in the window
    // An IDAT ends before its length could overflow; blocks do not care.
    auto chunk = std::make_unique<ChunkWriter>(sink_, kIDAT);
    size_t chunkStart = sink_.Used();
    static constexpr uint8_t kZlibHeader[] = {0x78, 0x01};  // a window of 32 KiB, the fastest compression
    chunk->Write(kZlibHeader);
    for (uint32_t y = 0; y < input_.Height();) {
      StopIfCancelled(task_.call);
      const uint32_t count = uint32_t(std::min<size_t>(perBlock, input_.Height() - y));
      for (uint32_t i = 0; i < count; ++i) rows.Next(window + begin + rowBytes * i);
      y += count;
      const size_t size = rowBytes * count;
      uint8_t* const block = window + begin;
      worker_.tokens.clear();
      flat ? worker_.matches.Find(window, begin, begin + size, worker_.tokens) : FindRuns(block, size, worker_.tokens);
      adler = libdeflate_adler32(adler, block, size);
      worker_.blocks.Write(sink_, block, size, worker_.tokens, y == input_.Height());
      if (sink_.Used() - chunkStart > kMaxChunk / 2) {
        chunk->End();
        chunk = std::make_unique<ChunkWriter>(sink_, kIDAT);
        chunkStart = sink_.Used();
      }
      if (!flat) continue;
      const size_t end = begin + size, lost = end > history ? end - history : 0;
      std::memmove(window, window + lost, end - lost);
      worker_.matches.Slide(lost);
      begin = end - lost;
    }
    chunk->WriteU32(adler);
    chunk->End();
  }

  // All rows, filtered, and then compressed at once, with libdeflate where matches help. Returns the image data's size.
  size_t WriteWhole(bool adaptive, int level) {
    FilteredRowSource rows(worker_, input_, adaptive, simd_);
    const size_t rowBytes = rows.RowBytes(), height = input_.Height();
    const uint64_t size = uint64_t{rowBytes} * height;
    CheckScratch(size);
    uint8_t* const filtered = worker_.rows.Take(size + kRowMargin);
    for (size_t y = 0; y < height; ++y) {
      if (y % 16 == 0) StopIfCancelled(task_.call);
      rows.Next(filtered + rowBytes * y);
    }
    StopIfCancelled(task_.call);
    if (worker_.level != level) {
      worker_.compressor.reset(libdeflate_alloc_compressor(level));
      if (!worker_.compressor) throw std::bad_alloc();
      worker_.level = level;
    }
    if (adaptive && !MatchesHelp(filtered, size)) return WriteRuns(filtered, size);
    const size_t bound = libdeflate_zlib_compress_bound(worker_.compressor.get(), size);
    ChunkWriter chunk(sink_, kIDAT);
    uint8_t* const to = sink_.Reserve(bound + 4);
    const size_t compressed = libdeflate_zlib_compress(worker_.compressor.get(), filtered, size, to, bound);
    if (compressed == 0 || compressed > kMaxChunk) {
      Fail(task_.call, POLYCODEC_RESOLUTION_UNSUPPORTED, "%zu bytes of image data, more than one chunk holds", compressed);
    }
    sink_.Advance(compressed);
    chunk.End();
    return compressed;
  }

 private:
  // Does looking for matches make these filtered bytes smaller than their Huffman codes alone? In grainy photographs it
  // makes them larger, and takes seven times as long. Tries two samples, or all if that is little.
  bool MatchesHelp(const uint8_t* filtered, size_t size) {
    const size_t sample = std::min(size, kBlock / 2);
    const size_t places[] = {size / 3, size / 3 * 2};
    const size_t start = sink_.Used();
    size_t plain = 0, matched = 0;
    for (size_t at : places) {
      at = std::min(at, size - sample);
      worker_.tokens.clear();
      FindRuns(filtered + at, sample, worker_.tokens);
      worker_.blocks.Begin();
      worker_.blocks.Write(sink_, filtered + at, sample, worker_.tokens, true);
      plain += sink_.Used() - start;
      sink_.Rewind(start);
      const size_t bound = libdeflate_deflate_compress_bound(worker_.compressor.get(), sample);
      matched += libdeflate_deflate_compress(worker_.compressor.get(), filtered + at, sample, sink_.Reserve(bound), bound);
    }
    return matched < plain;
  }

  // Filtered bytes as runs and Huffman codes. Returns the size of the image data.
  size_t WriteRuns(const uint8_t* filtered, size_t size) {
    ChunkWriter chunk(sink_, kIDAT);
    const size_t start = sink_.Used();
    static constexpr uint8_t kZlibHeader[] = {0x78, 0x5e};
    chunk.Write(kZlibHeader);
    worker_.blocks.Begin();
    for (size_t at = 0; at < size;) {
      StopIfCancelled(task_.call);
      const size_t part = std::min(kBlock, size - at);
      worker_.tokens.clear();
      FindRuns(filtered + at, part, worker_.tokens);
      worker_.blocks.Write(sink_, filtered + at, part, worker_.tokens, at + part == size);
      at += part;
    }
    chunk.WriteU32(libdeflate_adler32(1, filtered, size));
    chunk.End();
    const size_t written = sink_.Used() - start;
    if (written > kMaxChunk) Fail(task_.call, POLYCODEC_RESOLUTION_UNSUPPORTED, "more image data than one chunk holds");
    return written;
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

void WriteImage(EncodeWorker& worker, const polycodec_encode_task& task, const Input& input, Sink& sink, Preset preset,
                bool flat) {
  ImageWriter writer(worker, task, input, sink);
  switch (preset) {
    case Preset::kFast: writer.WriteFast(flat); break;
    case Preset::kDefault: writer.WriteWhole(!flat, flat ? kDefaultFlat : kDefaultPhoto); break;
    case Preset::kBest: {
      // Which is better cannot be told before; so both are tried, the likelier last, for it need not be written again.
      const size_t start = sink.Used();
      const size_t other = writer.WriteWhole(flat, kBestLevel);
      sink.Rewind(start);
      if (writer.WriteWhole(!flat, kBestLevel) <= other) break;
      sink.Rewind(start);
      writer.WriteWhole(flat, kBestLevel);
    }
  }
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
