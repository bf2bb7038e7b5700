// Chunks around the image data of a PNG that is being written.
#pragma once

#include <span>

#include <polycodec.h>

#include "png_chunks.hpp"
#include "png_deflate.hpp"
#include "png_input.hpp"
#include "png_reduce.hpp"

namespace polycodec::png {

// A chunk that is being written into the sink: length and CRC are filled in at its end.
class ChunkWriter {
 public:
  ChunkWriter(Sink& sink, uint32_t type);
  void Write(std::span<const uint8_t> bytes);
  void WriteU32(uint32_t value);
  void WriteU8(uint8_t value) { Write({&value, 1}); }
  void WriteText(const char* text, size_t size);
  // What has been put into the sink since the chunk began becomes its data.
  void End();

 private:
  Sink& sink_;
  const size_t start_;
};

// What the caller wants to say of the colours; 0 and empty: nothing.
struct ColorFacts {
  double gamma = 0;          // of the encoding: 0.45455
  const char* cicp = "";     // "9/16/0/1"
};

// Signature, IHDR and all that stands before the image data.
void WriteHead(Sink& sink, const polycodec_encode_task& task, const Input& input, const Reduction& reduction,
               const ColorFacts& facts);

}  // namespace polycodec::png
