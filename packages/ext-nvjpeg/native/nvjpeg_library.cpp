#include "nvjpeg_library.hpp"

namespace polycodec::nvjpeg {
namespace {

constexpr const char* kSonames[] = {"libnvjpeg.so.13", "libnvjpeg.so.12", "libnvjpeg.so", nullptr};
constexpr cuda::LibraryFacts kFacts = {.name = "nvJPEG", .prefix = "nvjpeg", .status_prefix = "NVJPEG_STATUS_",
                                      .last_status = static_cast<int>(Status::kIncompleteBitstream),
                                      .sonames = kSonames, .oldest = 120100, .beyond = 140000, .supported = "12.1 to 13"};

std::string BindAll(void* opened, Functions& api) {
  std::string missing;
  cuda::Bind(opened, "nvjpegGetProperty", api.GetProperty);
#define POLYCODEC_NVJPEG_BIND(presence, name, arguments) \
  cuda::Bind(opened, "nvjpeg" #name, api.name);           \
  if (#presence[0] == 'R' && api.name == nullptr) missing += " nvjpeg" #name;
  POLYCODEC_NVJPEG_FUNCTIONS(POLYCODEC_NVJPEG_BIND)
#undef POLYCODEC_NVJPEG_BIND
  return missing;
}

}  // namespace

Library OpenLibrary(polycodec_call* call) { return cuda::OpenLibrary<Functions, Property>(call, kFacts, BindAll); }

void Check(Status status, const char* call) { cuda::CheckStatus(kFacts, static_cast<int>(status), call); }

}  // namespace polycodec::nvjpeg
