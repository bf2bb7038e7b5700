// OpenJPEG's streams over memory and over the host's sink, and its messages.
#pragma once

#include <cstdint>
#include <memory>
#include <span>
#include <string>
#include <vector>

#include <openjpeg-2.5/openjpeg.h>
#include <polycodec.h>

namespace polycodec::jpeg2k {

struct CodecDeleter {
  void operator()(opj_codec_t* codec) const { opj_destroy_codec(codec); }
};
struct StreamDeleter {
  void operator()(opj_stream_t* stream) const { opj_stream_destroy(stream); }
};
struct ImageDeleter {
  void operator()(opj_image_t* image) const { opj_image_destroy(image); }
};
using CodecHandle = std::unique_ptr<opj_codec_t, CodecDeleter>;
using StreamHandle = std::unique_ptr<opj_stream_t, StreamDeleter>;
using ImageHandle = std::unique_ptr<opj_image_t, ImageDeleter>;

// What OpenJPEG says while it works: it prints nothing by itself. Used by one thread.
struct Messages {
  // Makes `codec` report here. The object must outlive the codec.
  void Attach(opj_codec_t* codec);

  std::string error;                  // the first; what follows is its consequence
  std::vector<std::string> warnings;  // each once, a few
};

// A stream to read from. Reading stops when the task is cancelled.
struct MemoryInput {
  std::span<const uint8_t> bytes;
  const polycodec_call* call;
  size_t at = 0;
  bool cancelled = false;
};
// The input must outlive the stream.
StreamHandle OpenInput(MemoryInput& input);

// A stream that writes into the host's sink, from `start` on.
struct SinkOutput {
  polycodec_call* call;
  size_t start;    // what stands before is not OpenJPEG's
  size_t at, end;  // where the next byte goes; how much has been written
  uint8_t* memory = nullptr;
  size_t capacity = 0;
  bool failed = false;

  // Makes room for `size` bytes in all. False: out of memory.
  bool Reserve(size_t size);
};
StreamHandle OpenOutput(SinkOutput& output);

}  // namespace polycodec::jpeg2k
