// Inflating (RFC 1951) one symbol at a time: says how far damaged or shortened data goes, and what is wrong with it.
#pragma once

#include <cstddef>
#include <cstdint>
#include <functional>
#include <span>

namespace polycodec::png {

struct InflateEnd {
  enum Kind {
    kFinished,    // the last block has ended
    kInputEnds,   // the data ends before that
    kOutputFull,  // there is more data than the output holds
    kInvalid,     // the data breaks the format's rules
    kStopped,     // `goOn` said no
  };
  Kind kind = kFinished;
  size_t size = 0;           // bytes that have been written, all of them good
  const char* fact = "";     // what is invalid
};

// Inflates `data` into `output` as far as both go. `goOn` is asked now and then.
InflateEnd InflatePlain(std::span<const uint8_t> data, std::span<uint8_t> output, const std::function<bool()>& goOn);

}  // namespace polycodec::png
