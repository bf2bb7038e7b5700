// The host's growing sink, as both libraries write into it.
#pragma once

#include <cstddef>
#include <cstdint>
#include <vector>

#include <polycodec.h>

namespace polycodec::jpeg2k {

struct Sink {
  explicit Sink(polycodec_call* call) : call(call) {}

  // Makes room for `size` bytes in all. False: out of memory.
  bool Reserve(size_t size);
  // Writes at the cursor. False: out of memory, or the task is cancelled.
  bool Write(const void* bytes, size_t count);
  // Writes the container's beginning, which ends where the code stream begins.
  void Begin(const std::vector<uint8_t>& container);
  // Puts the comments into the main header, completes the container, and hands all to the host. Throws Failure.
  void Finish(const std::vector<uint8_t>& comments);

  polycodec_call* call;
  uint8_t* memory = nullptr;
  size_t capacity = 0;
  size_t start = 0;        // where the code stream begins
  size_t at = 0, end = 0;  // the cursor, and how much has been written
  bool cancelled = false;
};

}  // namespace polycodec::jpeg2k
