// The decimal samples of PBM, PGM and PPM in ASCII.
#pragma once

#include <cstddef>
#include <cstdint>
#include <span>

#include "pnm_header.hpp"

namespace polycodec::pnm {

class AsciiSamples {
 public:
  enum Outcome { kSample, kEnd, kNoNumber };

  // `bits`: every digit is a sample of its own, with or without white space between.
  AsciiSamples(std::span<const uint8_t> file, size_t at, bool bits)
      : at_(file.data() + at), start_(file.data()), end_(file.data() + file.size()), bits_(bits) {}

  // Numbers too large for 32 bits count as the largest.
  Outcome Next(uint32_t& value) {
    while (at_ < end_ && (IsSpace(*at_) || *at_ == '#')) {
      if (*at_++ == '#') SkipLine();
    }
    if (at_ == end_) return kEnd;
    if (!IsDigit(*at_)) return kNoNumber;
    value = *at_++ - '0';
    if (bits_) return value <= 1 ? kSample : kNoNumber;
    for (; at_ < end_ && IsDigit(*at_); ++at_) {
      if (value < 100'000'000) value = value * 10 + (*at_ - '0');
    }
    return kSample;
  }

  size_t at() const { return static_cast<size_t>(at_ - start_); }

 private:
  static bool IsDigit(uint8_t byte) { return byte >= '0' && byte <= '9'; }
  void SkipLine() {
    while (at_ < end_ && *at_ != '\n') ++at_;
  }

  const uint8_t *at_, *start_, *end_;
  bool bits_;
};

}  // namespace polycodec::pnm
