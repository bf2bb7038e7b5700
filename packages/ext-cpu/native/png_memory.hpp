// Memory of a worker that is kept from image to image, for as long as it is worth it.
#pragma once

#include <cstddef>
#include <cstdint>

namespace polycodec::png {

// One block of bytes. Not cleared; what it held is lost when it grows.
class Scratch {
 public:
  Scratch() = default;
  ~Scratch() { Free(); }
  Scratch(const Scratch&) = delete;
  Scratch& operator=(const Scratch&) = delete;

  // At least `size` bytes, aligned to a cache line. Throws std::bad_alloc.
  uint8_t* Take(size_t size);
  // Gives back what is larger than most images need, so that one giant does not stay for ever.
  void Trim() {
    if (capacity_ > kKept) Free();
  }

 private:
  static constexpr size_t kKept = size_t{64} << 20;
  void Free();
  uint8_t* bytes_ = nullptr;
  size_t capacity_ = 0;
};

}  // namespace polycodec::png
