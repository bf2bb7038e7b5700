/* Finding libnvjpeg2k at run time, and what its statuses mean to a sample. */
#pragma once

#include <polycodec_cuda_library.hpp>

#include "nvjpeg2k_api.hpp"

namespace polycodec::nvjpeg2k {

/* Versions: 10,000 major + 100 minor + patch. */
constexpr int kFirstWithQuality = 900, kFirstWithWideBlocks = 1100, kFirstUnknownConfig = 1200;

using Library = cuda::CodecLibrary<Functions>;

/* Throws Failure(BACKEND_UNSUPPORTED) that says what was found instead. */
Library OpenLibrary(polycodec_call* call);

/* Throws a Failure with the fact "nvjpeg2kDecodeImage: NVJPEG2K_STATUS_BAD_JPEG" unless `status` is success. */
void Check(Status status, const char* call);

/* Check(function(arguments...)) with the function's full name. */
#define POLYCODEC_NVJPEG2K_CALL(api, name, ...) ::polycodec::nvjpeg2k::Check((api).name(__VA_ARGS__), "nvjpeg2k" #name)

}  // namespace polycodec::nvjpeg2k
