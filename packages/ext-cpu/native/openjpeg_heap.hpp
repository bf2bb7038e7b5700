// Keeps the memory of one picture for the next one.
#pragma once

#include <cstddef>
#include <cstdint>
#include <memory>
#include <new>
#include <utility>

namespace polycodec::jpeg2k {

// OpenJPEG takes its memory from malloc and gives it back after each picture. glibc passes the end of a thread's heap on to
// the system when it is large and free, so that the next picture begins with thousands of page faults: 7 % of the time of a
// picture of two megapixels. A block that is held behind the samples, and never touched, makes that they are not the end.
// What stays is what a picture needed, at most the 64 MiB of a thread's heap; trimMemory() gives it back.
class HeapEnd {
 public:
  // To be called while the samples are there. Where malloc finds another place for the block, what was kept stays, and it
  // is tried again with the next picture. The block is too large for the gaps that a picture's small structures leave.
  void KeepBehind(const void* samples) {
    if (IsBehind(block_.get(), samples)) return;
    std::unique_ptr<std::byte[]> next(new (std::nothrow) std::byte[kBlockBytes]);
    if (IsBehind(next.get(), samples)) block_ = std::move(next);
  }

 private:
  static constexpr size_t kBlockBytes = size_t{1} << 20, kHeapBytes = size_t{64} << 20;

  static bool IsBehind(const void* block, const void* samples) {
    const auto at = reinterpret_cast<uintptr_t>(block), begin = reinterpret_cast<uintptr_t>(samples);
    return at > begin && at - begin < kHeapBytes;
  }

  std::unique_ptr<std::byte[]> block_;
};

}  // namespace polycodec::jpeg2k
