/* Work for one task, whose failure becomes the task's status and message. */
#pragma once

#include <polycodec_cuda.hpp>

#include "session.hpp"

namespace polycodec::nvjpeg {

/*
 * Runs `work`; true: it succeeded, and the status is left alone. `broken`, if given, is set when what the work was done
 * with must be made anew.
 */
template <class Work>
bool Try(Session& session, polycodec_call* call, polycodec_status& status, bool* broken, Work&& work) noexcept {
  const char* fact;
  try {
    work();
    return true;
  } catch (const cuda::Failure& failure) {
    status = failure.status;
    if (failure.what()[0] != 0) host->message(call, "%s", failure.what());
    if (broken != nullptr) *broken |= failure.broken;
    if (failure.status == POLYCODEC_BACKEND_UNSUPPORTED && failure.broken) session.Disable(failure.what());
    return false;
  } catch (const std::bad_alloc&) {
    status = POLYCODEC_OUT_OF_MEMORY;
    fact = "out of memory";
  } catch (const std::exception& error) {
    status = POLYCODEC_FAIL;
    host->message(call, "unexpected exception: %s", error.what());
    return false;
  }
  host->message(call, "%s", fact);
  return false;
}

inline void RequireNotCancelled(const polycodec_call* call) {
  if (host->cancelled(call)) throw cuda::Failure(POLYCODEC_CANCELLED, "cancelled");
}

}  // namespace polycodec::nvjpeg
