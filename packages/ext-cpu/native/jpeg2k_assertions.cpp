#include "jpeg2k_assertions.hpp"

#include <cstdio>
#include <cstdlib>
#include <cstring>

#include "jpeg2k_failure.hpp"

namespace polycodec::jpeg2k {
namespace {

thread_local int guards = 0;

}  // namespace

AssertionsAsFailures::AssertionsAsFailures() { ++guards; }
AssertionsAsFailures::~AssertionsAsFailures() { --guards; }

}  // namespace polycodec::jpeg2k

// libc's <assert.h> declares it as one that throws nothing, and is not included here.
extern "C" [[noreturn, gnu::visibility("default")]] void __assert_fail(const char* assertion, const char* file,
                                                                       unsigned line, const char* function) {
  using namespace polycodec::jpeg2k;
  if (guards > 0) {
    const char* name = std::strrchr(file, '/');
    Fail(POLYCODEC_IMAGE_CORRUPTED, "%s:%u: %s fails", name == nullptr ? file : name + 1, line, assertion);
  }
  std::fprintf(stderr, "%s:%u: %s: Assertion `%s' failed.\n", file, line, function, assertion);
  std::abort();
}
