// What OpenJPH gets to read of a high-throughput code stream: one that no damage makes it read or write out of bounds.
#pragma once

#include <cstdint>
#include <span>
#include <vector>

#include <openjph/ojph_arch.h>
#include <openjph/ojph_file.h>

#include "jpeg2k_codestream.hpp"

namespace polycodec::jpeg2k {

// OpenJPH 0.9 believes lengths: those of marker segments, which it reads into arrays of a fixed size, those of tile-parts,
// and those of code blocks, of which it clears what a tile-part lacks, beyond the memory it has taken for the rest. So it
// never sees the file's own headers. It reads a code stream put together here: a main header of the segments that it
// needs, each checked; then every tile as one tile-part, its header made here, with the data of all of the tile's; and one
// byte behind each that the header promises and that cannot be read. A block that is longer than what is there asks for
// that byte, and the Failure that it gets instead comes before the memory is touched.
class OpenJphInput final : public ojph::infile_base {
 public:
  // The code stream must outlive it. Throws Failure (CODESTREAM_UNSUPPORTED) at what OpenJPH does not take or leaves out:
  // several layers, styles of single components and of tiles, other progressions on the way, packed headers.
  OpenJphInput(std::span<const uint8_t> bytes, const CodeStream& stream);

  // What OpenJPH will allocate beside the file's bytes.
  uint64_t StructureBytes() const { return structureBytes_; }

  size_t read(void* to, size_t size) override;
  int seek(ojph::si64 offset, enum infile_base::seek origin) override;
  ojph::si64 tell() override { return static_cast<ojph::si64>(at_); }
  bool eof() override { return at_ >= size_; }

 private:
  struct Piece {
    uint64_t at;                     // where it begins in what OpenJPH reads
    std::span<const uint8_t> bytes;  // without an address: the one that cannot be read
    bool isPackets;                  // not a header's
  };

  size_t CopyHeader(std::span<const uint8_t> bytes, const CodeStream& stream);
  void CollectTiles(std::span<const uint8_t> bytes, const CodeStream& stream, size_t at);
  void Append(std::span<const uint8_t> bytes, bool isPackets = false);
  void CheckPacketHeader(uint8_t byte);

  std::vector<uint8_t> header_, tileHeaders_;
  std::vector<Piece> pieces_;
  uint64_t at_ = 0, size_ = 0;
  size_t piece_ = 0;  // the one that `at_` is in
  uint64_t structureBytes_ = 0;
  uint32_t ones_ = 0;  // bits set in a row, of bytes that were read one by one
  bool isStuffed_ = false;
};

}  // namespace polycodec::jpeg2k
