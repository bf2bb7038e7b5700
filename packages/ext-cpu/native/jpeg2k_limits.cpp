#include "jpeg2k_limits.hpp"

#include <cstdio>

#include "jpeg2k_failure.hpp"

namespace polycodec::jpeg2k {
namespace {

using Count = unsigned long long;

// An empty packet takes a byte, and a few may be left out behind a picture's end.
constexpr uint64_t kPacketsPerByte = 8, kFreePackets = 1'000'000;

}  // namespace

void CheckComplete(const polycodec_decode_task& task, const CodeStream& stream) {
  if (stream.missingBytes == 0 && stream.missingTiles == 0) return;
  char fact[160];
  if (stream.missingBytes != 0) {
    std::snprintf(fact, sizeof fact, "the last tile-part ends %llu bytes early", Count{stream.missingBytes});
  } else {
    std::snprintf(fact, sizeof fact, "%u of %llu tiles are missing", stream.missingTiles, Count{stream.Tiles()});
  }
  const bool isEmpty = stream.missingTiles == stream.Tiles();
  if (!task.allow_partial || isEmpty) Fail(POLYCODEC_IMAGE_TRUNCATED, "%s", fact);
  host->warn(task.call, "%s; what is missing is filled", fact);
}

void CheckPackets(const CodeStream& stream, size_t bytes) {
  if (stream.packets > kFreePackets + kPacketsPerByte * bytes) {
    Fail(POLYCODEC_IMAGE_CORRUPTED, "%llu packets in %zu bytes", Count{stream.packets}, bytes);
  }
}

void CheckScratch(uint64_t allowed, uint64_t bytes) {
  if (allowed != 0 && bytes > allowed) {
    Fail(POLYCODEC_LIMIT_EXCEEDED, "needs about %llu bytes of memory, maxScratchBytes allows %llu", Count{bytes},
         Count{allowed});
  }
}

}  // namespace polycodec::jpeg2k
