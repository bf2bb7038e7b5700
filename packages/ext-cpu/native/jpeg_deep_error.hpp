// How the deep JPEG codec (lossless, and 12 bits a sample) gives up: it throws a Refusal, which Attempt catches.
#pragma once

#include <polycodec.hpp>

namespace polycodec::jpegdeep {

struct Refusal {
  polycodec_status status;
  char text[200];
};

[[noreturn, gnu::format(printf, 2, 3)]] void Refuse(polycodec_status status, const char* format, ...);
// The same with IMAGE_CORRUPTED: the bytes break the format's rules.
[[noreturn, gnu::format(printf, 1, 2)]] void Corrupted(const char* format, ...);

// Runs `work`, which returns nothing when all is well.
template <class Work>
polycodec_status Attempt(polycodec_call* call, Work&& work) {
  try {
    work();
    return POLYCODEC_SUCCESS;
  } catch (const Refusal& refusal) {
    host->message(call, "%s", refusal.text);
    return refusal.status;
  }
}

}  // namespace polycodec::jpegdeep
