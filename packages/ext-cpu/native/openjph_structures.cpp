#include "openjph_structures.hpp"

#include <algorithm>
#include <bit>

#include "jpeg2k_failure.hpp"

namespace polycodec::jpeg2k {
namespace {

// Upper bounds of sizeof in OpenJPH, each with the padding that its allocator adds.
constexpr uint64_t kTileBytes = 512, kTileComponentBytes = 512, kResolutionBytes = 1536, kPrecinctBytes = 128,
                   kBlockBytes = 320, kLineBytes = 160;
// Of each code block: its header, and what stands around its bytes.
constexpr uint64_t kBlockHeaderBytes = 128;
constexpr uint32_t kLines = 6;

// Block decoders write two rows at a time, and refine four: the buffer of a block must have them, however few it has itself.
constexpr uint32_t kMinBlockHeight = 2;

[[noreturn]] void Refuse(const char* what) { Fail(POLYCODEC_CODESTREAM_UNSUPPORTED, "%s is not for OpenJPH", what); }

// The picture along one axis of the reference grid.
struct Axis {
  uint32_t from, to, origin, step, tiles;
};

// One resolution of a component along an axis, summed over the tiles.
struct Sums {
  uint64_t samples = 0, precincts = 0;
  uint64_t blocks[2] = {};  // of bands that are low-pass along the axis, and of those that are high-pass
};

uint32_t BlocksBetween(uint32_t begin, uint32_t end, uint32_t size) {
  return begin == end ? 0 : CeilShift(end, size) - (begin >> size);
}

Sums SumUp(const Axis& axis, uint32_t subsampling, uint32_t shift, bool isLowest, uint32_t precinct, uint32_t block) {
  Sums sums;
  for (uint32_t tile = 0; tile < axis.tiles; ++tile) {
    const uint64_t edge = axis.origin + uint64_t{tile} * axis.step;
    const uint32_t begin = CeilDiv(static_cast<uint32_t>(std::max<uint64_t>(edge, axis.from)), subsampling);
    const uint32_t end = CeilDiv(static_cast<uint32_t>(std::min<uint64_t>(edge + axis.step, axis.to)), subsampling);
    // OpenJPH makes no line for a band without samples, and gives out the pointer to it all the same.
    if (begin == end) Refuse("a tile that has no sample of a component");
    const uint32_t first = CeilShift(begin, shift), last = CeilShift(end, shift);
    sums.samples += last - first;
    sums.precincts += BlocksBetween(first, last, precinct);
    if (isLowest) {
      sums.blocks[0] += BlocksBetween(first, last, block);
    } else {
      sums.blocks[0] += BlocksBetween(CeilShift(first, 1), CeilShift(last, 1), block);
      sums.blocks[1] += BlocksBetween(first / 2, last / 2, block);
    }
  }
  return sums;
}

}  // namespace

uint64_t CheckStructures(const CodeStream& stream, const BlockStyle& style) {
  const auto& components = stream.components;
  if (style.mixesColors) {
    // It takes the first three components' lines together, whatever their lengths, and only in step with the others.
    if (components.size() < 3) Refuse("a colour transform of fewer than three components");
    for (const Component& component : components) {
      if (component.dx != components[0].dx || component.dy != components[0].dy) Refuse("a colour transform with coarser components");
    }
  }
  const Axis across{stream.x0, stream.x1, stream.tileX0, stream.tileWidth, stream.tilesAcross};
  const Axis down{stream.y0, stream.y1, stream.tileY0, stream.tileHeight, stream.tilesDown};
  // It counts tiles, and places their edges, in 32 bits: a tile that almost fills them makes none.
  for (const Axis& axis : {across, down}) {
    if (axis.origin + uint64_t{axis.step} * (axis.tiles + uint64_t{1}) > INT32_MAX) Refuse("tiles that reach beyond 2^31");
  }
  uint64_t bytes = stream.Tiles() * (kTileBytes + components.size() * kTileComponentBytes);
  uint32_t depth = 0;  // of the trees that say which code blocks a precinct has, as far as they are filled
  for (uint32_t r = 0; r <= style.levels; ++r) {
    const uint32_t halve = r == 0 ? 0 : 1, bands = r == 0 ? 1 : 4;
    const uint32_t precinctWidth = style.precincts[r] & 15, precinctHeight = style.precincts[r] >> 4;
    if (precinctWidth < halve || precinctHeight < halve) Refuse("a precinct of no samples");
    const uint32_t width = std::min(style.blockWidth, precinctWidth - halve);
    const uint32_t height = std::min(style.blockHeight, precinctHeight - halve);
    if (height < kMinBlockHeight) Refuse("a precinct of so few rows");
    const uint32_t deepest = std::max(precinctWidth - halve - width, precinctHeight - halve - height);
    const uint64_t blockBytes = kBlockBytes + (uint64_t{std::max(8u, 1u << width)} << height) * sizeof(uint32_t);
    for (const Component& component : components) {
      const uint32_t shift = style.levels - r;
      const Sums x = SumUp(across, component.dx, shift, r == 0, precinctWidth, width);
      const Sums y = SumUp(down, component.dy, shift, r == 0, precinctHeight, height);
      bytes += stream.Tiles() * kResolutionBytes + x.precincts * y.precincts * kPrecinctBytes;
      const uint64_t lineBytes = x.samples * sizeof(int32_t) + stream.tilesAcross * kLineBytes;
      bytes += kLines * lineBytes * stream.tilesDown;
      // A row of code blocks is there for each band of each tile, which 0 is in the lowest resolution alone.
      for (uint32_t band = halve; band < bands; ++band) {
        const uint64_t columns = x.blocks[band & 1], rows = y.blocks[band >> 1];
        depth = std::max(depth, std::min<uint32_t>(deepest, std::bit_width(std::max(columns, rows))));
        bytes += stream.tilesDown * (columns * blockBytes + lineBytes) + columns * rows * kBlockHeaderBytes;
      }
    }
  }
  return bytes + (uint64_t{16} << 2 * depth) / 3;
}

}  // namespace polycodec::jpeg2k
