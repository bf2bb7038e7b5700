// A host for tests: the real extension behind the real C interface, without Node.
#pragma once

#include <atomic>
#include <cstdint>
#include <map>
#include <string>
#include <vector>

#include <polycodec.h>

// Options and parameters by name.
struct polycodec_params {
  std::map<std::string, double> numbers;
  std::map<std::string, std::string> texts;
};

// One running task.
struct polycodec_call {
  std::string message;
  std::vector<std::string> warnings;
  std::vector<uint8_t> sink;
  size_t sinkSize = 0;
  unsigned threads = 1;
  std::atomic<long> cancelAfter{-1};  // polls until the task is cancelled; negative: never
};

namespace harness {

// The table, with everything in it at work.
const polycodec_host& Host();

const char* StatusName(polycodec_status status);
// The number of a sample format by its name in polycodec.h ("I_RGB"), -1 if there is none.
int SampleFormat(const std::string& name);
uint32_t ChannelsOf(int sampleFormat, uint32_t stored);
bool IsPlanar(int sampleFormat);

struct Size {
  uint32_t width = 0, height = 0, channels = 0;
};
// What a parser would have read from the first frame header. Zeros if there is none.
Size ReadSize(const std::vector<uint8_t>& bytes);

// Pixels with their layout.
struct Picture {
  polycodec_layout layout{};
  std::vector<uint8_t> pixels;
};

struct Request {
  int format = POLYCODEC_I_RGB;
  uint32_t scale = 1, threads = 1, padding = 0;  // padding: bytes behind each row
  bool hasRegion = false, partial = false;
  uint32_t y0 = 0, x0 = 0, y1 = 0, x1 = 0;
  uint32_t maxScans = 500;
  uint64_t maxScanPixels = 20'000'000'000, maxScratch = 0;
  long cancelAfter = -1;
};

// A backend's instance with one worker, as a thread of the runtime would hold it.
class Decoder {
 public:
  explicit Decoder(const polycodec_params& options = {}, const std::string& id = "libjpeg-turbo");
  ~Decoder();
  // `size` is what a parser would have said. `picture` may be one of an earlier call: its memory is used again.
  polycodec_status Decode(const std::vector<uint8_t>& bytes, Size size, const Request& request, polycodec_call& call,
                          Picture& picture);

  // One of two to be decoded in one call.
  struct Sample {
    const std::vector<uint8_t>& bytes;
    Size size;
    Request request;
    polycodec_call& call;
    Picture& picture;
    polycodec_status status = POLYCODEC_FAIL;
  };
  void DecodePair(Sample& one, Sample& other);

 private:
  const polycodec_decoder* table_;
  void* instance_ = nullptr;
  void* worker_ = nullptr;
};

class Encoder {
 public:
  Encoder();
  ~Encoder();
  polycodec_status Encode(const Picture& picture, const polycodec_params& params,
                          const std::vector<polycodec_metadata>& metadata, polycodec_call& call,
                          uint64_t maxScratch = 0);

 private:
  const polycodec_encoder* table_;
  void* instance_ = nullptr;
  void* worker_ = nullptr;
};

}  // namespace harness
