#include "openjph_messages.hpp"

#include <cstdio>
#include <cstring>
#include <mutex>

#include <openjph/ojph_message.h>

namespace polycodec::jpeg2k {
namespace {

thread_local OpenJphMessages* present = nullptr;

template <bool kIsError>
ssize_t Write(void*, const char* text, size_t size) {
  if (present != nullptr) present->Append(kIsError, text, size);
  return static_cast<ssize_t>(size);
}

// A stream without a buffer, so that what one thread prints is written on that thread. Never closed.
template <bool kIsError>
FILE* OpenStream() {
  FILE* stream = fopencookie(nullptr, "w", {.read = nullptr, .write = Write<kIsError>, .seek = nullptr, .close = nullptr});
  if (stream != nullptr) std::setvbuf(stream, nullptr, _IONBF, 0);
  return stream;
}

// "ojph error 0x000300A1 at ojph_codestream.cpp:4067: Error decoding a codeblock" says where in OpenJPH; the fact is last.
const char* FactOf(const char* line) {
  const char* at = std::strstr(line, ".cpp:");
  at = at == nullptr ? nullptr : std::strstr(at, ": ");
  return at == nullptr ? line : at + 2;
}

}  // namespace

OpenJphMessages::OpenJphMessages() : outer_(present) {
  static std::once_flag streamsAreSet;
  std::call_once(streamsAreSet, [] {
    ojph::set_info_stream(OpenStream<false>());
    ojph::set_warning_stream(OpenStream<false>());
    ojph::set_error_stream(OpenStream<true>());
  });
  present = this;
}

OpenJphMessages::~OpenJphMessages() { present = outer_; }

void OpenJphMessages::Append(bool isError, const char* text, size_t size) {
  for (size_t i = 0; i < size; ++i) {
    if (text[i] != '\n') {
      if (length_ + 1 < sizeof line_) line_[length_++] = text[i];
      continue;
    }
    line_[length_] = 0;
    char* kept = isError ? error_ : warning_;
    if (kept[0] == 0) std::snprintf(kept, sizeof error_, "%s", FactOf(line_));
    length_ = 0;
  }
}

}  // namespace polycodec::jpeg2k
