// One WebP bitstream (VP8 or VP8L, with or without alpha) through libwebp's decoders.
#pragma once

#include <cstddef>
#include <cstdint>
#include <span>

#include <polycodec.h>
#include <webp/decode.h>

namespace polycodec::webp {

// A WebP without animation: a file, or the chunks of one frame.
struct Stream {
  std::span<const uint8_t> bytes;
  WebPBitstreamFeatures features{};
  bool IsLossless() const { return features.format == 2; }
};

// Reads the headers. A status other than success comes with its message; `what` says whose headers they are.
polycodec_status ReadFeatures(polycodec_call* call, const char* what, Stream& stream);

// Scratch bytes that libwebp takes to decode it.
uint64_t DecoderBytes(const Stream& stream);

// Small enough to be decoded without a look in between whether it is still wanted.
bool IsOneStep(const Stream& stream);

// Decodes into the memory that `config` names. What is cut short is IMAGE_TRUNCATED, with *rows saying how many rows of
// the output are there; the others are as they were.
polycodec_status DecodeStream(polycodec_call* call, const char* what, const Stream& stream, WebPDecoderConfig& config,
                              int* rows);

// Likewise, and faster if the picture is whole. What is not there of the memory may have been written to.
polycodec_status DecodePicture(polycodec_call* call, const char* what, const Stream& stream, WebPDecoderConfig& config,
                               int* rows);

// Says that `rows` of `height` rows are there: as a warning if that will do, else as the error's message.
polycodec_status Truncated(const polycodec_decode_task& task, const char* what, int rows, int height);

}  // namespace polycodec::webp
