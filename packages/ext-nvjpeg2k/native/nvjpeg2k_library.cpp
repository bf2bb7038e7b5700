#include "nvjpeg2k_library.hpp"

namespace polycodec::nvjpeg2k {
namespace {

constexpr const char* kSonames[] = {"libnvjpeg2k.so.0", "libnvjpeg2k.so", nullptr};
constexpr cuda::LibraryFacts kFacts = {.name = "nvJPEG2000", .prefix = "nvjpeg2k", .status_prefix = "NVJPEG2K_STATUS_",
                                      .last_status = static_cast<int>(Status::kImplementationNotSupported),
                                      .sonames = kSonames, .oldest = 800, .beyond = 10000, .supported = "from 0.8 on below 1.0"};

std::string BindAll(void* opened, Functions& api) {
  std::string missing;
  cuda::Bind(opened, "nvjpeg2kGetProperty", api.GetProperty);
#define POLYCODEC_NVJPEG2K_BIND(presence, name, arguments) \
  cuda::Bind(opened, "nvjpeg2k" #name, api.name);           \
  if (#presence[0] == 'R' && api.name == nullptr) missing += " nvjpeg2k" #name;
  POLYCODEC_NVJPEG2K_FUNCTIONS(POLYCODEC_NVJPEG2K_BIND)
#undef POLYCODEC_NVJPEG2K_BIND
  return missing;
}

}  // namespace

Library OpenLibrary(polycodec_call* call) { return cuda::OpenLibrary<Functions, Property>(call, kFacts, BindAll); }

void Check(Status status, const char* call) { cuda::CheckStatus(kFacts, static_cast<int>(status), call); }

}  // namespace polycodec::nvjpeg2k
