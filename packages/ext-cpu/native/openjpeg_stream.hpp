// OpenJPEG's streams over memory and over the host's sink, and its messages.
#pragma once

#include <cstdint>
#include <memory>
#include <span>
#include <string>
#include <vector>

#include <openjpeg-2.5/openjpeg.h>
#include <polycodec.h>

#include "jpeg2k_sink.hpp"

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

// A stream that writes into the host's sink from its code stream's start on. The sink must outlive it.
StreamHandle OpenOutput(Sink& sink);

}  // namespace polycodec::jpeg2k
