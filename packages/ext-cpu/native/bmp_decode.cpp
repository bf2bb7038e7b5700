#include "bmp_decode.hpp"

#include <algorithm>

#include <polycodec.hpp>

#include "bmp_embedded.hpp"
#include "bmp_rle.hpp"
#include "layouts.hpp"

namespace polycodec::bmp {
namespace {

bool IsRunLengthCoded(const Header& header) {
  return header.coding == Coding::kRle8 || header.coding == Coding::kRle4 || header.coding == Coding::kRle24;
}

// Blue, green, red as the file has them, one gray, or a whole Pixel.
polycodec_layout RowsOf(const Header& header) {
  if (header.bits == 24 && header.coding == Coding::kPlain) return RowLayout(POLYCODEC_I_BGR, 3, POLYCODEC_UINT8, 8);
  if (header.isIndexed() && header.isGray) return RowLayout(POLYCODEC_I_Y, 1, POLYCODEC_UINT8, 8);
  return RowLayout(POLYCODEC_I_RGBA, 4, POLYCODEC_UINT8, 8);
}

uint32_t IndexAt(const uint8_t* row, uint32_t x, uint32_t bits) {
  const uint32_t perByte = 8 / bits;
  return row[x / perByte] >> (8 - bits - x % perByte * bits) & ((1u << bits) - 1);
}

// Columns [x0, x0 + width) of a row of the file.
void PutRow(DecodeWorker& worker, const Header& header, const uint8_t* row, uint32_t x0, uint32_t width, uint32_t to) {
  OutputRows& rows = worker.rows;
  if (header.bits == 24) return rows.Put(to, row + size_t{x0} * 3);
  if (header.isIdentity) return rows.Put(to, row + x0);
  if (!header.isIndexed()) {
    auto* pixels = worker.row.data();
    worker.fields.Row(row + size_t{x0} * (header.bits / 8), pixels, width);
    return rows.Put(to, reinterpret_cast<const uint8_t*>(pixels));
  }
  if (header.isGray) {
    uint8_t* const out = rows.Row(to);
    for (uint32_t x = 0; x < width; ++x) out[x] = static_cast<uint8_t>(header.palette[IndexAt(row, x0 + x, header.bits)]);
    return rows.Done(to);
  }
  if (header.bits == 8) {
    for (uint32_t x = 0; x < width; ++x) worker.row[x] = header.palette[row[x0 + x]];
  } else {
    for (uint32_t x = 0; x < width; ++x) worker.row[x] = header.palette[IndexAt(row, x0 + x, header.bits)];
  }
  rows.Put(to, reinterpret_cast<const uint8_t*>(worker.row.data()));
}

polycodec_status Truncated(const polycodec_decode_task& task, uint32_t row, uint32_t missing) {
  if (!task.allow_partial) {
    host->message(task.call, "row %u of %u: the file ends", row, task.height);
    return POLYCODEC_IMAGE_TRUNCATED;
  }
  host->warn(task.call, "the file ends: %u rows from row %u on are filled with 0", missing, row);
  return POLYCODEC_SUCCESS;
}

// Rows stand at known places: only those of the window are touched.
polycodec_status DecodePlain(DecodeWorker& worker, const polycodec_decode_task& task, const Header& header) {
  const Window window = WindowOf(task);
  const uint64_t rowBits = uint64_t{header.width} * header.bits;
  const uint64_t stride = (rowBits + 31) / 32 * 4;
  const uint64_t needed = (rowBits + 7) / 8;  // the last row's padding may be missing
  const uint64_t left = task.size > header.offset ? task.size - header.offset : 0;
  if (!header.isIndexed() && header.bits != 24) worker.fields.Begin(header);
  uint32_t missing = 0, firstMissing = 0;
  for (uint32_t y = window.y0; y < window.y1; ++y) {
    if (host->cancelled(task.call)) return POLYCODEC_CANCELLED;
    const uint64_t at = stride * (header.topDown ? y : header.height - 1 - y);
    if (at + needed > left) {
      if (missing++ == 0) firstMissing = y;
      worker.rows.Clear(y - window.y0, y - window.y0 + 1);
      continue;
    }
    PutRow(worker, header, task.data + header.offset + at, window.x0, window.width(), y - window.y0);
  }
  return missing == 0 ? POLYCODEC_SUCCESS : Truncated(task, firstMissing, missing);
}

polycodec_status DecodeRunLengths(DecodeWorker& worker, const polycodec_decode_task& task, const Header& header) {
  const Window window = WindowOf(task);
  const size_t offset = std::min(header.offset, task.size);
  RunLengthRows runs(header, {task.data + offset, task.size - offset});
  const bool gray = header.isIndexed() && header.isGray;
  uint32_t missing = 0, firstMissing = 0;
  for (uint32_t i = 0; i < header.height; ++i) {
    if (host->cancelled(task.call)) return POLYCODEC_CANCELLED;
    const uint32_t y = header.topDown ? i : header.height - 1 - i;
    const bool shown = y >= window.y0 && y < window.y1;
    if (missing == 0 && !runs.Next(worker.row.data())) {
      firstMissing = y;
      missing = 1;
    } else if (missing > 0) {
      firstMissing = std::min(firstMissing, y);
      ++missing;
    }
    if (!shown) continue;
    const uint32_t to = y - window.y0;
    if (missing > 0) {
      worker.rows.Clear(to, to + 1);
    } else if (gray) {
      uint8_t* const out = worker.rows.Row(to);
      for (uint32_t x = 0; x < window.width(); ++x) out[x] = static_cast<uint8_t>(worker.row[window.x0 + x]);
      worker.rows.Done(to);
    } else {
      worker.rows.Put(to, reinterpret_cast<const uint8_t*>(worker.row.data() + window.x0));
    }
  }
  return missing == 0 ? POLYCODEC_SUCCESS : Truncated(task, firstMissing, missing);
}

struct Backend {
  static constexpr const char* kId = "bmp";
  static constexpr const char* kCodec = "bmp";
  using Worker = DecodeWorker;
  static polycodec_status Decode(Worker& worker, const polycodec_decode_task& task) { return bmp::Decode(worker, task); }
};

}  // namespace

polycodec_status Decode(DecodeWorker& worker, const polycodec_decode_task& task) {
  Header header;
  if (const char* fault = ReadHeader({task.data, task.size}, header)) {
    host->message(task.call, "%s", fault);
    return POLYCODEC_IMAGE_CORRUPTED;
  }
  if (header.width != task.width || header.height != task.height || header.channels() != task.channels) {
    host->message(task.call, "headers disagree: %u x %u with %u channels, and %u x %u with %u", header.width,
                  header.height, header.channels(), task.width, task.height, task.channels);
    return POLYCODEC_IMAGE_CORRUPTED;
  }
  if (header.coding == Coding::kJpeg) return DecodeEmbeddedJpeg(worker.jpeg, task, header);
  if (header.coding == Coding::kPng) return DecodeEmbeddedPng(worker.png, task, header);
  if (const auto status = worker.rows.Begin(task, RowsOf(header)); status != POLYCODEC_SUCCESS) return status;
  worker.row.resize(header.width);
  return IsRunLengthCoded(header) ? DecodeRunLengths(worker, task, header) : DecodePlain(worker, task, header);
}

}  // namespace polycodec::bmp

const polycodec_decoder kBmpDecoder = polycodec::Decoder<polycodec::bmp::Backend>();
