#include "openjph_messages.hpp"

#include <cstdarg>
#include <cstdio>

#include <openjph/ojph_message.h>

#include "jpeg2k_failure.hpp"

namespace polycodec::jpeg2k {
namespace {

thread_local polycodec_call* currentCall = nullptr;
thread_local polycodec_status errorStatus = POLYCODEC_FAIL;

struct Info final : ojph::message_info {
  void operator()(int, const char*, int, const char*, ...) override {}
};

struct Warning final : ojph::message_warning {
  void operator()(int, const char*, int, const char* format, ...) override {
    if (currentCall == nullptr) return;
    char text[400];
    va_list arguments;
    va_start(arguments, format);
    std::vsnprintf(text, sizeof text, format, arguments);
    va_end(arguments);
    for (char* at = text; *at != 0; ++at) {
      if (*at == '\n') *at = ' ';
    }
    host->warn(currentCall, "%s", text);
  }
};

struct Error final : ojph::message_error {
  void operator()(int code, const char*, int, const char* format, ...) override {
    char text[300];
    va_list arguments;
    va_start(arguments, format);
    std::vsnprintf(text, sizeof text, format, arguments);
    va_end(arguments);
    for (char* at = text; *at != 0; ++at) {
      if (*at == '\n') *at = ' ';
    }
    Fail(errorStatus, "%s (OpenJPH's error 0x%08X)", text, static_cast<unsigned>(code));
  }
};

// Never destroyed: OpenJPH keeps their addresses.
Info info;
Warning warning;
Error error;

}  // namespace

OpenJphMessages::OpenJphMessages(polycodec_call* call, polycodec_status statusOfErrors) {
  static const bool configured = [] {
    ojph::configure_info(&info);
    ojph::configure_warning(&warning);
    ojph::configure_error(&error);
    return true;
  }();
  (void)configured;
  currentCall = call;
  errorStatus = statusOfErrors;
}

OpenJphMessages::~OpenJphMessages() { currentCall = nullptr; }

}  // namespace polycodec::jpeg2k
