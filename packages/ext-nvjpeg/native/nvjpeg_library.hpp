/* Finding libnvjpeg at run time, and what its statuses mean to a sample. */
#pragma once

#include <string>

#include <polycodec_cuda.hpp>

#include "nvjpeg_api.hpp"

namespace polycodec::nvjpeg {

struct Library {
  Functions api;
  int version = 0;   // 10,000 major + 100 minor + patch: 130302 is 13.3.2
  std::string text;  // "nvJPEG 13.3.2 (/usr/lib/…/libnvjpeg.so.13)"

  /*
   * Opens the library and binds its functions, after its version has been read and found to be one of those whose
   * declarations we have: 12.1 to 13. Throws Failure(BACKEND_UNSUPPORTED) that says what was found instead.
   */
  static Library Open(polycodec_call* call);
};

/* The library's own name of a status: "NVJPEG_STATUS_BAD_JPEG". */
const char* StatusName(Status status);

/* Throws a Failure with the fact "nvjpegDecodeJpegHost: NVJPEG_STATUS_BAD_JPEG" unless `status` is success. */
void Check(Status status, const char* call);

/* Check(function(arguments...)) with the function's full name. */
#define POLYCODEC_NVJPEG_CALL(api, name, ...) ::polycodec::nvjpeg::Check((api).name(__VA_ARGS__), "nvjpeg" #name)

}  // namespace polycodec::nvjpeg
