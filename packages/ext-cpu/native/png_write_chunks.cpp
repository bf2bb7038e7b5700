#include "png_write_chunks.hpp"

#include <algorithm>
#include <cmath>
#include <cstdio>
#include <cstring>
#include <memory>
#include <new>
#include <string>

#include <libdeflate.h>

#include "png_error.hpp"

namespace polycodec::png {
namespace {

void StoreU32(uint8_t* to, uint32_t value) {
  for (int i = 0; i < 4; ++i) to[i] = uint8_t(value >> (24 - 8 * i));
}

std::vector<uint8_t> ZlibCompressed(std::span<const uint8_t> data) {
  const std::unique_ptr<libdeflate_compressor, void (*)(libdeflate_compressor*)> compressor(
      libdeflate_alloc_compressor(6), libdeflate_free_compressor);
  if (!compressor) throw std::bad_alloc();
  std::vector<uint8_t> out(libdeflate_zlib_compress_bound(compressor.get(), data.size()));
  out.resize(libdeflate_zlib_compress(compressor.get(), data.data(), data.size(), out.data(), out.size()));
  return out;
}

// ImageMagick's way to keep what PNG has no chunk for: hexadecimal digits in lines of 36 bytes, and compressed.
std::vector<uint8_t> RawProfile(const char* name, std::span<const uint8_t> data) {
  std::string text = std::string("\n") + name + "\n" + std::to_string(data.size());
  for (size_t i = 0; i < data.size(); ++i) {
    char digits[3];
    std::snprintf(digits, sizeof digits, "%02x", data[i]);
    if (i % 36 == 0) text += '\n';
    text += digits;
  }
  text += '\n';
  return ZlibCompressed({reinterpret_cast<const uint8_t*>(text.data()), text.size()});
}

class HeadWriter {
 public:
  HeadWriter(Sink& sink, const polycodec_encode_task& task) : sink_(sink), task_(task) {}

  void Run(const Input& input, const Reduction& reduction, const ColorFacts& facts) {
    static constexpr uint8_t kSignature[] = {0x89, 'P', 'N', 'G', '\r', '\n', 0x1a, '\n'};
    std::memcpy(sink_.Reserve(sizeof kSignature), kSignature, sizeof kSignature);
    sink_.Advance(sizeof kSignature);
    Header(input, reduction.format);
    Colors(input, facts);
    // The profile belongs before the palette, all else may follow it.
    Metadata(POLYCODEC_METADATA_ICC_PROFILE);
    if (reduction.format.colorType == kPalette) Palette(reduction.colors);
    for (const int32_t kind : {POLYCODEC_METADATA_EXIF, POLYCODEC_METADATA_XMP, POLYCODEC_METADATA_IPTC,
                               POLYCODEC_METADATA_COMMENT}) {
      Metadata(kind);
    }
    RefuseOthers();
  }

 private:
  void Header(const Input& input, const Format& format) {
    ChunkWriter chunk(sink_, ChunkType("IHDR"));
    chunk.WriteU32(input.Width());
    chunk.WriteU32(input.Height());
    const uint8_t rest[] = {format.depth, format.colorType, 0, 0, 0};
    chunk.Write(rest);
    chunk.End();
  }

  void Colors(const Input& input, const ColorFacts& facts) {
    uint32_t cicp[4];
    if (std::sscanf(facts.cicp, "%u/%u/%u/%u", cicp, cicp + 1, cicp + 2, cicp + 3) == 4) {
      ChunkWriter chunk(sink_, ChunkType("cICP"));
      for (const uint32_t value : cicp) chunk.WriteU8(uint8_t(value));
      chunk.End();
    }
    if (facts.gamma > 0) {
      ChunkWriter chunk(sink_, ChunkType("gAMA"));
      chunk.WriteU32(uint32_t(std::lround(facts.gamma * 100000)));
      chunk.End();
    }
    if (input.IsScaled()) {
      ChunkWriter chunk(sink_, ChunkType("sBIT"));
      for (uint32_t c = 0; c < input.Channels(); ++c) chunk.WriteU8(uint8_t(input.Precision()));
      chunk.End();
    }
  }

  void Palette(const ColorTable& table) {
    ChunkWriter palette(sink_, ChunkType("PLTE"));
    uint32_t transparent = 0;
    for (const uint32_t color : table.Colors()) {
      uint8_t bytes[4];
      std::memcpy(bytes, &color, 4);
      palette.Write({bytes, 3});
      transparent += bytes[3] != 255;
    }
    palette.End();
    // RGBA stays RGBA even if all of it is opaque: one entry says so.
    if (task_.input.channels != 4) return;
    ChunkWriter alpha(sink_, ChunkType("tRNS"));
    for (uint32_t i = 0; i < std::max(1u, transparent); ++i) {
      uint8_t bytes[4];
      std::memcpy(bytes, &table.Colors()[i], 4);
      alpha.WriteU8(bytes[3]);
    }
    alpha.End();
  }

