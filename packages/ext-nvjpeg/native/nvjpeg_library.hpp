/* Finding libnvjpeg at run time, and what its statuses mean to a sample. */
#pragma once

#include <polycodec_cuda_library.hpp>

#include "nvjpeg_api.hpp"

namespace polycodec::nvjpeg {

using Library = cuda::CodecLibrary<Functions>;

/* Throws Failure(BACKEND_UNSUPPORTED) that says what was found instead. */
Library OpenLibrary(polycodec_call* call);

/* Throws a Failure with the fact "nvjpegDecodeJpegHost: NVJPEG_STATUS_BAD_JPEG" unless `status` is success. */
void Check(Status status, const char* call);

/* Check(function(arguments...)) with the function's full name. */
#define POLYCODEC_NVJPEG_CALL(api, name, ...) ::polycodec::nvjpeg::Check((api).name(__VA_ARGS__), "nvjpeg" #name)

}  // namespace polycodec::nvjpeg
