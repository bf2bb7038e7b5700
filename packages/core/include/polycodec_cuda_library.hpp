/*
 * polycodec_cuda_library.hpp - opening one of NVIDIA's codec libraries at run time, and what its statuses mean to a sample.
 * C++20, header only.
 */
#ifndef POLYCODEC_CUDA_LIBRARY_HPP
#define POLYCODEC_CUDA_LIBRARY_HPP

#include <string>
#include <type_traits>

#include "polycodec_cuda.hpp"
#include "polycodec_cuda_declarations.hpp"

namespace polycodec::cuda {

/* What is known of a library before it is opened. */
struct LibraryFacts {
  const char* name;             // "nvJPEG"
  const char* prefix;           // of its functions: "nvjpeg"
  const char* status_prefix;    // "NVJPEG_STATUS_"
  Status last_status;
  const char* const* sonames;   // in the order in which they are tried; ends with NULL
  int oldest, beyond;           // versions: 10,000 major + 100 minor + patch
  const char* supported;        // "12.1 to 13"
};

/* An open library, with the functions that are used of it. */
template <class Functions>
struct CodecLibrary {
  Functions api;
  int version = 0;   // 130302 is 13.3.2
  std::string text;  // "nvJPEG 13.3.2 (/usr/lib/.../libnvjpeg.so.13)"
};

/* "13.3.2" of a version. */
inline std::string Dotted(int version) {
  return std::to_string(version / 10000) + "." + std::to_string(version / 100 % 100) + "." + std::to_string(version % 100);
}

/* Why the backend is off. An empty fact: whoever failed has said it. */
[[noreturn]] inline void Refuse(const std::string& fact) { throw Failure(POLYCODEC_BACKEND_UNSUPPORTED, fact); }

struct StatusMeaning {
  const char* name;
  polycodec_status becomes;
  bool broken;  // what the call was made with must be made anew
};
inline constexpr StatusMeaning kStatuses[] = {  // in the order of Status
    {"SUCCESS", POLYCODEC_SUCCESS, false},
    // Our own mistakes.
    {"NOT_INITIALIZED", POLYCODEC_FAIL, true},
    {"INVALID_PARAMETER", POLYCODEC_FAIL, true},
    {"BAD_JPEG", POLYCODEC_IMAGE_CORRUPTED, false},
    {"JPEG_NOT_SUPPORTED", POLYCODEC_CODESTREAM_UNSUPPORTED, false},
    {"ALLOCATOR_FAILURE", POLYCODEC_OUT_OF_MEMORY, false},
    {"EXECUTION_FAILED", POLYCODEC_FAIL, true},
    // The device cannot do it, now and later.
    {"ARCH_MISMATCH", POLYCODEC_BACKEND_UNSUPPORTED, true},
    {"INTERNAL_ERROR", POLYCODEC_FAIL, true},
    {"IMPLEMENTATION_NOT_SUPPORTED", POLYCODEC_CODESTREAM_UNSUPPORTED, false},
    {"INCOMPLETE_BITSTREAM", POLYCODEC_IMAGE_TRUNCATED, false},
};

/* Throws a Failure with the fact "nvjpegDecodeJpegHost: NVJPEG_STATUS_BAD_JPEG" unless `status` is success. */
inline void CheckStatus(const LibraryFacts& facts, Status status, const char* call) {
  if (status == Status::kSuccess) return;
  const int number = static_cast<int>(status);
  if (number < 0 || status > facts.last_status) {
    throw Failure(POLYCODEC_FAIL, std::string(call) + ": the unknown status " + std::to_string(number), true);
  }
  const StatusMeaning& meaning = kStatuses[number];
  throw Failure(meaning.becomes, std::string(call) + ": " + facts.status_prefix + meaning.name, meaning.broken);
}

/*
 * Opens the library and binds its functions; no other function is called before its version has been read, and is one of
 * those whose declarations we have. Throws Failure(BACKEND_UNSUPPORTED) that says what was found instead.
 */
template <class Functions>
CodecLibrary<Functions> OpenLibrary(polycodec_call* call, const LibraryFacts& facts) {
  void* opened = host->open_library(call, facts.name, facts.sonames);
  if (opened == nullptr) Refuse("");
  const std::string path = host->library_path(opened), get_property = std::string(facts.prefix) + "GetProperty";
  CodecLibrary<Functions> library;
  std::string missing;
  library.api.ForEach([&](const char* name, bool is_required, auto& function) {
    const std::string full_name = std::string(facts.prefix) + name;
    function = reinterpret_cast<std::remove_reference_t<decltype(function)>>(host->library_symbol(opened, full_name.c_str()));
    if (is_required && function == nullptr) missing += " " + full_name;
  });
  if (library.api.GetProperty == nullptr) Refuse(path + " has no " + get_property);
  int parts[3] = {};
  for (int i = 0; i < 3; i++) {
    CheckStatus(facts, library.api.GetProperty(static_cast<Property>(i), &parts[i]), get_property.c_str());
  }
  library.version = 10000 * parts[0] + 100 * parts[1] + parts[2];
  library.text = std::string(facts.name) + " " + Dotted(library.version) + " (" + path + ")";
  if (library.version < facts.oldest) {
    Refuse(library.text + " is too old: " + Dotted(facts.oldest) + " is the oldest that is supported");
  }
  if (library.version >= facts.beyond) {
    Refuse(library.text + " is newer than all that are supported, " + facts.supported);
  }
  if (!missing.empty()) Refuse(library.text + " lacks" + missing);
  return library;
}

}  // namespace polycodec::cuda

#endif
