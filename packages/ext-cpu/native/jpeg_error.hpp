// How libjpeg's errors become statuses and its warnings become sentences.
#pragma once

#include <array>
#include <csetjmp>
#include <cstdio>

#include <jpeglib.h>
#include <polycodec.h>

namespace polycodec::jpeg {

// libjpeg reports a fatal error through a callback that must not return. Ours jumps to the setjmp of the `Guard` that
// called into libjpeg, so what lies between the two must need no destructor: buffers live in the worker, not in the
// guarded functions. No jump ever leaves the extension.
struct ErrorManager : jpeg_error_mgr {
  ErrorManager();

  // Forgets the last image. `call` is told of the warnings.
  void Begin(polycodec_call* call, bool allowPartial);

  // Ends the guarded work with a status and the fact behind it.
  [[noreturn, gnu::format(printf, 3, 4)]] void Fail(polycodec_status status, const char* format, ...);
  // The coded data ends at the decompressor's present row: fatal unless the caller takes partial pictures. Noted once.
  void Truncated(j_decompress_ptr info);
  [[gnu::format(printf, 3, 4)]] void Warn(int code, const char* format, ...);

  // Hands the warnings to the host, equal ones as one with their count.
  void Deliver();

  struct Warning {
    int code;
    unsigned count;
    char text[JMSG_LENGTH_MAX];
  };

  jmp_buf escape;
  polycodec_call* call = nullptr;
  polycodec_status status = POLYCODEC_SUCCESS;
  char text[JMSG_LENGTH_MAX + 64];
  std::array<Warning, 8> warnings;
  unsigned warningCount = 0;
  bool allowPartial = false;
  bool truncated = false;
  // Set while a scan's rows are read, so that messages can say where.
  bool inScan = false;
  // Has the source run dry? Then a fatal error is a matter of truncation, whatever libjpeg makes of the bytes.
  const bool* exhausted = nullptr;
};

// Runs `work`, which returns a status and may call libjpeg. Returns the status of a failure instead if there is one.
template <typename Work>
polycodec_status Guard(ErrorManager& errors, Work&& work) {
  if (setjmp(errors.escape) != 0) return errors.status;
  return work();
}

// Codes of our own warnings; libjpeg's are positive.
inline constexpr int kWarnTruncated = -1, kWarnNoEnd = -2, kWarnFewScans = -3, kWarnMissingComponent = -4;

}  // namespace polycodec::jpeg
