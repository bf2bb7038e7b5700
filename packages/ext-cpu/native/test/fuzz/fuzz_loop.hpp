// What the fuzz targets have in common: the entry point for libFuzzer (clang, -fsanitize=fuzzer
// -DPOLYCODEC_LIBFUZZER), or without it a main that mutates files at random:
//
//   PROGRAM SECONDS SEED FILES…     says how the decodes came out
//
// With POLYCODEC_FUZZ_LAST in the environment the latest case is kept in the file of that name.
#pragma once

#include <algorithm>
#include <chrono>
#include <cstdint>
#include <cstdio>
#include <cstdlib>
#include <fstream>
#include <iterator>
#include <map>
#include <random>
#include <string>
#include <vector>

#include "../harness_host.hpp"

namespace harness {

// The program as the extension whose backends it calls; a target that calls functions below them has none to list.
constexpr polycodec_extension ExtensionOf(const polycodec_decoder* const* decoders = nullptr,
                                          const polycodec_encoder* const* encoders = nullptr) {
  polycodec_extension extension{};
  extension.struct_size = sizeof extension;
  extension.abi_version = POLYCODEC_ABI_VERSION;
  extension.name = "fuzz";
  extension.version = "0";
  extension.decoders = decoders;
  extension.encoders = encoders;
  return extension;
}

// What a target does with one case.
using FuzzOneFn = polycodec_status (*)(const std::vector<uint8_t>& bytes);

// Every failure says why.
inline void MustBeExplained(polycodec_status status, const polycodec_call& call) {
  if (status == POLYCODEC_SUCCESS || status == POLYCODEC_CANCELLED || !call.message.empty()) return;
  std::fprintf(stderr, "%s without a word\n", StatusName(status));
  std::abort();
}

// How cases are made: half of the changes fall among the first bytes, where headers are, and one matters most. The last
// bytes, if they choose what is asked for, are drawn anew for every case.
struct Mutations {
  size_t headerBytes = 200, choiceBytes = 0;
};

inline std::vector<uint8_t> Mutated(std::vector<uint8_t> bytes, std::mt19937& random, const Mutations& mutations) {
  const auto below = [&](size_t count) { return count == 0 ? 0 : random() % count; };
  bytes.resize(bytes.size() - std::min(bytes.size(), mutations.choiceBytes));
  if (below(8) == 0) bytes.resize(below(bytes.size() + 1));
  for (size_t changes = below(7); changes > 0 && !bytes.empty(); --changes) {
    const size_t at = below(2) == 0 ? below(std::min(bytes.size(), mutations.headerBytes)) : below(bytes.size());
    switch (below(5)) {
      case 0: bytes[at] = static_cast<uint8_t>(1u << below(8)); break;
      case 1: bytes[at] ^= static_cast<uint8_t>(1u << below(8)); break;
      case 2: bytes.erase(bytes.begin() + static_cast<ptrdiff_t>(at)); break;
      case 3: bytes.insert(bytes.begin() + static_cast<ptrdiff_t>(at), static_cast<uint8_t>(random())); break;
      default: bytes[at] = static_cast<uint8_t>(random());
    }
  }
  for (size_t i = 0; i < mutations.choiceBytes; ++i) bytes.push_back(static_cast<uint8_t>(random()));
  return bytes;
}

inline int FuzzLoop(int count, char** arguments, FuzzOneFn fuzzOne, const Mutations& mutations) {
  if (count < 4) return 2;
  const auto end = std::chrono::steady_clock::now() + std::chrono::seconds(std::atoi(arguments[1]));
  std::mt19937 random(static_cast<uint32_t>(std::atoi(arguments[2])));
  std::vector<std::vector<uint8_t>> files;
  for (int i = 3; i < count; ++i) {
    std::ifstream file(arguments[i], std::ios::binary);
    files.emplace_back(std::istreambuf_iterator<char>(file), std::istreambuf_iterator<char>());
  }
  std::map<std::string, size_t> outcomes;
  size_t cases = 0;
  for (; std::chrono::steady_clock::now() < end; ++cases) {
    const auto bytes = Mutated(files[random() % files.size()], random, mutations);
    if (const char* keep = std::getenv("POLYCODEC_FUZZ_LAST")) {
      std::ofstream(keep, std::ios::binary)
          .write(reinterpret_cast<const char*>(bytes.data()), static_cast<std::streamsize>(bytes.size()));
    }
    ++outcomes[StatusName(fuzzOne(bytes))];
  }
  for (const auto& [status, times] : outcomes) std::printf("%8zu  %s\n", times, status.c_str());
  std::printf("%zu cases\n", cases);
  return 0;
}

}  // namespace harness

#ifdef POLYCODEC_LIBFUZZER
#define POLYCODEC_FUZZ_MAIN(fuzzOne, ...)
#else
#define POLYCODEC_FUZZ_MAIN(fuzzOne, ...)                                  \
  int main(int count, char** arguments) {                                  \
    polycodec_extension_v1(&harness::Host());                              \
    return harness::FuzzLoop(count, arguments, fuzzOne, {__VA_ARGS__});    \
  }
#endif

// `fuzzOne`, and how its cases are made, as harness::Mutations' initializers.
#define POLYCODEC_FUZZ_TARGET(fuzzOne, ...)                                \
  extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) { \
    polycodec_extension_v1(&harness::Host());                              \
    fuzzOne({data, data + size});                                          \
    return 0;                                                              \
  }                                                                        \
  POLYCODEC_FUZZ_MAIN(fuzzOne, __VA_ARGS__)
