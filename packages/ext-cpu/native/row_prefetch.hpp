// Asks memory for rows of pixels a few cache lines at a time, while other work is done: rows to be read, and rows to be
// written, which memory must give first too. A picture's rows lie side by side, and what goes through them in turn is more
// than the CPU foresees by itself. No nearer than the second cache: the nearest one is in use.
#pragma once

#include <cstdint>

namespace polycodec {

class RowPrefetch {
 public:
  // `rows` rows of `rowBytes` bytes, at `first` and every `stride` bytes behind it, in about `calls` calls of Ask. What is
  // left of rows before them is forgotten.
  void Begin(const uint8_t* first, uint64_t rowBytes, uint64_t stride, uint32_t rows, uint64_t calls) {
    at_ = first;
    rowEnd_ = first + rowBytes;
    rowBytes_ = rowBytes;
    stride_ = stride;
    rowsLeft_ = rows;
    linesAtATime_ = static_cast<uint32_t>(rows * (rowBytes / kCacheLine + 1) / calls + 1);
  }

  void Ask() {
    for (uint32_t line = 0; line < linesAtATime_ && rowsLeft_ != 0; ++line) {
      constexpr int kToRead = 0, kToSecondCache = 2;
      __builtin_prefetch(at_, kToRead, kToSecondCache);
      at_ += kCacheLine;
      if (at_ < rowEnd_) continue;
      rowEnd_ += stride_;
      at_ = rowEnd_ - rowBytes_;
      --rowsLeft_;
    }
  }

  void AskForAll() {
    while (rowsLeft_ != 0) Ask();
  }

 private:
  static constexpr uint64_t kCacheLine = 64;

  const uint8_t* at_ = nullptr;
  const uint8_t* rowEnd_ = nullptr;
  uint64_t rowBytes_ = 0, stride_ = 0;
  uint32_t rowsLeft_ = 0, linesAtATime_ = 0;
};

}  // namespace polycodec
