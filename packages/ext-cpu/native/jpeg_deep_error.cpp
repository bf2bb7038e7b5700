#include "jpeg_deep_error.hpp"

#include <cstdarg>
#include <cstdio>

namespace polycodec::jpegdeep {
namespace {

[[noreturn]] void Throw(polycodec_status status, const char* format, va_list arguments) {
  Refusal refusal{.status = status, .text = {}};
  std::vsnprintf(refusal.text, sizeof refusal.text, format, arguments);
  va_end(arguments);
  throw refusal;
}

}  // namespace

void Refuse(polycodec_status status, const char* format, ...) {
  va_list arguments;
  va_start(arguments, format);
  Throw(status, format, arguments);
}

void Corrupted(const char* format, ...) {
  va_list arguments;
  va_start(arguments, format);
  Throw(POLYCODEC_IMAGE_CORRUPTED, format, arguments);
}

}  // namespace polycodec::jpegdeep
