/*
 * Device memory that the CPU must not touch: of each block's mapping the first half, whose address the caller gets, is
 * forbidden, and the second half holds the bytes. Freed blocks are unmapped, so that an address is not soon used again.
 */
#include <sys/mman.h>

#include <cstring>
#include <map>

#include "fake_state.hpp"

namespace fake {

namespace {

constexpr size_t kPage = 4096;

struct Block {
  int kind = 0, device = 0;
  size_t size = 0, half = 0;
};

struct State {
  std::mutex mutex;
  std::map<uintptr_t, Block> blocks; /* by address, of both kinds */
  uint64_t bytes[3] = {}, peak[3] = {}, count[3] = {};
  uint64_t on_device[kMaxDevices] = {};
};

State& Shared() {
  static auto* state = new State;
  return *state;
}

constexpr int kPinned = polycodec::cudart::kPointerPinned, kDevice = polycodec::cudart::kPointerDevice;

Error Allocate(int kind, size_t size, int device, void** pointer) {
  State& state = Shared();
  const size_t memory = CurrentSettings().memory;
  std::lock_guard lock(state.mutex);
  if (kind == kDevice && (size > memory || state.on_device[device] + size > memory)) {
    return polycodec::cudart::kMemoryAllocation;
  }
  const size_t half = (size + kPage - 1) / kPage * kPage + kPage;
  const size_t whole = kind == kDevice ? 2 * half : half;
  void* base = mmap(nullptr, whole, PROT_NONE, MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE, -1, 0);
  if (base == MAP_FAILED) return polycodec::cudart::kMemoryAllocation;
  auto* bytes = static_cast<uint8_t*>(base) + (kind == kDevice ? half : 0);
  mprotect(bytes, half - kPage, PROT_READ | PROT_WRITE);  // the page behind it stays forbidden
  std::memset(bytes, 0xcd, std::min<size_t>(size, 64 << 10));  // nobody may count on zeros
  state.blocks[reinterpret_cast<uintptr_t>(base)] = {.kind = kind, .device = device, .size = size, .half = half};
  state.bytes[kind] += size;
  state.count[kind]++;
  state.peak[kind] = std::max(state.peak[kind], state.bytes[kind]);
  if (kind == kDevice) state.on_device[device] += size;
  *pointer = base;
  return 0;
}

/* Under the mutex: the block that has the address; null: none. */
const std::pair<const uintptr_t, Block>* Find(const void* address) {
  State& state = Shared();
  const auto number = reinterpret_cast<uintptr_t>(address);
  auto at = state.blocks.upper_bound(number);
  if (at == state.blocks.begin()) return nullptr;
  --at;
  return number < at->first + at->second.half ? &*at : nullptr;
}

}  // namespace

Error AllocateDevice(size_t size, int device, void** pointer) { return Allocate(kDevice, size, device, pointer); }
Error AllocatePinned(size_t size, void** pointer) { return Allocate(kPinned, size, CurrentDevice(), pointer); }

Error Free(void* pointer, int kind) {
  if (pointer == nullptr) return 0;
  State& state = Shared();
  Block block;
  {
    std::lock_guard lock(state.mutex);
    const auto at = state.blocks.find(reinterpret_cast<uintptr_t>(pointer));
    if (at != state.blocks.end()) block = at->second;
  }
  if (block.kind != kind) {
    fakeCudaViolation("%s of %p, which is %s", kind == kDevice ? "cudaFree" : "cudaFreeHost", pointer,
                      block.kind == 0 ? "not allocated (any more)" : "of the other kind");
    return polycodec::cudart::kInvalidValue;
  }
  for (int device = 0; device < CurrentSettings().devices; device++) {
    if (kind == kPinned || device == block.device) SynchronizeDevice(device);
  }
  std::lock_guard lock(state.mutex);
  if (state.blocks.erase(reinterpret_cast<uintptr_t>(pointer)) == 0) return polycodec::cudart::kInvalidValue;
  munmap(pointer, kind == kDevice ? 2 * block.half : block.half);
  state.bytes[kind] -= block.size;
  state.count[kind]--;
  if (kind == kDevice) state.on_device[block.device] -= block.size;
  return 0;
}

int KindOf(const void* address, int* device) {
  std::lock_guard lock(Shared().mutex);
  const auto* found = Find(address);
  *device = found != nullptr ? found->second.device : -1;
  return found != nullptr ? found->second.kind : 0;
}

MemoryReport Memory() {
  State& state = Shared();
  std::lock_guard lock(state.mutex);
  return {.device_blocks = state.count[kDevice], .device_bytes = state.bytes[kDevice], .device_peak = state.peak[kDevice],
          .pinned_blocks = state.count[kPinned], .pinned_bytes = state.bytes[kPinned], .pinned_peak = state.peak[kPinned]};
}

}  // namespace fake

using namespace fake;

FAKE_EXPORT int fakeCudaKind(const void* address) {
  int device;
  return KindOf(address, &device);
}

FAKE_EXPORT void* fakeCudaBytes(const void* address, size_t size, const char* who) {
  uintptr_t base = 0;
  Block block;
  {
    std::lock_guard lock(Shared().mutex);
    if (const auto* found = Find(address)) {
      base = found->first;
      block = found->second;
    }
  }
  auto* bytes = static_cast<uint8_t*>(const_cast<void*>(address));
  if (block.kind == 0) {
    // A forbidden page is a device address that is freed: memory of the host can be read.
    unsigned char in_core;
    const auto page = reinterpret_cast<uintptr_t>(address) / kPage * kPage;
    if (mincore(reinterpret_cast<void*>(page), kPage, &in_core) == 0) return bytes;
    fakeCudaViolation("%s: %p is no memory (any more)", who, address);
    return nullptr;
  }
  const size_t offset = reinterpret_cast<uintptr_t>(address) - base;
  if (offset > block.size || size > block.size - offset) {
    fakeCudaViolation("%s: %zu bytes at %zu of a block of %zu", who, size, offset, block.size);
    return nullptr;
  }
  return block.kind == kDevice ? bytes + block.half : bytes;
}
