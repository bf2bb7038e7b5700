// OpenJPH's messages, which it would print, become failures and warnings of the task that causes them.
#pragma once

#include <stdexcept>

#include <polycodec.h>

#include "jpeg2k_failure.hpp"

namespace polycodec::jpeg2k {

// While it lives, what OpenJPH says on this thread is kept here.
//
// OpenJPH 0.9 ignores configure_error and its likes; but it prints to streams that can be set, and so these are streams of
// ours that write into the thread's present object.
class OpenJphMessages {
 public:
  OpenJphMessages();
  ~OpenJphMessages();
  OpenJphMessages(const OpenJphMessages&) = delete;
  OpenJphMessages& operator=(const OpenJphMessages&) = delete;

  // Takes what is printed, line by line.
  void Append(bool isError, const char* text, size_t size);

  const char* Error() const { return error_[0] == 0 ? "OpenJPH gives up" : error_; }
  bool HasWarning() const { return warning_[0] != 0; }
  const char* Warning() const { return warning_; }

 private:
  OpenJphMessages* const outer_;  // of the task within which this one is run
  char line_[400] = {}, error_[400] = {}, warning_[400] = {};
  size_t length_ = 0;
};

// Runs `work`; OpenJPH's exceptions become Failures with this status and what it said.
template <typename Work>
void WithOpenJph(const OpenJphMessages& messages, polycodec_status status, Work&& work) {
  try {
    work();
  } catch (const std::runtime_error&) {
    Fail(status, "%s", messages.Error());
  } catch (const char* text) {
    Fail(POLYCODEC_OUT_OF_MEMORY, "%s", text);
  }
}

}  // namespace polycodec::jpeg2k
