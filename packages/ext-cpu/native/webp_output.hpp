// Where libwebp's encoder writes to, and the container around it: RIFF with metadata (RFC 9649, 2.7).
#pragma once

#include <cstddef>
#include <cstdint>
#include <span>

#include <polycodec.h>
#include <webp/encode.h>

namespace polycodec::webp {

// The task's sink. Room for the container's own chunks is left before what libwebp writes.
class Output {
 public:
  explicit Output(const polycodec_encode_task& task);

  // Makes the picture write here. The output must stay where it is until the picture is encoded.
  void Attach(WebPPicture& picture);
  // Puts the metadata around what has been written, and ends the sink.
  polycodec_status Finish(uint32_t width, uint32_t height);

 private:
  static int OnWrite(const uint8_t* data, size_t size, const WebPPicture* picture);
  bool Append(std::span<const uint8_t> bytes);
  bool AppendChunk(const char* name, std::span<const uint8_t> payload);
  std::span<const uint8_t> Piece(int32_t kind) const;

  const polycodec_encode_task& task_;
  std::span<const uint8_t> icc_, exif_, xmp_;
  size_t room_;  // bytes left free at the start
  uint8_t* start_ = nullptr;
  size_t size_, capacity_ = 0;
};

}  // namespace polycodec::webp
