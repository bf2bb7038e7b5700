#include "png_inflate_plain.hpp"

#include <algorithm>
#include <array>
#include <cstring>
#include <vector>

namespace polycodec::png {
namespace {

constexpr uint32_t kMaxBits = 15;

// A Huffman code as a table over the next 15 bits of the stream: symbol << 4 | length, 0 where no code begins so.
class Code {
 public:
  // false: the lengths are no prefix code. A code of one symbol, or none, may be incomplete (RFC 1951, 3.2.7).
  bool Build(const uint8_t* lengths, uint32_t count) {
    std::array<uint32_t, kMaxBits + 1> perLength{}, next{};
    for (uint32_t i = 0; i < count; ++i) ++perLength[lengths[i]];
    const uint32_t used = count - perLength[0];
    perLength[0] = 0;
    uint32_t code = 0;
    for (uint32_t bits = 1; bits <= kMaxBits; ++bits) {
      code = (code + perLength[bits - 1]) << 1;
      next[bits] = code;
      if (code + perLength[bits] > 1u << bits) return false;
    }
    const bool complete = next[kMaxBits] + perLength[kMaxBits] == 1u << kMaxBits;
    if (!complete && (used > 1 || (used == 1 && perLength[1] != 1))) return false;
    if (!complete) std::fill(table_.begin(), table_.end(), uint16_t{0});
    for (uint32_t i = 0; i < count; ++i) {
      const uint32_t bits = lengths[i];
      if (bits == 0) continue;
      uint32_t reversed = 0;
      for (uint32_t b = 0, value = next[bits]++; b < bits; ++b, value >>= 1) reversed = reversed << 1 | (value & 1);
      for (uint32_t at = reversed; at < table_.size(); at += 1u << bits) table_[at] = uint16_t(i << 4 | bits);
    }
    return true;
  }
  uint32_t At(uint64_t bits) const { return table_[bits & (table_.size() - 1)]; }

 private:
  std::vector<uint16_t> table_ = std::vector<uint16_t>(1u << kMaxBits);
};

class Inflater {
 public:
  Inflater(std::span<const uint8_t> data, std::span<uint8_t> output, const std::function<bool()>& goOn)
      : data_(data), output_(output), goOn_(goOn) {}

  InflateEnd Run() {
    for (bool last = false; !last;) {
      if (!goOn_()) return End(InflateEnd::kStopped);
      if (!Need(3)) return End(InflateEnd::kInputEnds);
      last = Take(1) != 0;
      const InflateEnd end = [&] {
        switch (Take(2)) {
          case 0: return Stored();
          case 1: return Fixed();
          case 2: return Dynamic();
          default: return Invalid("a block of the reserved type");
        }
      }();
      if (end.kind != InflateEnd::kFinished) return end;
    }
    return End(InflateEnd::kFinished);
  }

 private:
  InflateEnd End(InflateEnd::Kind kind, const char* fact = "") const { return {kind, size_, fact}; }
  InflateEnd Invalid(const char* fact) const { return End(InflateEnd::kInvalid, fact); }

  void Fill() {
    for (; count_ <= 56 && at_ < data_.size(); count_ += 8) bits_ |= uint64_t{data_[at_++]} << count_;
  }
  bool Need(uint32_t bits) {
    if (count_ < bits) Fill();
    return count_ >= bits;
  }
  uint32_t Take(uint32_t bits) {
    const uint32_t value = uint32_t(bits_ & ((uint64_t{1} << bits) - 1));
    bits_ >>= bits;
    count_ -= bits;
    return value;
  }

  InflateEnd Stored() {
    Take(count_ % 8);
    if (!Need(32)) return End(InflateEnd::kInputEnds);
    const uint32_t length = Take(16);
    if (length != (Take(16) ^ 0xffff)) return Invalid("a stored block whose length contradicts itself");
    at_ -= count_ / 8;
    bits_ = count_ = 0;
    const size_t given = std::min<size_t>(length, data_.size() - at_), room = output_.size() - size_;
    const size_t copied = std::min(given, room);
    if (copied > 0) std::memcpy(output_.data() + size_, data_.data() + at_, copied);
    size_ += copied;
    at_ += copied;
    if (copied == length) return End(InflateEnd::kFinished);
    return End(room < length && room <= given ? InflateEnd::kOutputFull : InflateEnd::kInputEnds);
  }

  InflateEnd Fixed() {
    std::array<uint8_t, 288> lengths;
    std::fill(lengths.begin(), lengths.begin() + 144, uint8_t{8});
    std::fill(lengths.begin() + 144, lengths.begin() + 256, uint8_t{9});
    std::fill(lengths.begin() + 256, lengths.begin() + 280, uint8_t{7});
    std::fill(lengths.begin() + 280, lengths.end(), uint8_t{8});
    literals_.Build(lengths.data(), 288);
    lengths.fill(5);
    distances_.Build(lengths.data(), 32);
    return Symbols();
  }

