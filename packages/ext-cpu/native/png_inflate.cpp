#include "png_inflate.hpp"

#include <cinttypes>
#include <cstring>
#include <new>

#include "png_error.hpp"
#include "png_inflate_plain.hpp"

namespace polycodec::png {
namespace {

constexpr size_t kZlibHeader = 2, kZlibTrailer = 4;

std::span<const uint8_t> Joined(InflateWorker& worker, const ImageData& data) {
  if (data.parts.size() == 1) return data.parts[0];
  uint8_t* joined = worker.joined.Take(data.size);
  uint8_t* to = joined;
  for (const auto& part : data.parts) {
    if (part.empty()) continue;
    std::memcpy(to, part.data(), part.size());
    to += part.size();
  }
  return {joined, data.size};
}

// RFC 1950: deflate, a window of at most 32 KiB, no preset dictionary, and the check bits.
void CheckZlibHeader(polycodec_call* call, std::span<const uint8_t> data) {
  const uint32_t cmf = data[0], flags = data[1];
  if ((cmf & 15) != 8 || cmf >> 4 > 7 || (flags & 0x20) != 0 || (cmf * 256 + flags) % 31 != 0) {
    Fail(call, POLYCODEC_IMAGE_CORRUPTED, "the image data begins with %02x %02x: no zlib header of a PNG", cmf, flags);
  }
}

// Where in the picture the data has come to, for messages.
struct Place {
  char text[64];
  Place(size_t at, size_t size, size_t rowBytes) {
    if (rowBytes > 0) {
      std::snprintf(text, sizeof text, "row %zu of %zu", at / rowBytes, size / rowBytes);
    } else {
      std::snprintf(text, sizeof text, "byte %zu of %zu of the passes", at, size);
    }
  }
};

void CheckAdler(polycodec_call* call, std::span<const uint8_t> trailer, const uint8_t* rows, size_t size,
                CrcPolicy policy, bool cut) {
  if (trailer.size() < kZlibTrailer) {
    host->warn(call, "the %s ends behind the last row", cut ? "file" : "image data");
    return;
  }
  if (cut) host->warn(call, "no IEND chunk");
  if (policy == CrcPolicy::kIgnore || libdeflate_adler32(1, rows, size) == ReadU32(trailer.data())) return;
  constexpr const char* kFact = "the image data does not match its Adler-32 checksum";
  if (policy == CrcPolicy::kError) Fail(call, POLYCODEC_IMAGE_CORRUPTED, "%s", kFact);
  host->warn(call, "%s", kFact);
}

}  // namespace

Inflated Inflate(InflateWorker& worker, const polycodec_decode_task& task, const ImageData& data, CrcPolicy policy,
                 size_t size, size_t rowBytes) {
  polycodec_call* const call = task.call;
  const std::span<const uint8_t> zlib = Joined(worker, data);
  uint8_t* const rows = worker.rows.Take(size + kRowsSlack);
  const auto endsEarly = [&](size_t at) -> Inflated {
    const Place place(at, size, rowBytes);
    const char* what = data.cut ? "the file ends" : "the image data ends";
    if (task.allow_partial == 0) Fail(call, POLYCODEC_IMAGE_TRUNCATED, "%s: %s", place.text, what);
    host->warn(call, "%s: %s", place.text, what);
    return {rows, at};
  };
  if (zlib.size() < kZlibHeader) return endsEarly(0);
  CheckZlibHeader(call, zlib);
  const std::span<const uint8_t> deflated = zlib.subspan(kZlibHeader);

  if (!worker.decompressor) worker.decompressor.reset(libdeflate_alloc_decompressor());
  if (!worker.decompressor) throw std::bad_alloc();
  size_t used = 0, made = 0;
  const libdeflate_result result = libdeflate_deflate_decompress_ex(worker.decompressor.get(), deflated.data(),
                                                                    deflated.size(), rows, size, &used, &made);
  if (result == LIBDEFLATE_SUCCESS) {
    if (made < size) return endsEarly(made);
    CheckAdler(call, deflated.subspan(used), rows, size, policy, data.cut);
    return {rows, size};
  }

  // libdeflate does not say how far it came, nor why it stopped.
  const InflateEnd end = InflatePlain(deflated, {rows, size}, [&] { return host->cancelled(call) == 0; });
  switch (end.kind) {
    case InflateEnd::kStopped: throw Failure{POLYCODEC_CANCELLED};
    case InflateEnd::kInvalid:
      Fail(call, POLYCODEC_IMAGE_CORRUPTED, "%s: %s", Place(end.size, size, rowBytes).text, end.fact);
    case InflateEnd::kOutputFull: host->warn(call, "the image data goes on behind the last row"); return {rows, size};
    default:
      if (end.size < size) return endsEarly(end.size);
      host->warn(call, "the %s ends behind the last row", data.cut ? "file" : "image data");
      return {rows, size};
  }
}

}  // namespace polycodec::png
