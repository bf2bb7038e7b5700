// Assertions of OpenJPEG and OpenJPH that a damaged file breaks: failures of the task, not the process's end.
#pragma once

namespace polycodec::jpeg2k {

// While it lives, an assertion that fails on this thread in one of the libraries throws a Failure (IMAGE_CORRUPTED).
//
// Debian builds both with their assertions, and high-throughput code blocks reach some: a byte after 0xff in what MEL
// codes, which must be below 0x90, is one. The libraries call `__assert_fail` by name; this extension has one of its own,
// which its libraries find before libc's because core opens extensions with RTLD_DEEPBIND. (Not so under a sanitizer,
// where core cannot, nor with a library that something else has loaded before.) An assertion is checked before harm is
// done, and both libraries keep their unwind tables, so that the exception may pass through them; a hundred bytes of
// OpenJPEG's may stay behind.
class AssertionsAsFailures {
 public:
  AssertionsAsFailures();
  ~AssertionsAsFailures();
  AssertionsAsFailures(const AssertionsAsFailures&) = delete;
  AssertionsAsFailures& operator=(const AssertionsAsFailures&) = delete;
};

}  // namespace polycodec::jpeg2k
