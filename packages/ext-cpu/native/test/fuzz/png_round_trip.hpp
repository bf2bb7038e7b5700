// What the PNG fuzz targets ask of a picture: coded, it comes back as it was.
#pragma once

#include <cstdio>
#include <cstdlib>
#include <cstring>
#include <span>
#include <vector>

#include <libdeflate.h>
#include <polycodec.hpp>

#include "../harness_host.hpp"
#include "png_decode.hpp"
#include "png_encode.hpp"
#include "png_error.hpp"

namespace polycodec::png {

// What core's parser would have read; the decoder reads it again and refuses if it is something else.
inline bool ReadHeader(const std::vector<uint8_t>& bytes, Header& header) {
  polycodec_call call;
  Stream stream;
  const polycodec_status status = Settle([&] { ReadChunks(&call, bytes, CrcPolicy::kIgnore, 0, stream); });
  header = stream.header;
  return status == POLYCODEC_SUCCESS;
}

[[noreturn]] inline void FailRoundTrip(const polycodec_layout& layout, const char* fact) {
  std::fprintf(stderr, "%u x %u, %u channels of %u bits: %s\n", layout.width, layout.height, layout.channels,
               layout.precision, fact);
  std::abort();
}

// Another's inflate must read the image data, too: its checksum is of the filtered rows, all of them.
inline void CheckImageData(const std::vector<uint8_t>& file, const Header& header, const polycodec_layout& layout) {
  std::vector<uint8_t> data;
  const auto word = [&](size_t at) { return uint32_t{file[at]} << 24 | file[at + 1] << 16 | file[at + 2] << 8 | file[at + 3]; };
  for (size_t at = 8; at + 12 <= file.size(); at += 12 + word(at)) {
    const auto body = file.begin() + ptrdiff_t(at) + 8;
    if (libdeflate_crc32(0, &file[at + 4], word(at) + 4) != word(at + 8 + word(at))) FailRoundTrip(layout, "a chunk's checksum is wrong");
    if (std::memcmp(&file[at + 4], "IDAT", 4) == 0) data.insert(data.end(), body, body + word(at));
  }
  std::vector<uint8_t> rows((header.format.RowBytes(header.width) + 1) * header.height);
  static libdeflate_decompressor* const decompressor = libdeflate_alloc_decompressor();
  const libdeflate_result result = libdeflate_zlib_decompress(decompressor, data.data(), data.size(), rows.data(), rows.size(), nullptr);
  if (result != LIBDEFLATE_SUCCESS) FailRoundTrip(layout, "libdeflate does not read the image data");
}

// Encodes, decodes into the same layout and compares; rows may have bytes behind them. Precisions that PNG does not have
// come back scaled.
inline void CheckRoundTrip(const harness::Picture& picture, const polycodec_params& params) {
  const polycodec_layout& layout = picture.layout;
  polycodec_call call;
  polycodec_encode_task task{};
  task.struct_size = sizeof task;
  task.call = &call;
  task.input = layout;
  task.pixels = picture.pixels.data();
  task.params = &params;
  task.threads = 1;
  static EncodeWorker worker;
  if (Encode(worker, task) != POLYCODEC_SUCCESS) FailRoundTrip(layout, call.message.c_str());
  call.sink.resize(call.sinkSize);
  Header header;
  if (!ReadHeader(call.sink, header)) FailRoundTrip(layout, "the file's chunks cannot be read");
  CheckImageData(call.sink, header, layout);

  harness::Picture back{layout, std::vector<uint8_t>(picture.pixels.size(), 0xa5)};
  const uint32_t sampleBytes = layout.dtype == POLYCODEC_UINT16 ? 2 : 1;
  back.layout.precision = 8 * sampleBytes;
  polycodec_decode_task again{};
  again.struct_size = sizeof again;
  again.call = &call;
  again.data = call.sink.data();
  again.size = call.sink.size();
  again.width = header.width;
  again.height = header.height;
  again.channels = header.Channels();
  again.scale = again.orientation = 1;
  again.threads = 1;
  again.output = back.layout;
  again.pixels = back.pixels.data();
  static DecodeWorker decoder;
  if (Decode(decoder, again) != POLYCODEC_SUCCESS) FailRoundTrip(layout, call.message.c_str());

  const bool planar = layout.plane_stride != 0;
  const uint64_t most = (uint64_t{1} << layout.precision) - 1, full = (uint64_t{1} << back.layout.precision) - 1;
  const auto sample = [&](const uint8_t* row, size_t i) -> uint64_t {
    uint16_t value = row[i];
    if (sampleBytes == 2) std::memcpy(&value, row + 2 * i, 2);
    return value;
  };
  const size_t samples = size_t{layout.width} * (planar ? 1 : layout.channels);
  for (uint32_t plane = 0; plane < (planar ? layout.channels : 1); ++plane) {
    for (uint32_t y = 0; y < layout.height; ++y) {
      const size_t at = layout.plane_stride * plane + layout.row_stride * y;
      for (size_t i = 0; i < samples; ++i) {
        const uint64_t value = sample(&picture.pixels[at], i);
        if (sample(&back.pixels[at], i) != (value * full + most / 2) / most) FailRoundTrip(layout, "came back changed");
      }
    }
  }
}

}  // namespace polycodec::png
