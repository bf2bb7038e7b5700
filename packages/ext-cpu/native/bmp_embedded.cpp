#include "bmp_embedded.hpp"

#include <algorithm>
#include <span>

#include <polycodec.hpp>

#include "png_error.hpp"

namespace polycodec::bmp {
namespace {

// The number of components in the first frame header (T.81, B.2.2); 0: none is found.
uint32_t ComponentsOf(std::span<const uint8_t> jpeg) {
  for (size_t at = 2; at + 10 <= jpeg.size() && jpeg[at] == 0xff;) {
    const uint8_t marker = jpeg[at + 1];
    const bool isFrame = marker >= 0xc0 && marker <= 0xcf && marker != 0xc4 && marker != 0xc8 && marker != 0xcc;
    if (isFrame) return jpeg[at + 9];
    at += 2 + (size_t{jpeg[at + 2]} << 8 | jpeg[at + 3]);
  }
  return 0;
}

// The task over what is embedded. How many channels that has is not known yet.
polycodec_decode_task Inner(const polycodec_decode_task& task, const Header& header) {
  polycodec_decode_task inner = task;
  const size_t offset = std::min(header.offset, task.size), left = task.size - offset;
  inner.data = task.data + offset;
  inner.size = header.dataBytes == 0 ? left : std::min(header.dataBytes, left);
  inner.image_index = 0;
  return inner;
}

}  // namespace

polycodec_status DecodeEmbeddedJpeg(jpeg::DecodeWorker& worker, const polycodec_decode_task& task,
                                    const Header& header) {
  polycodec_decode_task inner = Inner(task, header);
  inner.channels = ComponentsOf({inner.data, inner.size});
  if (inner.channels == 0) {
    host->message(task.call, "no JPEG at offset %zu", header.offset);
    return POLYCODEC_IMAGE_CORRUPTED;
  }
  return jpeg::Decode(worker, inner);
}

polycodec_status DecodeEmbeddedPng(png::DecodeWorker& worker, const polycodec_decode_task& task, const Header& header) {
  polycodec_decode_task inner = Inner(task, header);
  const polycodec_status status = png::Settle([&] {
    png::Stream stream;
    png::ReadChunks(inner.call, {inner.data, inner.size}, worker.options.crc, 0, stream);
    inner.channels = stream.header.Channels();
  });
  return status == POLYCODEC_SUCCESS ? png::Decode(worker, inner) : status;
}

}  // namespace polycodec::bmp
