#include "nvjpeg_library.hpp"

#include <polycodec_cuda_backend.hpp>

namespace polycodec::nvjpeg {
using cuda::Bind;
using cuda::Dotted;
using cuda::Refuse;

namespace {

constexpr const char* kNames[] = {"libnvjpeg.so.13", "libnvjpeg.so.12", "libnvjpeg.so", nullptr};
constexpr int kOldest = 120100, kBeyond = 140000;

int VersionOf(const Functions& api) {
  int major = 0, minor = 0, patch = 0;
  POLYCODEC_NVJPEG_CALL(api, GetProperty, Property::kMajor, &major);
  POLYCODEC_NVJPEG_CALL(api, GetProperty, Property::kMinor, &minor);
  POLYCODEC_NVJPEG_CALL(api, GetProperty, Property::kPatch, &patch);
  return 10000 * major + 100 * minor + patch;
}

}  // namespace

Library Library::Open(polycodec_call* call) {
  void* opened = host->open_library(call, "nvJPEG", kNames);
  if (opened == nullptr) Refuse("");
  const std::string path = host->library_path(opened);
  Library library;
  Functions& api = library.api;
  Bind(opened, "nvjpegGetProperty", api.GetProperty);
  if (api.GetProperty == nullptr) Refuse(path + " has no nvjpegGetProperty");
  library.version = VersionOf(api);
  library.text = "nvJPEG " + Dotted(library.version) + " (" + path + ")";
  if (library.version < kOldest) Refuse(library.text + " is too old: 12.1.0 is the oldest that is supported");
  if (library.version >= kBeyond) Refuse(library.text + " is newer than all that are supported, 12.1 to 13");
  std::string missing;
#define POLYCODEC_NVJPEG_BIND(presence, name, arguments)                 \
  Bind(opened, "nvjpeg" #name, api.name);                          \
  if (#presence[0] == 'R' && api.name == nullptr) missing += " nvjpeg" #name;
  POLYCODEC_NVJPEG_FUNCTIONS(POLYCODEC_NVJPEG_BIND)
#undef POLYCODEC_NVJPEG_BIND
  if (!missing.empty()) Refuse(library.text + " lacks" + missing);
  return library;
}

const char* StatusName(Status status) {
  switch (status) {
    case Status::kSuccess: return "NVJPEG_STATUS_SUCCESS";
    case Status::kNotInitialized: return "NVJPEG_STATUS_NOT_INITIALIZED";
    case Status::kInvalidParameter: return "NVJPEG_STATUS_INVALID_PARAMETER";
    case Status::kBadJpeg: return "NVJPEG_STATUS_BAD_JPEG";
    case Status::kJpegNotSupported: return "NVJPEG_STATUS_JPEG_NOT_SUPPORTED";
    case Status::kAllocatorFailure: return "NVJPEG_STATUS_ALLOCATOR_FAILURE";
    case Status::kExecutionFailed: return "NVJPEG_STATUS_EXECUTION_FAILED";
    case Status::kArchMismatch: return "NVJPEG_STATUS_ARCH_MISMATCH";
    case Status::kInternalError: return "NVJPEG_STATUS_INTERNAL_ERROR";
    case Status::kImplementationNotSupported: return "NVJPEG_STATUS_IMPLEMENTATION_NOT_SUPPORTED";
    case Status::kIncompleteBitstream: return "NVJPEG_STATUS_INCOMPLETE_BITSTREAM";
  }
  return "an unknown status";
}

void Check(Status status, const char* call) {
  if (status == Status::kSuccess) return;
  const std::string fact = std::string(call) + ": " + StatusName(status);
  switch (status) {
    case Status::kBadJpeg: throw cuda::Failure(POLYCODEC_IMAGE_CORRUPTED, fact);
    case Status::kIncompleteBitstream: throw cuda::Failure(POLYCODEC_IMAGE_TRUNCATED, fact);
    case Status::kJpegNotSupported: case Status::kImplementationNotSupported:
      throw cuda::Failure(POLYCODEC_CODESTREAM_UNSUPPORTED, fact);
    case Status::kAllocatorFailure: throw cuda::Failure(POLYCODEC_OUT_OF_MEMORY, fact);
    // The device cannot do it, now and later.
    case Status::kArchMismatch: throw cuda::Failure(POLYCODEC_BACKEND_UNSUPPORTED, fact, true);
    // Not initialized, an invalid parameter: our mistake. Execution failed, internal error: who knows in what state.
    default: throw cuda::Failure(POLYCODEC_FAIL, fact, true);
  }
}

}  // namespace polycodec::nvjpeg
