// How PNG code gives up: the fact goes to the host, the status travels as an exception to the backend's door.
#pragma once

#include <polycodec.hpp>

namespace polycodec::png {

struct Failure {
  polycodec_status status;
};

// Says the fact, printf-style, and ends the sample. Caught by Settle.
template <typename... Arguments>
[[noreturn]] void Fail(polycodec_call* call, polycodec_status status, const char* format, Arguments... arguments) {
  host->message(call, format, arguments...);
  throw Failure{status};
}

// Runs `work`; what Fail threw becomes its status.
template <typename Work>
polycodec_status Settle(Work&& work) {
  try {
    work();
    return POLYCODEC_SUCCESS;
  } catch (const Failure& failure) {
    return failure.status;
  }
}

// Ends the sample if the user has cancelled.
inline void StopIfCancelled(polycodec_call* call) {
  if (host->cancelled(call)) throw Failure{POLYCODEC_CANCELLED};
}

}  // namespace polycodec::png
