// From an image in memory to a chunk's samples, with the picture's edges continued.
#pragma once

#include <array>
#include <cstdint>

#include <polycodec.h>

#include "../row_prefetch.hpp"
#include "chunk.hpp"
#include "color.hpp"
#include "level.hpp"

namespace polycodec::jpeg_encode {

enum class PixelKind { kGray, kColor, kYuv, kUnsupported };
PixelKind KindOf(const polycodec_layout& input);

class ChunkReader {
 public:
  // Starts on another image, which stays where it is.
  void Begin(const polycodec_layout& input, const uint8_t* pixels, Level level);

  // Fills `count` rows of the planes from the image's row `y` and column `x` on: of kChunkWidth samples, of which those
  // beyond the right edge repeat the last in the image, and rows beyond the lower edge the last row. Gray images fill Y.
  void Read(uint32_t y, uint32_t x, unsigned count, SamplePlanes& to);

  // While it is read, `count` rows from `y` on, as many chunks as a row has, will be wanted next; those that the image has.
  void Announce(uint32_t y, unsigned count, unsigned chunks);
  // Asks memory for a part of that, to be called about a dozen times a chunk while other work is done. Rows a whole row of
  // MCUs ahead, in the order of memory, made an encode of 1080p a tenth to a seventh faster than the next chunks' rows did,
  // asked for two chunks ahead.
  void Prefetch() { prefetch_.Ask(); }
  // Asks for `count` rows from `y` on at once: an image's first ones, which nobody could announce.
  void PrefetchRows(uint32_t y, unsigned count);

 private:
  void ReadColor(uint32_t y, uint32_t x, unsigned count, SamplePlanes& to);
  const uint8_t* Staged(uint64_t offset, unsigned width, unsigned row);
  void ReadPlane(unsigned plane, uint32_t y, uint32_t x, unsigned count, Plane& to) const;
  void ReadInterleavedYuv(uint32_t y, uint32_t x, unsigned count, SamplePlanes& to) const;
  uint64_t OffsetOf(uint32_t y, uint32_t x) const { return input_.row_stride * y + uint64_t{x} * step_; }

  polycodec_layout input_{};
  const uint8_t* pixels_ = nullptr;
  PixelKind kind_ = PixelKind::kUnsupported;
  bool planar_ = false;
  unsigned step_ = 0;                  // bytes from a pixel to the next, where they are interleaved
  std::array<unsigned, 3> channels_{}; // of red, green and blue among planes
  ConvertColor convert_ = nullptr;
  uint64_t bytes_ = 0;                 // of the image's first plane, to its last pixel
  RowPrefetch prefetch_;
  // Pixels of a chunk that cannot be read in place: at the end of memory, or from planes.
  alignas(64) uint8_t staged_[kChunkRows][kChunkWidth * 4 + kColorReadsBeyond];
};

}  // namespace polycodec::jpeg_encode