  void Metadata(int32_t kind) {
    bool written = false;
    for (size_t i = 0; i < task_.metadata_count; ++i) {
      const polycodec_metadata& piece = task_.metadata[i];
      if (piece.kind != kind) continue;
      const bool single = kind == POLYCODEC_METADATA_EXIF || kind == POLYCODEC_METADATA_ICC_PROFILE;
      if (single && written) {
        Fail(task_.call, POLYCODEC_FAIL, "a PNG holds one %s", kind == POLYCODEC_METADATA_EXIF ? "EXIF" : "ICC profile");
      }
      Piece(kind, {piece.data, piece.size});
      written = true;
    }
  }

  void Piece(int32_t kind, std::span<const uint8_t> data) {
    switch (kind) {
      case POLYCODEC_METADATA_ICC_PROFILE: {
        ChunkWriter chunk(sink_, ChunkType("iCCP"));
        chunk.WriteText("ICC profile\0\0", 13);
        chunk.Write(ZlibCompressed(data));
        return chunk.End();
      }
      case POLYCODEC_METADATA_EXIF: {
        ChunkWriter chunk(sink_, ChunkType("eXIf"));
        chunk.Write(data);
        return chunk.End();
      }
      case POLYCODEC_METADATA_XMP: {
        ChunkWriter chunk(sink_, ChunkType("iTXt"));
        chunk.WriteText("XML:com.adobe.xmp\0\0\0\0\0", 22);
        chunk.Write(data);
        return chunk.End();
      }
      case POLYCODEC_METADATA_IPTC: {
        ChunkWriter chunk(sink_, ChunkType("zTXt"));
        chunk.WriteText("Raw profile type iptc\0\0", 23);
        chunk.Write(RawProfile("iptc", data));
        return chunk.End();
      }
      default: {
        const bool ascii = std::all_of(data.begin(), data.end(), [](uint8_t byte) { return byte > 0 && byte < 128; });
        ChunkWriter chunk(sink_, ascii ? ChunkType("tEXt") : ChunkType("iTXt"));
        ascii ? chunk.WriteText("Comment\0", 8) : chunk.WriteText("Comment\0\0\0\0\0", 12);
        // A NUL would end the text for most readers.
        for (const uint8_t byte : data) chunk.WriteU8(byte == 0 ? ' ' : byte);
        return chunk.End();
      }
    }
  }

  void RefuseOthers() {
    for (size_t i = 0; i < task_.metadata_count; ++i) {
      const int32_t kind = task_.metadata[i].kind;
      if (kind < POLYCODEC_METADATA_EXIF || kind > POLYCODEC_METADATA_COMMENT) {
        Fail(task_.call, POLYCODEC_FAIL, "metadata of kind %d has no place in a PNG", kind);
      }
    }
  }

  Sink& sink_;
  const polycodec_encode_task& task_;
};

}  // namespace

ChunkWriter::ChunkWriter(Sink& sink, uint32_t type) : sink_(sink), start_(sink.Used()) {
  uint8_t* to = sink.Reserve(8);
  StoreU32(to + 4, type);
  sink.Advance(8);
}

void ChunkWriter::Write(std::span<const uint8_t> bytes) {
  if (bytes.empty()) return;
  std::memcpy(sink_.Reserve(bytes.size()), bytes.data(), bytes.size());
  sink_.Advance(bytes.size());
}

void ChunkWriter::WriteU32(uint32_t value) {
  StoreU32(sink_.Reserve(4), value);
  sink_.Advance(4);
}

void ChunkWriter::WriteText(const char* text, size_t size) { Write({reinterpret_cast<const uint8_t*>(text), size}); }

void ChunkWriter::End() {
  const size_t size = sink_.Used() - start_ - 8;
  uint8_t* head = sink_.At(start_);
  StoreU32(head, uint32_t(size));
  WriteU32(libdeflate_crc32(0, sink_.At(start_ + 4), size + 4));
}

void WriteHead(Sink& sink, const polycodec_encode_task& task, const Input& input, const Reduction& reduction,
               const ColorFacts& facts) {
  HeadWriter(sink, task).Run(input, reduction, facts);
}

}  // namespace polycodec::png
