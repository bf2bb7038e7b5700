/* Finding libnvjpeg2k at run time, and what its statuses mean to a sample. */
#pragma once

#include <string>

#include <polycodec_cuda.hpp>

#include "nvjpeg2k_api.hpp"

namespace polycodec::nvjpeg2k {

/* 10,000 major + 100 minor + patch. */
constexpr int kFirstWithQuality = 900, kFirstWithWideBlocks = 1100, kFirstUnknownConfig = 1200;

struct Library {
  Functions api;
  int version = 0;   // 1100 is 0.11.0
  std::string text;  // "nvJPEG2000 0.11.0 (/usr/lib/…/libnvjpeg2k.so.0)"

  /*
   * Opens the library and binds its functions, after its version has been read and found to be one of those whose
   * declarations we have: the file's name is the same for all of them. Throws Failure(BACKEND_UNSUPPORTED) that says what
   * was found instead.
   */
  static Library Open(polycodec_call* call);
};

/* The library's own name of a status: "NVJPEG2K_STATUS_BAD_JPEG". */
const char* StatusName(Status status);

/* Throws a Failure with the fact "nvjpeg2kDecodeImage: NVJPEG2K_STATUS_BAD_JPEG" unless `status` is success. */
void Check(Status status, const char* call);

/* Check(function(arguments...)) with the function's full name. */
#define POLYCODEC_NVJPEG2K_CALL(api, name, ...) ::polycodec::nvjpeg2k::Check((api).name(__VA_ARGS__), "nvjpeg2k" #name)

}  // namespace polycodec::nvjpeg2k
