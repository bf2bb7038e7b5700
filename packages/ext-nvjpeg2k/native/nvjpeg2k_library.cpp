#include "nvjpeg2k_library.hpp"

namespace polycodec::nvjpeg2k {
namespace {

constexpr const char* kSonames[] = {"libnvjpeg2k.so.0", "libnvjpeg2k.so", nullptr};
constexpr cuda::LibraryFacts kFacts = {.name = "nvJPEG2000", .prefix = "nvjpeg2k", .status_prefix = "NVJPEG2K_STATUS_",
                                      .last_status = Status::kImplementationNotSupported,
                                      .sonames = kSonames, .oldest = 800, .beyond = 10000, .supported = "from 0.8 on below 1.0"};

}  // namespace

Library OpenLibrary(polycodec_call* call) { return cuda::OpenLibrary<Functions>(call, kFacts); }

void Check(Status status, const char* call) { cuda::CheckStatus(kFacts, status, call); }

}  // namespace polycodec::nvjpeg2k
