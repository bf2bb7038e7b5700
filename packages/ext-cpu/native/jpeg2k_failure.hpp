// How JPEG 2000 work ends early: by an exception that never leaves the extension.
#pragma once

#include <cstdarg>
#include <cstdio>

#include <polycodec.hpp>

namespace polycodec::jpeg2k {

struct Failure {
  polycodec_status status;
  char fact[400];
};

[[noreturn, gnu::format(printf, 2, 3)]] inline void Fail(polycodec_status status, const char* format, ...) {
  Failure failure{status, {}};
  va_list arguments;
  va_start(arguments, format);
  std::vsnprintf(failure.fact, sizeof failure.fact, format, arguments);
  va_end(arguments);
  throw failure;
}

// Runs `work`, which returns nothing; a Failure becomes its status and message.
template <typename Work>
polycodec_status Guard(polycodec_call* call, Work&& work) {
  try {
    work();
    return POLYCODEC_SUCCESS;
  } catch (const Failure& failure) {
    host->message(call, "%s", failure.fact);
    return failure.status;
  }
}

}  // namespace polycodec::jpeg2k
