#include "slabs.hpp"

#include <sys/mman.h>

#include <algorithm>
#include <bit>
#include <cstdlib>

// Under the address sanitizer, what is kept for reuse, and what lies between the size that a slab was asked for and its
// class's, may not be touched.
#if defined(__SANITIZE_ADDRESS__)
#include <sanitizer/asan_interface.h>
#define POLYCODEC_FORBID(address, size) ASAN_POISON_MEMORY_REGION(address, size)
#define POLYCODEC_ALLOW(address, size) ASAN_UNPOISON_MEMORY_REGION(address, size)
#else
#define POLYCODEC_FORBID(address, size) (static_cast<void>(address), static_cast<void>(size))
#define POLYCODEC_ALLOW(address, size) (static_cast<void>(address), static_cast<void>(size))
#endif

namespace polycodec {

namespace {
constexpr size_t kAlignment = 64;
constexpr size_t kMapFrom = size_t{4} << 20;
constexpr size_t kHugePage = size_t{2} << 20;
constexpr size_t kPage = 4096;
constexpr size_t kLargest = size_t{1} << 46;
}  // namespace

SlabPool& SlabPool::Shared() {
  static SlabPool* shared = new SlabPool;
  return *shared;
}

void SlabPool::SetCap(size_t cap_bytes) {
  std::lock_guard lock(mutex_);
  cap_ = cap_bytes;
  Evict(cap_);
}

size_t SlabPool::ClassSize(size_t size) {
  if (size <= 8 * kAlignment) return (std::max<size_t>(size, 1) + kAlignment - 1) / kAlignment * kAlignment;
  const size_t step = std::bit_floor(size - 1) / 8;
  return (size + step - 1) / step * step;
}

/* Sizes in multiples of 64: 1..8 are the first classes, then eight to an octave. */
size_t SlabPool::ClassIndex(size_t class_size) {
  const size_t units = class_size / kAlignment;
  if (units <= 8) return units - 1;
  const size_t octave = std::bit_width(units - 1) - 1;  // units lie in (2^octave, 2^(octave + 1)]
  const size_t step = (units - (size_t{1} << octave)) >> (octave - 3);
  return 8 * (octave - 2) + step - 1;
}

Slab SlabPool::Take(size_t size) {
  if (size > kLargest) return {};
  const size_t class_size = ClassSize(size);
  Slab slab = TakeKept(class_size);
  if (!slab) {
    slab = {Map(class_size, size), class_size};
    if (!slab && Trim() > 0) slab.base = Map(class_size, size);
    if (!slab) return {};
    std::lock_guard lock(mutex_);
    used_bytes_ += slab.capacity;
    live_++;
  }
  POLYCODEC_ALLOW(slab.base, size);
  POLYCODEC_FORBID(slab.base + size, slab.capacity - size);
  return slab;
}

/* One that was given back, of this class or the next. */
Slab SlabPool::TakeKept(size_t class_size) {
  const size_t index = ClassIndex(class_size);
  std::lock_guard lock(mutex_);
  for (size_t i = index; i < std::min(index + 2, kClasses); i++) {
    if (free_[i].empty()) continue;
    const size_t capacity = i == index ? class_size : ClassSize(class_size + 1);
    const Slab slab{free_[i].back(), capacity};
    free_[i].pop_back();
    free_bytes_ -= capacity;
    used_bytes_ += capacity;
    live_++;
    return slab;
  }
  return {};
}

void SlabPool::AllowWhole(Slab slab) { POLYCODEC_ALLOW(slab.base, slab.capacity); }

void SlabPool::Give(Slab slab) {
  if (!slab) return;
  std::unique_lock lock(mutex_);
  used_bytes_ -= slab.capacity;
  live_--;
  if (slab.capacity > cap_) {
    lock.unlock();
    Unmap(slab);
    return;
  }
  POLYCODEC_FORBID(slab.base, slab.capacity);
  const size_t index = ClassIndex(slab.capacity);
  if (free_bytes_ + slab.capacity > cap_) Evict(cap_ - slab.capacity);
  free_[index].push_back(slab.base);
  free_bytes_ += slab.capacity;
  highest_ = std::max(highest_, index);
}

size_t SlabPool::Trim() {
  std::lock_guard lock(mutex_);
  return Evict(0);
}

SlabStats SlabPool::Stats() {
  std::lock_guard lock(mutex_);
  return {used_bytes_, free_bytes_, live_};
}

/* Frees the oldest of the largest class, then of the next, until at most `down_to` bytes are kept. */
size_t SlabPool::Evict(size_t down_to) {
  size_t gone = 0;
  while (free_bytes_ > down_to) {
    while (free_[highest_].empty()) highest_--;
    // The inverse of ClassIndex.
    const size_t octave = highest_ / 8 + 2, step = highest_ % 8 + 1;
    const size_t units = highest_ < 8 ? step : (size_t{1} << octave) + (step << (octave - 3));
    const Slab slab{free_[highest_].front(), units * kAlignment};
    free_[highest_].pop_front();
    free_bytes_ -= slab.capacity;
    gone += slab.capacity;
    Unmap(slab);
  }
  return gone;
}

uint8_t* SlabPool::Map(size_t capacity, size_t size) {
  if (capacity < kMapFrom) {
    void* base = nullptr;
    return posix_memalign(&base, kAlignment, capacity) == 0 ? static_cast<uint8_t*>(base) : nullptr;
  }
  // More than needed, then the ends are given back, so that the first huge page begins where the pixels do.
  const size_t length = (capacity + kPage - 1) / kPage * kPage;
  void* mapped = mmap(nullptr, length + kHugePage, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
  if (mapped == MAP_FAILED) return nullptr;
  auto* start = static_cast<uint8_t*>(mapped);
  const size_t before = (kHugePage - reinterpret_cast<uintptr_t>(start) % kHugePage) % kHugePage;
  if (before > 0) munmap(start, before);
  if (before < kHugePage) munmap(start + before + length, kHugePage - before);
  // Not the end of the class that may stay unused: of a huge page all is memory as soon as one byte is written.
  madvise(start + before, size / kHugePage * kHugePage, MADV_HUGEPAGE);
  return start + before;
}

void SlabPool::Unmap(Slab slab) {
  POLYCODEC_ALLOW(slab.base, slab.capacity);
  if (slab.capacity < kMapFrom) {
    std::free(slab.base);
  } else {
    munmap(slab.base, (slab.capacity + kPage - 1) / kPage * kPage);
  }
}

}  // namespace polycodec
