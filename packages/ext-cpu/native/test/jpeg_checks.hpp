// The harness's checks over many files; each prints what it found and returns an exit status.
#pragma once

#include <string>
#include <utility>
#include <vector>

#include "harness_host.hpp"

namespace harness {

struct Arguments {
  Request request;
  polycodec_params params;
  std::vector<std::string> files;
  std::vector<std::pair<int, std::string>> metadata;
  std::string out;
  uint64_t seed = 1;
  unsigned count = 30;
};

std::vector<uint8_t> ReadFile(const std::string& path);

// `count` regions of each file, edges and single pixels among them, equal the same part of the whole picture.
int CheckRegions(const Arguments& arguments);
// Each file cut short at 40 places and with 200 single bytes changed (of which every count-th is tried) gives an
// outcome within five seconds. For the sanitizers.
int CheckDamage(const Arguments& arguments);
// Each file decoded with `threads` threads equals the one decoded with one; prints both times.
int CheckBands(const Arguments& arguments);
// Times `count` rounds of decoding each file against a bare loop over libjpeg.
int Bench(const Arguments& arguments);

// A PPM or PGM as a picture of `format`, with `padding` bytes behind each row.
Picture ReadPicture(const std::string& path, int format, uint32_t padding);
// `count` random pictures, crops of the files (PPM) among them, encoded by both JPEG encoders: the bytes are the same.
int CheckEncoders(const Arguments& arguments);
// Times `count` rounds of encoding the files (PPM) with both.
int BenchEncoders(const Arguments& arguments);

}  // namespace harness
