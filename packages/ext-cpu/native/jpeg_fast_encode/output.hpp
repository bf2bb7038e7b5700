// The code stream as it grows in the host's sink.
#pragma once

#include <cstddef>
#include <cstdint>
#include <cstring>
#include <initializer_list>
#include <new>
#include <span>

#include <polycodec.hpp>

namespace polycodec::jpeg_encode {

class Output {
 public:
  explicit Output(polycodec_call* call) : call_(call) {}

  // Where the next byte goes, with room for `bytes`. Throws std::bad_alloc.
  uint8_t* Reserve(size_t bytes) {
    if (capacity_ - size_ < bytes) {
      start_ = host->sink_reserve(call_, size_ + bytes, &capacity_);
      if (start_ == nullptr || capacity_ < size_ + bytes) throw std::bad_alloc();
    }
    return start_ + size_;
  }
  // So much has been written.
  void Advance(size_t bytes) { size_ += bytes; }

  void Append(std::span<const uint8_t> bytes) {
    if (bytes.empty()) return;
    std::memcpy(Reserve(bytes.size()), bytes.data(), bytes.size());
    size_ += bytes.size();
  }
  void Byte(unsigned value) {
    *Reserve(1) = static_cast<uint8_t>(value);
    ++size_;
  }
  void Word(unsigned value) {
    Byte(value >> 8);
    Byte(value & 255);
  }

  void Finish() { host->sink_finish(call_, size_); }

 private:
  polycodec_call* call_;
  uint8_t* start_ = nullptr;
  size_t size_ = 0, capacity_ = 0;
};

}  // namespace polycodec::jpeg_encode
