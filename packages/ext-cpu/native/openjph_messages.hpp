// OpenJPH's messages, which are global and would be printed, become failures and warnings of the task that causes them.
#pragma once

#include <polycodec.h>

namespace polycodec::jpeg2k {

// While it lives, what OpenJPH says on this thread is the task's: an error throws Failure, a warning goes to the host.
struct OpenJphMessages {
  OpenJphMessages(polycodec_call* call, polycodec_status statusOfErrors);
  ~OpenJphMessages();
  OpenJphMessages(const OpenJphMessages&) = delete;
  OpenJphMessages& operator=(const OpenJphMessages&) = delete;
};

}  // namespace polycodec::jpeg2k
