/*
 * Device and pinned memory, recycled: cudaMalloc and cudaFree stop the device, and pinning costs the host more than
 * decoding an image. Blocks come in the slab pool's size classes.
 *
 * A block is given back on a stream, where work that uses it may be on its way; an event marks that place. Whoever takes
 * the block for another stream has that stream wait for the event. Pinned blocks, and those taken for no stream, are
 * given out when the event has happened.
 *
 * No lock is held while CUDA allocates or frees, which on a device that hangs may take for ever.
 */
#ifndef POLYCODEC_CUDA_MEMORY_HPP
#define POLYCODEC_CUDA_MEMORY_HPP

#include <cstddef>
#include <cstdint>
#include <map>
#include <mutex>
#include <optional>
#include <unordered_map>
#include <vector>

#include "cuda_runtime.hpp"

/* One user's account: see polycodec_cuda.h. */
struct polycodec_cuda_memory {
  int device;
  uint64_t limit[2];     /* of device, of pinned memory; 0: none */
  uint64_t in_use[2];    /* under the pool's mutex: element k is the pool's of kind k */
};

namespace polycodec::cuda {

using Account = polycodec_cuda_memory;

enum class Kind { kDevice = 0, kPinned = 1 };

struct MemoryStats {
  uint64_t bytes_in_use = 0, bytes_free = 0, blocks = 0;
  uint64_t peak_bytes = 0; /* of both together, since the process began */
};

class MemoryPool {
 public:
  /* Of a device, or of pinned memory, which all devices share. */
  MemoryPool(Kind kind, int device) : kind_(kind), device_(device) {}
  MemoryPool(const MemoryPool&) = delete;

  /* Bytes that it holds at most, in use and free together; 0: no limit. */
  void SetLimit(uint64_t bytes);

  /* `stream`: who is going to use the block; nothing: the host, or a stream not yet known. */
  cudart::Error Take(const Runtime& runtime, Account& account, size_t size, std::optional<cudart::Stream> stream,
                     void** pointer);
  /* `stream`: where work that uses the block may be; nothing: there is none. */
  cudart::Error Give(const Runtime& runtime, Account& account, void* pointer, std::optional<cudart::Stream> stream);
  /* What an account still holds becomes free, when its device has done all. */
  void GiveAllOf(const Runtime& runtime, Account& account);
  /* Hands free blocks to the system; returns their bytes. */
  uint64_t Trim(const Runtime& runtime);
  MemoryStats Stats();

 private:
  struct Block {
    void* pointer = nullptr;
    size_t capacity = 0;
    Account* account = nullptr;
    cudart::Event event = nullptr; /* null: nothing is to be waited for */
    int event_device = 0;
    uint64_t given = 0;            /* when, as a number that grows */
  };
  using Free = std::multimap<size_t, Block>;

  bool TakeFree(const Runtime& runtime, size_t capacity, bool may_wait, Block& block);
  std::vector<Block> EvictUntilRoomFor(size_t capacity);
  std::vector<Block> EvictAll();
  void Release(const Runtime& runtime, std::vector<Block>& blocks);
  cudart::Error Allocate(const Runtime& runtime, size_t capacity, void** pointer) const;
  size_t index() const { return static_cast<size_t>(kind_); }

  const Kind kind_;
  const int device_;
  std::mutex mutex_;
  Free free_;
  std::unordered_map<void*, Block> used_;
  uint64_t limit_ = 0, used_bytes_ = 0, free_bytes_ = 0, peak_ = 0, clock_ = 0;
};

MemoryPool& DeviceMemory(int device);
MemoryPool& PinnedMemory();
/* Of the process, for each device and for pinned memory; 0: none. */
void SetMemoryLimits(uint64_t device_bytes, uint64_t pinned_bytes);

}  // namespace polycodec::cuda

#endif
