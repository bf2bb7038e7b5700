// A progressive picture: from the data of all scans to rows of pixels.
//
// Plainly, one decodes scan after scan into a buffer of all coefficients, and transforms that at the end: for each of
// ten scans the whole buffer goes through the caches, 36 MB of it for 12 megapixels. But no scan looks farther than its
// own block; so all scans are decoded side by side, some rows of MCUs of each before the next rows of any. The buffer
// has those rows only, and stays in a near cache.
//
// On several threads the scans are a conveyor: while a thread takes some rows through the first few scans, another one
// takes the rows before through the next scans, and the last one also to pixels. So one picture's Huffman codes are read
// by several threads at once, though no scan can be read from its middle.
#pragma once

#include <array>
#include <atomic>
#include <cstdint>
#include <memory>
#include <vector>

#include <polycodec.h>

#include "jpeg_fast_idct.hpp"
#include "jpeg_fast_progression.hpp"
#include "jpeg_fast_progressive_scan.hpp"
#include "jpeg_fast_scan.hpp"
#include "jpeg_fast_strips.hpp"

namespace polycodec::jpeg::fast {

// Kept from picture to picture.
class Progressive {
 public:
  explicit Progressive(Level level);

  // Decodes the picture whose headers are in `picture` and whose scans in `progression`. Null, or what is irregular.
  const char* Decode(const Picture& picture, Progression& progression, const polycodec_decode_task& task);

 private:
  struct alignas(64) Coefficients {
    int16_t block[kBlockCoefficients];
  };
  struct alignas(64) Group {
    int16_t coefficients[kGroupCoefficients];
  };

  void PlanBlocks(const Picture& picture);
  const char* PlanMemory(const polycodec_decode_task& task);
  void PlanGroups(Progression& progression, uint32_t threads);
  const char* Convey(const polycodec_decode_task& task, uint32_t swaths);
  void Work(size_t group, uint32_t swath);
  const char* Transform(uint32_t row, int16_t* coefficients);
  int16_t* Place(uint32_t swath) { return memory_[size_t{swath % (groups_.size() - 1)} * rowsPerSwath_ * planes_.blocksPerRow].block; }

  const Level level_;
  const IdctKernels idct_;
  const ProgressiveKernels kernels_;
  std::vector<std::unique_ptr<ScanDecoder>> decoders_;
  Strips strips_;
  Group group_{};

  const Picture* picture_ = nullptr;
  BlockPlanes planes_;
  size_t scans_ = 0;            // that are decoded
  uint32_t rowsPerSwath_ = 1;   // of MCUs; a swath is what is decoded at once
  // Stages are the scans and then the transform; a group of them is what one thread does to a swath. Their first
  // stages, and the number of all behind the last. As many swaths are in work as there are groups.
  std::vector<size_t> groups_;
  std::unique_ptr<Coefficients[]> memory_;  // zeros between pictures
  size_t blocks_ = 0;           // that memory_ has
  std::atomic<const char*> reason_{nullptr};
};

}  // namespace polycodec::jpeg::fast
