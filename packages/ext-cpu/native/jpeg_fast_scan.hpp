// A sequential scan of all components: from coded data to rows of pixels, chunk by chunk.
//
// A chunk is as many MCUs as have at most kMostBlocksPerChunk blocks. Its coefficients lie in the nearest cache from the
// entropy loop, which writes them one by one, to the inverse transform, which takes them by the register: far enough
// apart in time that the one does not wait for the other's stores, near enough that they never leave that cache.
#pragma once

#include <array>
#include <cstdint>
#include <memory>
#include <span>
#include <vector>

#include <polycodec.h>

#include "jpeg_fast_entropy.hpp"
#include "jpeg_fast_geometry.hpp"
#include "jpeg_fast_header.hpp"
#include "jpeg_fast_idct.hpp"
#include "jpeg_fast_segments.hpp"
#include "jpeg_fast_strips.hpp"

namespace polycodec::jpeg::fast {

// What all bands of a picture share while it is decoded.
struct Picture {
  Header header;
  Geometry geometry;
  std::array<Quantization, 3> quantization;  // by component
  std::array<const CodeTables*, 3> tables{};
  unsigned tableBits = 0;  // the tables' width
};

// What Band::Decode returns when the user has cancelled.
inline constexpr char kCancelled[] = "cancelled";

// Rows of MCUs, decoded one after the other. Kept from picture to picture.
class Band {
 public:
  explicit Band(Level level);

  // Bytes that a picture takes, at most.
  static uint64_t Bytes(const Geometry& geometry);

  // Decodes rows [begin, end) of MCUs, whose data is `coded`: from behind a marker to behind the end of the picture.
  // Null, or what is irregular. `cancelled` is asked by the row.
  const char* Decode(const Picture& picture, const polycodec_decode_task& task, std::span<const uint8_t> coded, uint32_t begin, uint32_t end);

  // The same in steps, between which another band may take some of its own. Begin and TakeRun put up blocks for the
  // entropy loop (`bits`, `run`), to be taken once the run is over. False: all is done, and `reason` as of Decode.
  bool Begin(const Picture& picture, const polycodec_decode_task& task, std::span<const uint8_t> coded, uint32_t begin, uint32_t end);
  bool TakeRun();
  // All steps that are left.
  void Continue();
  BitState& bits() { return segments_.bits; }
  BlockRun run;
  const char* reason() const { return reason_; }

  Strips& strips() { return strips_; }

 private:
  struct alignas(64) Coefficients {
    int16_t groups[(kMostBlocksPerChunk / kGroupBlocks + 10) * kGroupCoefficients];
    int16_t scratch[kGroupCoefficients];
  };

  void PlanBlocks();
  bool BeginRow();
  void BeginChunk();
  bool BeginRun();
  bool Stop(const char* reason);
  bool AddDc(uint32_t first, uint32_t count);
  RangeFlags Transform();
  void Clear();

  const Level level_;
  Segments segments_;
  const IdctKernels idct_;
  std::unique_ptr<Coefficients> coefficients_;
  std::vector<Block> blocks_;  // a chunk's, and two sentinels
  Strips strips_;

  const Picture* picture_ = nullptr;
  const polycodec_decode_task* task_ = nullptr;
  EntropyFn entropy_ = nullptr;
  uint32_t row_ = 0, rowEnd_ = 0;          // of MCUs
  uint32_t column_ = 0, chunk_ = 0;        // where the chunk begins, and its MCUs
  uint32_t done_ = 0, runMcus_ = 0;        // of the chunk; of them in the run
  Block kept_[2];                          // in whose places sentinels stand
  const char* reason_ = nullptr;
  uint32_t chunkMcus_ = 0, blocksPerMcu_ = 0, groups_ = 0;
  std::array<uint32_t, 3> firstGroup_{};   // by component
  std::array<uint32_t, 3> groupsAcross_{}; // of a row of a component's blocks
  std::array<uint32_t, kMostBlocksPerChunk / kGroupBlocks + 10> lasts_{};  // by group: its blocks' last coefficient
  std::array<int, 3> predictions_{};
};

}  // namespace polycodec::jpeg::fast
