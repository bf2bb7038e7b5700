/*
 * Slabs: memory for pixels and files that is used again.
 *
 * Fresh memory is the hidden cost of decoding: the system clears every page on first touch, which takes 22 to 45 % of
 * the time of a decode. So memory is kept in size classes, eight to an octave (at most 12.5 % more than asked for;
 * 25 % when the next class has one to spare), and the last one given back is the first one taken: its pages are there
 * and may still be in the cache. From 4 MiB on it is mapped on 2 MiB boundaries and huge pages are asked for.
 */
#ifndef POLYCODEC_SLABS_HPP
#define POLYCODEC_SLABS_HPP

#include <atomic>
#include <cstddef>
#include <cstdint>
#include <deque>
#include <mutex>
#include <utility>

namespace polycodec {

/* Memory on a 64-byte boundary. `capacity` is its class's size, by which it is given back. */
struct Slab {
  uint8_t* base = nullptr;
  size_t capacity = 0;
  explicit operator bool() const { return base != nullptr; }
};

struct SlabStats {
  size_t bytes_in_use, bytes_free, live;
};

class SlabPool {
 public:
  /* The process's own. Never destroyed: finalizers may give slabs back while static destructors run. */
  static SlabPool& Shared();

  explicit SlabPool(size_t cap_bytes = size_t{1} << 30) : cap_(cap_bytes) {}
  SlabPool(const SlabPool&) = delete;
  /* Bytes kept for reuse at most; what is given back beyond that goes to the system, largest and oldest first. */
  void SetCap(size_t cap_bytes);
  size_t cap() const { return cap_; }

  /* At least `size` bytes, not cleared. An empty slab: the system has no more. */
  [[nodiscard]] Slab Take(size_t size);
  void Give(Slab slab);
  /* The user wants all of the capacity, not only what it asked for. Means something to the address sanitizer alone. */
  static void AllowWhole(Slab slab);
  /* Gives what is kept for reuse back to the system; returns the bytes. */
  size_t Trim();
  SlabStats Stats();

  /* The class's size that holds `size` bytes. */
  static size_t ClassSize(size_t size);

 private:
  static constexpr size_t kClasses = 8 * 58;
  static size_t ClassIndex(size_t class_size);
  Slab TakeKept(size_t class_size);
  static uint8_t* Map(size_t capacity, size_t size);
  static void Unmap(Slab slab);
  size_t Evict(size_t down_to);

  std::mutex mutex_;
  std::deque<uint8_t*> free_[kClasses];  /* by class; newest at the back */
  size_t highest_ = 0;                   /* no class above it has any */
  std::atomic<size_t> cap_;
  size_t free_bytes_ = 0, used_bytes_ = 0, live_ = 0;
};

/* A slab that goes back by itself. */
class ScopedSlab {
 public:
  ScopedSlab() = default;
  explicit ScopedSlab(size_t size) : slab_(SlabPool::Shared().Take(size)) {}
  /* One whose capacity may be used to its end. */
  static ScopedSlab Whole(size_t size) {
    ScopedSlab scoped(size);
    SlabPool::AllowWhole(scoped.slab_);
    return scoped;
  }
  ScopedSlab(ScopedSlab&& other) noexcept : slab_(other.Detach()) {}
  ScopedSlab& operator=(ScopedSlab&& other) noexcept {
    std::swap(slab_, other.slab_);
    return *this;
  }
  ~ScopedSlab() { Reset(); }
  void Reset() {
    if (slab_) SlabPool::Shared().Give(Detach());
  }
  /* The slab becomes the caller's to give back. */
  Slab Detach() { return std::exchange(slab_, Slab{}); }
  uint8_t* data() const { return slab_.base; }
  size_t capacity() const { return slab_.capacity; }
  explicit operator bool() const { return static_cast<bool>(slab_); }

 private:
  Slab slab_;
};

}  // namespace polycodec

#endif
