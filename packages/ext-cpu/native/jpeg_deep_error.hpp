// How the deep JPEG codec (lossless, and 12 bits a sample) gives up: a Refusal is thrown, and caught in its entry points.
#pragma once

#include <cstdarg>
#include <cstdio>

#include <polycodec.hpp>

namespace polycodec::jpegdeep {

struct Refusal {
  polycodec_status status;
  char text[200];
};

[[noreturn, gnu::format(printf, 2, 3)]] inline void Refuse(polycodec_status status, const char* format, ...) {
  Refusal refusal{.status = status, .text = {}};
  va_list arguments;
  va_start(arguments, format);
  std::vsnprintf(refusal.text, sizeof refusal.text, format, arguments);
  va_end(arguments);
  throw refusal;
}

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
