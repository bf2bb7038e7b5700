// From the image data of a PNG to its filtered rows, all of them at once.
#pragma once

#include <memory>

#include <libdeflate.h>
#include <polycodec.h>

#include "png_chunks.hpp"
#include "png_memory.hpp"

namespace polycodec::png {

struct FreeDecompressor {
  void operator()(libdeflate_decompressor* decompressor) const { libdeflate_free_decompressor(decompressor); }
};

struct InflateWorker {
  std::unique_ptr<libdeflate_decompressor, FreeDecompressor> decompressor;
  Scratch joined;  // the parts of the data in one piece
  Scratch rows;
};

// Reads past the rows' end that unfiltering may make.
inline constexpr size_t kRowsSlack = 64;

struct Inflated {
  uint8_t* rows;
  size_t size;  // as many bytes as asked for, unless the data ends before that and a partial picture will do
};

// Inflates `size` bytes of rows. Fails with IMAGE_TRUNCATED where the data ends early (unless task.allow_partial) and
// with IMAGE_CORRUPTED where it is damaged; the message names the row, of `rowBytes` each with its filter byte (0: no
// rows to count, as the image is interlaced). Data that goes on behind the last row is a warning.
Inflated Inflate(InflateWorker& worker, const polycodec_decode_task& task, const ImageData& data, CrcPolicy policy,
                 size_t size, size_t rowBytes);

}  // namespace polycodec::png
