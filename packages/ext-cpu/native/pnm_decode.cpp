#include "pnm_decode.hpp"

#include <algorithm>
#include <bit>
#include <cmath>
#include <cstring>

#include <polycodec.hpp>

#include "layouts.hpp"
#include "pnm_ascii.hpp"
#include "pnm_header.hpp"

namespace polycodec::pnm {
namespace {

uint32_t PrecisionOf(const Header& header) { return header.isFloat() ? 32 : std::bit_width(header.maxval); }

// What the rows are before the host converts them. Floating point becomes 8 bits here: the host has no such conversion.
polycodec_layout RowsOf(const Header& header, const polycodec_layout& output) {
  const int32_t format = header.isCmyk ? POLYCODEC_I_UNCHANGED : FormatOf(header.channels);
  if (header.isFloat()) {
    if (output.dtype == POLYCODEC_FLOAT32) return RowLayout(format, header.channels, POLYCODEC_FLOAT32, 32);
    return RowLayout(format, header.channels, POLYCODEC_UINT8, 8);
  }
  const int32_t dtype = header.maxval < 256 ? POLYCODEC_UINT8 : POLYCODEC_UINT16;
  return RowLayout(format, header.channels, dtype, PrecisionOf(header));
}

uint16_t BigEndian16(const uint8_t* from) { return static_cast<uint16_t>(from[0] << 8 | from[1]); }

// Samples of a maxval that is no 2^p - 1 are stretched to the next; samples above maxval count as maxval.
void MakeScale(uint32_t maxval, std::vector<uint16_t>& scale) {
  const uint32_t full = (1u << std::bit_width(maxval)) - 1;
  scale.resize(size_t{full} + 1);
  for (uint32_t v = 0; v <= full; ++v) {
    scale[v] = static_cast<uint16_t>((std::min(v, maxval) * uint64_t{full} + maxval / 2) / maxval);
  }
}

void UnpackBits(const uint8_t* from, uint32_t x0, uint8_t* to, uint32_t width) {
  for (uint32_t i = 0; i < width; ++i) {
    const uint32_t x = x0 + i;
    to[i] = static_cast<uint8_t>(~(from[x / 8] >> (7 - x % 8)) & 1);  // 1 is black
  }
}

void ConvertBytes(const uint8_t* from, uint8_t* to, size_t count, uint32_t maxval, const std::vector<uint16_t>& scale) {
  const auto full = static_cast<uint8_t>(scale.empty() ? maxval : scale.size() - 1);
  if (scale.empty()) {
    for (size_t i = 0; i < count; ++i) to[i] = std::min(from[i], full);
  } else {
    for (size_t i = 0; i < count; ++i) to[i] = static_cast<uint8_t>(scale[std::min(from[i], full)]);
  }
}

void ConvertWords(const uint8_t* from, uint8_t* to, size_t count, uint32_t maxval, const std::vector<uint16_t>& scale) {
  const auto full = static_cast<uint16_t>(scale.empty() ? maxval : scale.size() - 1);
  for (size_t i = 0; i < count; ++i) {
    uint16_t value = std::min(BigEndian16(from + 2 * i), full);
    if (!scale.empty()) value = scale[value];
    std::memcpy(to + 2 * i, &value, 2);
  }
}

void ReadFloats(const uint8_t* from, uint8_t* to, size_t count, bool littleEndian) {
  if (littleEndian == (std::endian::native == std::endian::little)) {
    std::memcpy(to, from, count * 4);
    return;
  }
  for (size_t i = 0; i < count; ++i) {
    uint32_t bits;
    std::memcpy(&bits, from + 4 * i, 4);
    bits = __builtin_bswap32(bits);
    std::memcpy(to + 4 * i, &bits, 4);
  }
}

// 0 is black and 1 white; what lies outside, and what is no number, becomes the nearest of them, or black.
void FloatsToBytes(const std::vector<float>& from, uint8_t* to, size_t count) {
  for (size_t i = 0; i < count; ++i) {
    const float value = from[i];
    to[i] = value > 0 ? static_cast<uint8_t>(std::lround(std::min(value, 1.0f) * 255)) : 0;
  }
}

// The window of a binary picture: rows stand at known places.
polycodec_status DecodeBinary(DecodeWorker& worker, const polycodec_decode_task& task, const Header& header) {
  OutputRows& rows = worker.rows;
  const Window window = WindowOf(task);
  const uint64_t rowBytes = header.rowBytes();
  const uint64_t whole = (task.size - header.start) / rowBytes;  // rows that are there
  const size_t samples = size_t{window.width()} * header.channels;
  const size_t skipped = size_t{window.x0} * header.channels * header.sampleBytes();
  // As they stand in the file; anything else is checked against maxval on the way.
  const bool plain = header.maxval == 255;
  const bool narrows = header.isFloat() && task.output.dtype != POLYCODEC_FLOAT32;
  if (narrows) worker.floats.resize(samples);

  uint32_t missing = 0, firstMissing = task.height;
  for (uint32_t y = window.y0; y < window.y1; ++y) {
    if (host->cancelled(task.call)) return POLYCODEC_CANCELLED;
    const uint32_t place = header.isFloat() ? task.height - 1 - y : y;  // PFM begins with the lowest row
    const uint32_t to = y - window.y0;
    if (place >= whole) {
      if (missing++ == 0) firstMissing = y;
      rows.Clear(to, to + 1);
      continue;
    }
    const uint8_t* row = task.data + header.start + place * rowBytes;
    if (plain) {
      rows.Put(to, row + skipped);
      continue;
    }
    uint8_t* out = rows.Row(to);
    if (header.kind == '4') {
      UnpackBits(row, window.x0, out, window.width());
    } else if (narrows) {
      ReadFloats(row + skipped, reinterpret_cast<uint8_t*>(worker.floats.data()), samples, header.littleEndian);
      FloatsToBytes(worker.floats, out, samples);
    } else if (header.isFloat()) {
      ReadFloats(row + skipped, out, samples, header.littleEndian);
    } else if (header.sampleBytes() == 1) {
      ConvertBytes(row + skipped, out, samples, header.maxval, worker.scale);
    } else {
      ConvertWords(row + skipped, out, samples, header.maxval, worker.scale);
    }
    rows.Done(to);
  }
  if (missing == 0) return POLYCODEC_SUCCESS;
  if (!task.allow_partial) {
    host->message(task.call, "row %u of %u: the file ends", firstMissing, task.height);
    return POLYCODEC_IMAGE_TRUNCATED;
  }
  host->warn(task.call, "the file ends: %u rows from row %u on are filled with 0", missing, firstMissing);
  return POLYCODEC_SUCCESS;
}

// Numbers are read one after the other from the first.
polycodec_status DecodeAscii(DecodeWorker& worker, const polycodec_decode_task& task, const Header& header) {
  const Window window = WindowOf(task);
  AsciiSamples samples({task.data, task.size}, header.start, header.isBitmap());
  const size_t rowSamples = size_t{task.width} * header.channels;
  const size_t first = size_t{window.x0} * header.channels, last = size_t{window.x1} * header.channels;
  const uint32_t limit = worker.scale.empty() ? header.maxval : static_cast<uint32_t>(worker.scale.size() - 1);
  for (uint32_t y = 0; y < window.y1; ++y) {
    if (host->cancelled(task.call)) return POLYCODEC_CANCELLED;
    uint8_t* const out = y >= window.y0 ? worker.rows.Row(y - window.y0) : nullptr;
    for (size_t i = 0; i < rowSamples; ++i) {
      uint32_t value;
      switch (samples.Next(value)) {
        case AsciiSamples::kSample: break;
        case AsciiSamples::kEnd:
          if (!task.allow_partial) {
            host->message(task.call, "row %u of %u: the file ends", y, task.height);
            return POLYCODEC_IMAGE_TRUNCATED;
          }
          host->warn(task.call, "row %u of %u: the file ends; it and what follows is filled with 0", y, task.height);
          worker.rows.Clear(std::max(y, window.y0) - window.y0, window.height());
          return POLYCODEC_SUCCESS;
        case AsciiSamples::kNoNumber:
          host->message(task.call, "row %u of %u: no number at offset %zu", y, task.height, samples.at());
          return POLYCODEC_IMAGE_CORRUPTED;
      }
      if (out == nullptr || i < first || i >= last) continue;
      value = std::min(value, limit);
      if (header.isBitmap()) value ^= 1;  // 1 is black
      if (!worker.scale.empty()) value = worker.scale[value];
      if (header.sampleBytes() == 1) {
        out[i - first] = static_cast<uint8_t>(value);
      } else {
        const auto word = static_cast<uint16_t>(value);
        std::memcpy(out + 2 * (i - first), &word, 2);
      }
    }
    if (out != nullptr) worker.rows.Done(y - window.y0);
  }
  return POLYCODEC_SUCCESS;
}

struct Backend {
  static constexpr const char* kId = "pnm";
  static constexpr const char* kCodec = "pnm";
  using Worker = DecodeWorker;
  static polycodec_status Decode(Worker& worker, const polycodec_decode_task& task) { return pnm::Decode(worker, task); }
};

}  // namespace

polycodec_status Decode(DecodeWorker& worker, const polycodec_decode_task& task) {
  Header header;
  if (!FindHeader({task.data, task.size}, task.image_index, header)) {
    host->message(task.call, "no header of image %u", task.image_index);
    return POLYCODEC_IMAGE_CORRUPTED;
  }
  if (header.width != task.width || header.height != task.height || header.channels != task.channels) {
    host->message(task.call, "headers disagree: %u x %u with %u channels, and %u x %u with %u", header.width,
                  header.height, header.channels, task.width, task.height, task.channels);
    return POLYCODEC_IMAGE_CORRUPTED;
  }
  if (const auto status = worker.rows.Begin(task, RowsOf(header, task.output)); status != POLYCODEC_SUCCESS) {
    return status;
  }
  worker.scale.clear();
  if (!header.isFloat() && !std::has_single_bit(header.maxval + 1)) MakeScale(header.maxval, worker.scale);
  return header.isAscii() ? DecodeAscii(worker, task, header) : DecodeBinary(worker, task, header);
}

}  // namespace polycodec::pnm

const polycodec_decoder kPnmDecoder = polycodec::Decoder<polycodec::pnm::Backend>();
