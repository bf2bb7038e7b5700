#include "cuda_memory.hpp"

#include <algorithm>

#include "cuda_handles.hpp"
#include "slabs.hpp"

namespace polycodec::cuda {

namespace {

constexpr size_t kSmallest = 512;  // as cudaMalloc's own grain
constexpr size_t kLargest = size_t{1} << 46;
/* A block serves a request if it is no larger than so many times the request's class. */
constexpr size_t kLoose = 2;
/* So many bytes are kept for reuse at most when new memory is taken from the system. */
constexpr uint64_t kKept = uint64_t{1} << 30;

}  // namespace

void MemoryPool::SetLimit(uint64_t bytes) {
  std::lock_guard lock(mutex_);
  limit_ = bytes;
}

cudart::Error MemoryPool::Take(const Runtime& runtime, Account& account, size_t size,
                               std::optional<cudart::Stream> stream, void** pointer) {
  *pointer = nullptr;
  if (size > kLargest) return cudart::kMemoryAllocation;
  const size_t capacity = SlabPool::ClassSize(std::max(size, kSmallest));
  const bool may_wait = kind_ == Kind::kDevice && stream.has_value();
  Block block;
  std::vector<Block> evicted;
  bool is_fresh = false;
  {
    std::lock_guard lock(mutex_);
    const uint64_t limit = account.limit[index()];
    if (limit > 0 && account.in_use[index()] + capacity > limit) return cudart::kMemoryAllocation;
    if (!TakeFree(runtime, capacity, may_wait, block)) {
      if (limit_ > 0 && used_bytes_ + capacity > limit_) return cudart::kMemoryAllocation;
      evicted = EvictUntilRoomFor(capacity);
      block.capacity = capacity;
      is_fresh = true;
    }
    // Counted before it is there, so that two who ask at once do not pass the limit together.
    used_bytes_ += block.capacity;
    account.in_use[index()] += block.capacity;
    peak_ = std::max(peak_, used_bytes_ + free_bytes_);
  }
  Release(runtime, evicted);

  cudart::Error error = cudart::kSuccess;
  if (is_fresh) {
    error = Allocate(runtime, capacity, &block.pointer);
    if (error == cudart::kMemoryAllocation && Trim(runtime) > 0) {
      error = Allocate(runtime, capacity, &block.pointer);
    }
  } else if (block.event != nullptr) {
    // Of two devices nobody knows whose fault it is.
    const int whose = block.event_device == account.device ? account.device : Runtime::kNobodys;
    error = may_wait ? runtime.Checked(runtime.functions().cudaStreamWaitEvent(*stream, block.event, 0), whose)
                     : runtime.Checked(runtime.functions().cudaEventSynchronize(block.event), block.event_device);
    Events().Give(runtime, block.event_device, block.event);
    block.event = nullptr;
  }

  std::lock_guard lock(mutex_);
  if (error == cudart::kSuccess) {
    block.account = &account;
    used_.emplace(block.pointer, block);
    *pointer = block.pointer;
    return error;
  }
  used_bytes_ -= block.capacity;
  account.in_use[index()] -= block.capacity;
  if (block.pointer != nullptr) {
    // A wait that fails does so because the device is lost; nobody will find the block useful, but trim can free it.
    free_bytes_ += block.capacity;
    free_.emplace(block.capacity, block);
  }
  return error;
}

/*
 * Under the mutex. First a block that nobody uses any more; then one that a stream can wait for; a host that cannot be
 * served by the first waits only where the limit forbids new memory.
 */
bool MemoryPool::TakeFree(const Runtime& runtime, size_t capacity, bool may_wait, Block& block) {
  const auto end = free_.upper_bound(kLoose * capacity);
  auto pending = free_.end();
  auto found = free_.end();
  for (auto it = free_.lower_bound(capacity); it != end; ++it) {
    Block& candidate = it->second;
    if (candidate.event != nullptr &&
        runtime.Checked(runtime.functions().cudaEventQuery(candidate.event), candidate.event_device) == cudart::kSuccess) {
      Events().Give(runtime, candidate.event_device, candidate.event);
      candidate.event = nullptr;
    }
    if (candidate.event == nullptr) {
      found = it;
      break;
    }
    if (pending == free_.end() || candidate.given < pending->second.given) pending = it;
  }
  const bool is_full = limit_ > 0 && used_bytes_ + free_bytes_ + capacity > limit_;
  if (found == free_.end() && (may_wait || is_full)) found = pending;
  if (found == free_.end()) return false;
  block = found->second;
  free_bytes_ -= block.capacity;
  free_.erase(found);
  return true;
}

/* Under the mutex: takes the oldest free blocks out until `capacity` bytes more are within the limit, and not too many are kept. */
std::vector<MemoryPool::Block> MemoryPool::EvictUntilRoomFor(size_t capacity) {
  std::vector<Block> evicted;
  const auto is_too_much = [&] {
    return free_bytes_ > kKept || (limit_ > 0 && used_bytes_ + free_bytes_ + capacity > limit_);
  };
  while (!free_.empty() && is_too_much()) {
    const auto oldest = std::min_element(free_.begin(), free_.end(), [](const auto& a, const auto& b) {
      return a.second.given < b.second.given;
    });
    free_bytes_ -= oldest->first;
    evicted.push_back(oldest->second);
    free_.erase(oldest);
  }
  return evicted;
}

std::vector<MemoryPool::Block> MemoryPool::EvictAll() {
  std::lock_guard lock(mutex_);
  std::vector<Block> evicted;
  for (auto& [capacity, block] : free_) evicted.push_back(block);
  free_.clear();
  free_bytes_ = 0;
  return evicted;
}

cudart::Error MemoryPool::Allocate(const Runtime& runtime, size_t capacity, void** pointer) const {
  const cudart::Functions& cuda = runtime.functions();
  if (kind_ == Kind::kPinned) {
    return runtime.Checked(cuda.cudaHostAlloc(pointer, capacity, cudart::kHostAllocPortable), CurrentDeviceOfThread());
  }
  const CurrentDevice current(runtime, device_);
  if (current.error() != cudart::kSuccess) return current.error();
  return runtime.Checked(cuda.cudaMalloc(pointer, capacity), device_);
}

/* cudaFree and cudaFreeHost wait for the work that uses the memory. */
void MemoryPool::Release(const Runtime& runtime, std::vector<Block>& blocks) {
  const cudart::Functions& cuda = runtime.functions();
  for (Block& block : blocks) {
    if (block.event != nullptr) {
      runtime.Checked(cuda.cudaEventSynchronize(block.event), block.event_device);
      Events().Give(runtime, block.event_device, block.event);
    }
    if (kind_ == Kind::kPinned) {
      runtime.Checked(cuda.cudaFreeHost(block.pointer));
    } else {
      // Of a device that is lost the memory is, too.
      const CurrentDevice current(runtime, device_);
      if (current.error() == cudart::kSuccess) runtime.Checked(cuda.cudaFree(block.pointer), device_);
    }
  }
}

cudart::Error MemoryPool::Give(const Runtime& runtime, Account& account, void* pointer,
                               std::optional<cudart::Stream> stream) {
  if (pointer == nullptr) return cudart::kSuccess;
  Block block;
  {
    std::lock_guard lock(mutex_);
    const auto at = used_.find(pointer);
    if (at == used_.end() || at->second.account != &account) return cudart::kInvalidValue;
    block = at->second;
    used_.erase(at);
  }
  cudart::Error error = cudart::kSuccess;
  if (stream.has_value()) {
    const CurrentDevice current(runtime, account.device);
    error = Events().Take(runtime, account.device, &block.event);
    if (error == cudart::kSuccess) {
      block.event_device = account.device;
      error = runtime.Checked(runtime.functions().cudaEventRecord(block.event, *stream), account.device);
    }
    if (error != cudart::kSuccess) {
      // The stream's work cannot be marked, so it is waited for; where that fails too, the device is lost.
      runtime.Checked(runtime.functions().cudaStreamSynchronize(*stream), account.device);
      if (block.event != nullptr) Events().Give(runtime, account.device, block.event);
      block.event = nullptr;
    }
  }
  std::lock_guard lock(mutex_);
  used_bytes_ -= block.capacity;
  account.in_use[index()] -= block.capacity;
  free_bytes_ += block.capacity;
  block.account = nullptr;
  block.given = ++clock_;
  free_.emplace(block.capacity, block);
  return cudart::kSuccess;
}

void MemoryPool::GiveAllOf(const Runtime& runtime, Account& account) {
  std::vector<void*> left;
  {
    std::lock_guard lock(mutex_);
    for (const auto& [pointer, block] : used_) {
      if (block.account == &account) left.push_back(pointer);
    }
  }
  // On the legacy default stream nothing marks what is on streams that do not wait for it: cudaFree does.
  std::vector<Block> blocks;
  for (void* pointer : left) {
    std::lock_guard lock(mutex_);
    const auto at = used_.find(pointer);
    if (at == used_.end()) continue;
    blocks.push_back(at->second);
    used_bytes_ -= at->second.capacity;
    account.in_use[index()] -= at->second.capacity;
    used_.erase(at);
  }
  Release(runtime, blocks);
}

uint64_t MemoryPool::Trim(const Runtime& runtime) {
  std::vector<Block> blocks = EvictAll();
  uint64_t bytes = 0;
  for (const Block& block : blocks) bytes += block.capacity;
  Release(runtime, blocks);
  return bytes;
}

MemoryStats MemoryPool::Stats() {
  std::lock_guard lock(mutex_);
  return {.bytes_in_use = used_bytes_, .bytes_free = free_bytes_, .blocks = used_.size() + free_.size(),
          .peak_bytes = peak_};
}

MemoryPool& DeviceMemory(int device) {
  static auto* pools = [] {
    auto* list = new std::vector<MemoryPool*>;
    for (int i = 0; i < Runtime::kMaxDevices; i++) list->push_back(new MemoryPool(Kind::kDevice, i));
    return list;
  }();
  return *(*pools)[static_cast<size_t>(device)];
}

MemoryPool& PinnedMemory() {
  static auto* pool = new MemoryPool(Kind::kPinned, -1);
  return *pool;
}

void SetMemoryLimits(uint64_t device_bytes, uint64_t pinned_bytes) {
  for (int i = 0; i < Runtime::kMaxDevices; i++) DeviceMemory(i).SetLimit(device_bytes);
  PinnedMemory().SetLimit(pinned_bytes);
}

}  // namespace polycodec::cuda
