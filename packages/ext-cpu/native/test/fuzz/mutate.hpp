// A fuzz program without a fuzzer: mutates files at random and says how the runs came out. `FuzzOne` says what came of one.
#pragma once

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

namespace polycodec::fuzz {

using Bytes = std::vector<uint8_t>;

// A copy with one to six bytes changed, dropped or put in; half of them within the first `headerBytes`, where a byte
// matters most. One in eight is cut short as well.
inline Bytes Mutated(Bytes bytes, size_t headerBytes, std::mt19937& random) {
  const auto below = [&](size_t count) { return count == 0 ? 0 : random() % count; };
  if (below(8) == 0) bytes.resize(below(bytes.size() + 1));
  for (size_t changes = 1 + below(6); changes > 0 && !bytes.empty(); --changes) {
    const size_t at = below(2) == 0 ? below(std::min(bytes.size(), headerBytes)) : below(bytes.size());
    switch (below(6)) {
      case 0: bytes[at] = static_cast<uint8_t>(1u << below(8)); break;
      case 1: bytes[at] ^= static_cast<uint8_t>(1u << below(8)); break;
      case 2: bytes.erase(bytes.begin() + static_cast<ptrdiff_t>(at)); break;
      case 3: bytes.insert(bytes.begin() + static_cast<ptrdiff_t>(at), static_cast<uint8_t>(random())); break;
      case 4: bytes[at] = 0xff; break;
      default: bytes[at] = static_cast<uint8_t>(random());
    }
  }
  return bytes;
}

// main of `program SECONDS SEED FILES…`. With POLYCODEC_FUZZ_LAST the bytes of each run are kept there before it.
template <typename FuzzOne>
int Main(int count, char** arguments, size_t headerBytes, FuzzOne&& fuzzOne) {
  if (count < 4) return 2;
  const auto end = std::chrono::steady_clock::now() + std::chrono::seconds(std::atoi(arguments[1]));
  std::mt19937 random(static_cast<uint32_t>(std::atoi(arguments[2])));
  std::vector<Bytes> files;
  for (int i = 3; i < count; ++i) {
    std::ifstream file(arguments[i], std::ios::binary);
    files.emplace_back(std::istreambuf_iterator<char>(file), std::istreambuf_iterator<char>());
  }
  std::map<std::string, size_t> outcomes;
  size_t cases = 0;
  for (; std::chrono::steady_clock::now() < end; ++cases) {
    const Bytes bytes = Mutated(files[random() % files.size()], headerBytes, random);
    if (const char* keep = std::getenv("POLYCODEC_FUZZ_LAST")) {
      std::ofstream(keep, std::ios::binary)
          .write(reinterpret_cast<const char*>(bytes.data()), static_cast<std::streamsize>(bytes.size()));
    }
    ++outcomes[fuzzOne(bytes)];
  }
  std::printf("%zu cases\n", cases);
  for (const auto& [outcome, times] : outcomes) std::printf("%8zu  %s\n", times, outcome.c_str());
  return 0;
}

}  // namespace polycodec::fuzz
