#include "nvjpeg_library.hpp"

namespace polycodec::nvjpeg {
namespace {

constexpr const char* kSonames[] = {"libnvjpeg.so.13", "libnvjpeg.so.12", "libnvjpeg.so", nullptr};
constexpr cuda::LibraryFacts kFacts = {.name = "nvJPEG", .prefix = "nvjpeg", .status_prefix = "NVJPEG_STATUS_",
                                      .last_status = Status::kIncompleteBitstream,
                                      .sonames = kSonames, .oldest = 120100, .beyond = 140000, .supported = "12.1 to 13"};

}  // namespace

Library OpenLibrary(polycodec_call* call) { return cuda::OpenLibrary<Functions>(call, kFacts); }

void Check(Status status, const char* call) { cuda::CheckStatus(kFacts, status, call); }

}  // namespace polycodec::nvjpeg
