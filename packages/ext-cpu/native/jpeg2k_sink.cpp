#include "jpeg2k_sink.hpp"

#include <algorithm>
#include <cstring>
#include <new>

#include "jpeg2k_container.hpp"
#include "jpeg2k_failure.hpp"

namespace polycodec::jpeg2k {

bool Sink::Reserve(size_t size) {
  if (size <= capacity) return true;
  size_t actual = 0;
  memory = host->sink_reserve(call, std::max(size, capacity * 2), &actual);
  capacity = memory == nullptr ? 0 : actual;
  return capacity >= size;
}

bool Sink::Write(const void* bytes, size_t count) {
  cancelled |= host->cancelled(call) != 0;
  if (cancelled || !Reserve(at + count)) return false;
  std::memcpy(memory + at, bytes, count);
  at += count;
  end = std::max(end, at);
  return true;
}

void Sink::Begin(const std::vector<uint8_t>& container) {
  if (!container.empty() && !Write(container.data(), container.size())) throw std::bad_alloc();
  start = at;
}

void Sink::Finish(const std::vector<uint8_t>& comments) {
  if (!comments.empty()) {
    if (!Reserve(end + comments.size())) throw std::bad_alloc();
    uint8_t* place = memory + start + MainHeaderEnd(memory + start, end - start);
    std::memmove(place + comments.size(), place, static_cast<size_t>(memory + end - place));
    std::memcpy(place, comments.data(), comments.size());
    end += comments.size();
  }
  FinishContainer(memory, start, end);
  host->sink_finish(call, end);
}

}  // namespace polycodec::jpeg2k
