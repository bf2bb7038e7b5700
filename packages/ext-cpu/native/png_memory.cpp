#include "png_memory.hpp"

#include <cstdlib>
#include <new>

#if defined(__linux__)
#include <sys/mman.h>
#endif

namespace polycodec::png {

uint8_t* Scratch::Take(size_t size) {
  if (size <= capacity_) return bytes_;
  Free();
  // Huge pages: faulting 4 KiB pages in costs a third of the inflating of a large image.
  constexpr size_t kHuge = size_t{2} << 20;
  const bool huge = size >= 2 * kHuge;
  const size_t alignment = huge ? kHuge : 64;
  const size_t capacity = (size + alignment - 1) / alignment * alignment;
  bytes_ = static_cast<uint8_t*>(std::aligned_alloc(alignment, capacity));
  if (bytes_ == nullptr) throw std::bad_alloc();
  capacity_ = capacity;
#if defined(__linux__)
  if (huge) madvise(bytes_, capacity, MADV_HUGEPAGE);
#endif
  return bytes_;
}

void Scratch::Free() {
  std::free(bytes_);
  bytes_ = nullptr;
  capacity_ = 0;
}

}  // namespace polycodec::png
