#include "qoi_decode.hpp"

#include <algorithm>
#include <bit>
#include <cstring>

#include <polycodec.hpp>

#include "layouts.hpp"
#include "qoi_format.hpp"

namespace polycodec::qoi {
namespace {

uint32_t BigEndian32(const uint8_t* bytes) {
  return uint32_t{bytes[0]} << 24 | uint32_t{bytes[1]} << 16 | uint32_t{bytes[2]} << 8 | bytes[3];
}

polycodec_status CheckHeader(const polycodec_decode_task& task) {
  if (task.size < kHeaderBytes + kEndBytes) {
    host->message(task.call, "%zu bytes, a QOI has at least %zu", task.size, kHeaderBytes + kEndBytes);
    return POLYCODEC_IMAGE_TRUNCATED;
  }
  const uint32_t width = BigEndian32(task.data + 4), height = BigEndian32(task.data + 8);
  const uint32_t channels = task.data[12];
  if (std::memcmp(task.data, "qoif", 4) != 0 || width != task.width || height != task.height ||
      channels != task.channels) {
    host->message(task.call, "headers disagree: %u x %u with %u channels, and %u x %u with %u", width, height, channels,
                  task.width, task.height, task.channels);
    return POLYCODEC_IMAGE_CORRUPTED;
  }
  return POLYCODEC_SUCCESS;
}

// Reads pixels one after the other; what it knows goes on from row to row.
struct Reader {
  const uint8_t* at;
  const uint8_t* end;  // before the end marker: a chunk that begins before it ends before the file does
  Pixel pixel = kFirst;
  uint32_t run = 0;
  Pixel seen[64] = {};

  // Fills [to, last). False: the chunks end before.
  bool Row(Pixel* to, Pixel* const last) {
    while (to < last) {
      if (run > 0) {
        const auto count = std::min<size_t>(run, static_cast<size_t>(last - to));
        to = std::fill_n(to, count, pixel);
        run -= static_cast<uint32_t>(count);
        continue;
      }
      if (at >= end) return false;
      const uint8_t tag = *at++;
      if (tag >= kRun && tag < kRgb) {
        run = (tag & 63u) + 1;
        // A run may come first of all; its pixel has not been seen then.
        seen[Place(pixel)] = pixel;
        continue;
      }
      Advance(tag);
      *to++ = pixel;
    }
    return true;
  }

 private:
  void Advance(uint8_t tag) {
    if (tag == kRgb) {
      pixel = PixelOf(at[0], at[1], at[2], pixel >> 24);
      at += 3;
    } else if (tag == kRgba) {
      pixel = PixelOf(at[0], at[1], at[2], at[3]);
      at += 4;
    } else if (tag < kDiff) {
      pixel = seen[tag];
      return;
    } else if (tag < kLuma) {
      Add((tag >> 4 & 3u) - 2, (tag >> 2 & 3u) - 2, (tag & 3u) - 2);
    } else {
      const uint32_t green = (tag & 63u) - 32, others = *at++;
      Add(green - 8 + (others >> 4), green, green - 8 + (others & 15));
    }
    seen[Place(pixel)] = pixel;
  }

  // Each modulo 256.
  void Add(uint32_t red, uint32_t green, uint32_t blue) {
    pixel = PixelOf((pixel + red) & 255, ((pixel >> 8) + green) & 255, ((pixel >> 16) + blue) & 255, pixel >> 24);
  }
};

struct Backend {
  static constexpr const char* kId = "qoi";
  static constexpr const char* kCodec = "qoi";
  using Worker = DecodeWorker;
  static polycodec_status Decode(Worker& worker, const polycodec_decode_task& task) { return qoi::Decode(worker, task); }
};

}  // namespace

static_assert(std::endian::native == std::endian::little, "a Pixel is four bytes in the order of RGBA");

polycodec_status Decode(DecodeWorker& worker, const polycodec_decode_task& task) {
  if (const auto status = CheckHeader(task); status != POLYCODEC_SUCCESS) return status;
  const polycodec_layout rgba = RowLayout(POLYCODEC_I_RGBA, 4, POLYCODEC_UINT8, 8);
  if (const auto status = worker.rows.Begin(task, rgba); status != POLYCODEC_SUCCESS) return status;

  const Window window = WindowOf(task);
  worker.row.resize(task.width);
  Reader reader{.at = task.data + kHeaderBytes, .end = task.data + task.size - kEndBytes};
  for (uint32_t y = 0; y < window.y1; ++y) {
    if (host->cancelled(task.call)) return POLYCODEC_CANCELLED;
    if (!reader.Row(worker.row.data(), worker.row.data() + task.width)) {
      if (!task.allow_partial) {
        host->message(task.call, "row %u of %u: the file ends", y, task.height);
        return POLYCODEC_IMAGE_TRUNCATED;
      }
      host->warn(task.call, "row %u of %u: the file ends; it and what follows is filled with 0", y, task.height);
      worker.rows.Clear(std::max(y, window.y0) - window.y0, window.height());
      return POLYCODEC_SUCCESS;
    }
    if (y < window.y0) continue;
    worker.rows.Put(y - window.y0, reinterpret_cast<const uint8_t*>(worker.row.data() + window.x0));
  }
  return POLYCODEC_SUCCESS;
}

}  // namespace polycodec::qoi

const polycodec_decoder kQoiDecoder = polycodec::Decoder<polycodec::qoi::Backend>();