  InflateEnd Dynamic() {
    static constexpr uint8_t kOrder[] = {16, 17, 18, 0, 8, 7, 9, 6, 10, 5, 11, 4, 12, 3, 13, 2, 14, 1, 15};
    if (!Need(14)) return End(InflateEnd::kInputEnds);
    const uint32_t literals = Take(5) + 257, distances = Take(5) + 1, codes = Take(4) + 4;
    if (literals > 286) return Invalid("more than 286 literal and length codes");
    std::array<uint8_t, 320> lengths{};
    for (uint32_t i = 0; i < codes; ++i) {
      if (!Need(3)) return End(InflateEnd::kInputEnds);
      lengths[kOrder[i]] = uint8_t(Take(3));
    }
    if (!literals_.Build(lengths.data(), 19)) return Invalid("the code of the code lengths is no prefix code");
    lengths.fill(0);
    for (uint32_t i = 0; i < literals + distances;) {
      Fill();
      const uint32_t entry = literals_.At(bits_), bits = entry & 15, symbol = entry >> 4;
      static constexpr uint32_t kExtra[] = {2, 3, 7}, kBase[] = {3, 3, 11};
      if (bits == 0) return count_ < kMaxBits ? End(InflateEnd::kInputEnds) : Invalid("an unknown code length");
      if (count_ < bits + (symbol < 16 ? 0 : kExtra[symbol - 16])) return End(InflateEnd::kInputEnds);
      Take(bits);
      if (symbol < 16) {
        lengths[i++] = uint8_t(symbol);
        continue;
      }
      const uint32_t times = kBase[symbol - 16] + Take(kExtra[symbol - 16]);
      if ((symbol == 16 && i == 0) || i + times > literals + distances) {
        return Invalid("a repeated code length without a place");
      }
      const uint8_t value = symbol == 16 ? lengths[i - 1] : 0;
      for (uint32_t k = 0; k < times; ++k) lengths[i++] = value;
    }
    if (lengths[256] == 0) return Invalid("a block that cannot end");
    if (!literals_.Build(lengths.data(), literals)) return Invalid("the literal and length codes are no prefix code");
    if (!distances_.Build(lengths.data() + literals, distances)) {
      return Invalid("the distance codes are no prefix code");
    }
    return Symbols();
  }

  InflateEnd Symbols() {
    static constexpr uint16_t kLength[] = {3,  4,  5,  6,  7,  8,  9,  10, 11,  13,  15,  17,  19,  23, 27,
                                           31, 35, 43, 51, 59, 67, 83, 99, 115, 131, 163, 195, 227, 258};
    static constexpr uint16_t kDistance[] = {1,   2,   3,   4,   5,   7,    9,    13,   17,   25,   33,   49,   65,    97,    129,
                                             193, 257, 385, 513, 769, 1025, 1537, 2049, 3073, 4097, 6145, 8193, 12289, 16385, 24577};
    for (uint32_t symbols = 1;; ++symbols) {
      if (symbols % (1 << 16) == 0 && !goOn_()) return End(InflateEnd::kStopped);
      Fill();  // 57 bits or all that are left: a length and a distance take at most 48
      const uint32_t entry = literals_.At(bits_), bits = entry & 15, symbol = entry >> 4;
      if (bits == 0) return count_ < kMaxBits ? End(InflateEnd::kInputEnds) : Invalid("an unknown literal or length");
      if (count_ < bits) return End(InflateEnd::kInputEnds);
      if (symbol < 256) {
        if (size_ == output_.size()) return End(InflateEnd::kOutputFull);
        output_[size_++] = uint8_t(symbol);
        Take(bits);
        continue;
      }
      Take(bits);
      if (symbol == 256) return End(InflateEnd::kFinished);
      if (symbol > 285) return Invalid("an unknown literal or length");
      const uint32_t lengthBits = symbol < 265 || symbol == 285 ? 0 : (symbol - 261) / 4;
      if (count_ < lengthBits) return End(InflateEnd::kInputEnds);
      const uint32_t length = kLength[symbol - 257] + Take(lengthBits);
      const uint32_t far = distances_.At(bits_), farBits = far & 15, farSymbol = far >> 4;
      if (farBits == 0) return count_ < kMaxBits ? End(InflateEnd::kInputEnds) : Invalid("an unknown distance");
      if (farSymbol > 29) return Invalid("an unknown distance");
      const uint32_t distanceBits = farSymbol < 4 ? 0 : farSymbol / 2 - 1;
      if (count_ < farBits + distanceBits) return End(InflateEnd::kInputEnds);
      Take(farBits);
      const uint32_t distance = kDistance[farSymbol] + Take(distanceBits);
      if (distance > size_) return Invalid("a distance to before the first row");
      const uint32_t copied = uint32_t(std::min<size_t>(length, output_.size() - size_));
      for (uint32_t i = 0; i < copied; ++i, ++size_) output_[size_] = output_[size_ - distance];
      if (copied < length) return End(InflateEnd::kOutputFull);
    }
  }

  const std::span<const uint8_t> data_;
  const std::span<uint8_t> output_;
  const std::function<bool()>& goOn_;
  size_t at_ = 0, size_ = 0;
  uint64_t bits_ = 0;
  uint32_t count_ = 0;
  Code literals_, distances_;
};

}  // namespace

InflateEnd InflatePlain(std::span<const uint8_t> data, std::span<uint8_t> output, const std::function<bool()>& goOn) {
  return Inflater(data, output, goOn).Run();
}

}  // namespace polycodec::png
