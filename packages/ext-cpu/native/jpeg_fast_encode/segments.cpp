#include "segments.hpp"

namespace polycodec::jpeg_encode {
namespace {

constexpr unsigned kSoi = 0xffd8, kApp0 = 0xffe0, kDqt = 0xffdb, kSof0 = 0xffc0, kSof1 = 0xffc1, kDht = 0xffc4,
                   kDri = 0xffdd, kSos = 0xffda;

void WriteQuantTable(const QuantTable& table, unsigned id, Output& to) {
  const bool words = table.NeedsWords();
  to.Word(kDqt);
  to.Word(words ? 2 + 1 + 128 : 2 + 1 + 64);
  to.Byte(words ? 0x10 | id : id);
  for (const uint8_t natural : kNaturalOrder) {
    if (words) to.Byte(table.step[natural] >> 8);
    to.Byte(table.step[natural] & 255);
  }
}

void WriteHuffmanTable(const HuffmanTable& table, unsigned classAndId, Output& to) {
  const unsigned symbols = table.SymbolCount();
  to.Word(kDht);
  to.Word(2 + 1 + 16 + symbols);
  to.Byte(classAndId);
  to.Append(table.counts);
  to.Append({table.symbols.data(), symbols});
}

void WriteFrame(const FrameHeader& frame, bool extended, Output& to) {
  const unsigned components = HasChroma(frame.sampling) ? 3 : 1;
  to.Word(extended ? kSof1 : kSof0);
  to.Word(8 + 3 * components);
  to.Byte(8);
  to.Word(frame.height);
  to.Word(frame.width);
  to.Byte(components);
  for (unsigned c = 0; c < components; ++c) {
    to.Byte(c + 1);
    to.Byte(c == 0 ? BlocksAcross(frame.sampling) << 4 | BlocksDown(frame.sampling) : 0x11);
    to.Byte(c == 0 ? 0 : 1);
  }
}

void WriteScan(const FrameHeader& frame, Output& to) {
  const unsigned components = HasChroma(frame.sampling) ? 3 : 1;
  to.Word(kSos);
  to.Word(6 + 2 * components);
  to.Byte(components);
  for (unsigned c = 0; c < components; ++c) {
    to.Byte(c + 1);
    to.Byte(c == 0 ? 0x00 : 0x11);
  }
  to.Byte(0);
  to.Byte(63);
  to.Byte(0);
}

}  // namespace

void WriteFileStart(std::span<const uint8_t> metadata, Output& to) {
  to.Word(kSoi);
  // JFIF 1.01; pixels are square, of no size; no thumbnail.
  static constexpr uint8_t kJfif[] = {'J', 'F', 'I', 'F', 0, 1, 1, 0, 0, 1, 0, 1, 0, 0};
  to.Word(kApp0);
  to.Word(2 + sizeof kJfif);
  to.Append(kJfif);
  to.Append(metadata);
}

void WriteHeaders(const FrameHeader& frame, const QuantTable& luma, const QuantTable& chroma,
                  const HuffmanTables& tables, Output& to) {
  const bool hasChroma = HasChroma(frame.sampling);
  WriteQuantTable(luma, 0, to);
  if (hasChroma) WriteQuantTable(chroma, 1, to);
  WriteFrame(frame, luma.NeedsWords() || (hasChroma && chroma.NeedsWords()), to);
  WriteHuffmanTable(tables.lumaDc, 0x00, to);
  WriteHuffmanTable(tables.lumaAc, 0x10, to);
  if (hasChroma) {
    WriteHuffmanTable(tables.chromaDc, 0x01, to);
    WriteHuffmanTable(tables.chromaAc, 0x11, to);
  }
  if (frame.restartInterval != 0) {
    to.Word(kDri);
    to.Word(4);
    to.Word(frame.restartInterval);
  }
  WriteScan(frame, to);
}

}  // namespace polycodec::jpeg_encode
