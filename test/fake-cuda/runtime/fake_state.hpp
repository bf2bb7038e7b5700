/* The parts of the fake CUDA runtime. A FAKE for tests: see ../fake_cuda.h. */
#ifndef FAKE_STATE_HPP
#define FAKE_STATE_HPP

#include <cstdint>
#include <condition_variable>
#include <deque>
#include <functional>
#include <memory>
#include <mutex>
#include <string>

#include "../fake_cuda.h"
#include "cuda_functions.hpp"

#define FAKE_EXPORT extern "C" __attribute__((visibility("default")))

namespace fake {

using polycodec::cudart::Error;
inline constexpr Error kInvalidResourceHandle = 400, kLaunchFailure = 719;
inline constexpr int kMaxDevices = 8;

/* ---- control.cpp: what the test wants, and what it gets to see ------------------------------------------------- */

struct Settings {
  int devices = 1;
  int driver = FAKE_CUDA_MAJOR == 13 ? 13000 : 12040;
  size_t memory = size_t{1} << 30;
  int jitter_us = 0;
};
Settings CurrentSettings();

/*
 * Counts the call, delays, hangs; the error that the test wants, or one that sticks to the current device. Remembers it as the
 * last error.
 */
Error Enter(const char* function);
/* The same for functions that need no device. */
Error EnterAnywhere(const char* function);
/* What sticks, for functions that free all the same and then tell of it. */
Error EnterToFree(const char* function, bool& frees);
/* The same for functions that work without a driver and after a fault. */
void Count(const char* function);
/* Remembers an error for cudaGetLastError. */
Error Last(Error error);
Error TakeLast();
/* Before each piece of work on a device's stream: jitter, delays, faults. false: the device has had a fault, and does nothing more. */
bool BeforeWork(int device);
/* A function that makes a context on the current device was called. */
void Touch();

/* ---- memory.cpp ------------------------------------------------------------------------------------------------ */

struct MemoryReport {
  uint64_t device_blocks, device_bytes, device_peak, pinned_blocks, pinned_bytes, pinned_peak;
};
MemoryReport Memory();
Error AllocateDevice(size_t size, int device, void** pointer);
Error AllocatePinned(size_t size, void** pointer);
Error Free(void* pointer, int kind);
/* Kind and device of an address. */
int KindOf(const void* address, int* device);

/* ---- streams.cpp ----------------------------------------------------------------------------------------------- */

int& CurrentDevice();
Error CreateStream(void** stream);
Error DestroyStream(void* stream);
/* Puts work on a stream; `wait`: and waits for it. */
Error Enqueue(void* stream, std::function<void()> work, bool wait);
Error Synchronize(void* stream);
/* All streams of a device; what cudaFree does first. */
void SynchronizeDevice(int device);
Error CreateEvent(void** event);
Error DestroyEvent(void* event);
Error Record(void* event, void* stream);
Error Wait(void* stream, void* event);
Error SynchronizeEvent(void* event);
Error QueryEvent(void* event);

}  // namespace fake

#endif
