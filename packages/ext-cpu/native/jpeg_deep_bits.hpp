// The entropy-coded bits between two markers (ITU-T T.81, F.2.2.5).
#pragma once

#include <cstddef>
#include <cstdint>
#include <cstring>

namespace polycodec::jpegdeep {

// Reads bits from the top of a 64-bit reservoir. A zero byte stuffed behind 0xff is dropped; at a marker, or where the
// file ends, it goes on with zeros and remembers it, so that the hot loops need not ask: `Overrun` tells afterwards.
class BitReader {
 public:
  BitReader(const uint8_t* at, const uint8_t* end) : at_(at), end_(end) {}

  // At least 32 bits are there afterwards: a Huffman code and the bits behind it, 16 each at most.
  void Fill() {
    if (count_ >= 32) return;
    if (end_ - at_ >= 8) {
      uint64_t next;
      std::memcpy(&next, at_, 8);
      next = __builtin_bswap64(next);
      // Is one of the bytes 0xff? Then one of the inverted bytes is zero (the classic test, exact for "is there one").
      const uint64_t inverted = ~next;
      if (((inverted - 0x0101010101010101u) & ~inverted & 0x8080808080808080u) == 0) {
        // Bits of a byte that does not fit whole come along, and are the same when their byte comes.
        const uint64_t bytes = (64 - count_) >> 3;
        reservoir_ |= next >> count_;
        count_ += 8 * bytes;
        at_ += bytes;
        return;
      }
    }
    FillByBytes();
  }

  // The next `n` bits, 1 to 32, of those that Fill has brought.
  uint32_t Peek(unsigned n) const { return static_cast<uint32_t>(reservoir_ >> (64 - n)); }
  void Skip(unsigned n) {
    reservoir_ <<= n;
    count_ -= n;
  }
  uint32_t Take(unsigned n) {
    const uint32_t bits = Peek(n);
    Skip(n);
    return bits;
  }

  // Have bits been read that are not there?
  bool Overrun() const { return count_ < padding_; }

  // Where the next marker begins, or the end of the file. What remains before it is dropped.
  const uint8_t* FindMarker() {
    while (end_ - at_ >= 2 && !(at_[0] == 0xff && at_[1] != 0 && at_[1] != 0xff)) ++at_;
    return end_ - at_ >= 2 ? at_ : end_;
  }
  // Goes on behind a marker that FindMarker found.
  void Restart(const uint8_t* at) {
    at_ = at;
    reservoir_ = 0;
    count_ = padding_ = 0;
  }

 private:
  void FillByBytes() {
    while (count_ <= 56) {
      uint8_t byte = 0;
      const uint8_t* next = at_;
      if (next != end_ && *next != 0xff) {
        byte = *next++;
      } else {
        while (next != end_ && *next == 0xff) ++next;
        if (next != at_ && next != end_ && *next == 0) {
          byte = 0xff;
          ++next;
        } else {
          next = at_;
          padding_ += 8;
        }
      }
      at_ = next;
      reservoir_ |= uint64_t{byte} << (56 - count_);
      count_ += 8;
    }
  }

  const uint8_t* at_;
  const uint8_t* end_;
  uint64_t reservoir_ = 0;  // the bits not yet read are the topmost
  uint64_t count_ = 0;      // how many they are
  uint64_t padding_ = 0;    // how many zeros have been added since the last marker
};

}  // namespace polycodec::jpegdeep
