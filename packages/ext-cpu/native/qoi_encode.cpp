#include "qoi_encode.hpp"

#include <cstring>

#include <polycodec.hpp>

#include "layouts.hpp"
#include "left_out_metadata.hpp"
#include "qoi_format.hpp"

namespace polycodec::qoi {
namespace {

void WriteBigEndian32(uint8_t* to, uint32_t value) {
  for (int i = 0; i < 4; ++i) to[i] = static_cast<uint8_t>(value >> (24 - 8 * i));
}

// Writes chunks; what it knows goes on from row to row.
struct Writer {
  uint8_t* at;
  Pixel previous = kFirst;
  uint32_t run = 0;
  Pixel seen[64] = {};

  void Add(Pixel pixel) {
    if (pixel == previous) {
      if (++run == kMaxRun) EndRun();
      return;
    }
    EndRun();
    const uint32_t place = Place(pixel);
    if (seen[place] == pixel) {
      *at++ = static_cast<uint8_t>(kIndex | place);
    } else {
      seen[place] = pixel;
      WriteColor(pixel);
    }
    previous = pixel;
  }

  void EndRun() {
    if (run > 0) *at++ = static_cast<uint8_t>(kRun | (run - 1));
    run = 0;
  }

 private:
  void WriteColor(Pixel pixel) {
    if ((pixel ^ previous) >> 24 != 0) {
      *at++ = kRgba;
      std::memcpy(at, &pixel, 4);
      at += 4;
      return;
    }
    const auto difference = [&](int shift) {
      return static_cast<int8_t>(static_cast<uint8_t>((pixel >> shift) - (previous >> shift)));
    };
    const int red = difference(0), green = difference(8), blue = difference(16);
    const int redOverGreen = red - green, blueOverGreen = blue - green;
    const auto fits = [](int value, int bias) { return static_cast<unsigned>(value + bias) < 2u * bias; };
    if (fits(red, 2) && fits(green, 2) && fits(blue, 2)) {
      *at++ = static_cast<uint8_t>(kDiff | (red + 2) << 4 | (green + 2) << 2 | (blue + 2));
    } else if (fits(green, 32) && fits(redOverGreen, 8) && fits(blueOverGreen, 8)) {
      *at++ = static_cast<uint8_t>(kLuma | (green + 32));
      *at++ = static_cast<uint8_t>((redOverGreen + 8) << 4 | (blueOverGreen + 8));
    } else {
      *at++ = kRgb;
      std::memcpy(at, &pixel, 3);
      at += 3;
    }
  }
};

bool HasAlpha(const polycodec_layout& input) {
  switch (input.sample_format) {
    case POLYCODEC_I_YA: case POLYCODEC_P_YA: case POLYCODEC_I_RGBA: case POLYCODEC_P_RGBA: return true;
    case POLYCODEC_I_UNCHANGED: case POLYCODEC_P_UNCHANGED: return input.channels == 2 || input.channels == 4;
    default: return false;
  }
}

struct Backend {
  static constexpr const char* kId = "qoi";
  static constexpr const char* kCodec = "qoi";
  using Worker = EncodeWorker;
  static polycodec_status Encode(Worker& worker, const polycodec_encode_task& task) { return qoi::Encode(worker, task); }
};

}  // namespace

polycodec_status Encode(EncodeWorker& worker, const polycodec_encode_task& task) {
  const polycodec_layout& input = task.input;
  const polycodec_layout rgba = RowLayout(POLYCODEC_I_RGBA, 4, POLYCODEC_UINT8, 8);
  if (const auto status = worker.rows.Begin(task, rgba); status != POLYCODEC_SUCCESS) return status;
  const uint8_t channels = HasAlpha(input) ? 4 : 3;

  // The worst that can be: no pixel like any before, each with its tag.
  const size_t rowMost = size_t{input.width} * (channels + 1) + 1;
  size_t capacity = 0, used = kHeaderBytes;
  // Half of that holds most pictures; the sink is asked again where it does not.
  uint8_t* out = host->sink_reserve(task.call, kHeaderBytes + rowMost + rowMost * input.height / 2, &capacity);
  if (out == nullptr) return POLYCODEC_OUT_OF_MEMORY;
  std::memcpy(out, "qoif", 4);
  WriteBigEndian32(out + 4, input.width);
  WriteBigEndian32(out + 8, input.height);
  out[12] = channels;
  out[13] = 0;  // sRGB with linear alpha

  Writer writer{.at = nullptr};
  for (uint32_t y = 0; y < input.height; ++y) {
    if (host->cancelled(task.call)) return POLYCODEC_CANCELLED;
    if (capacity - used < rowMost + kEndBytes) {
      out = host->sink_reserve(task.call, used + rowMost + kEndBytes, &capacity);
      if (out == nullptr) return POLYCODEC_OUT_OF_MEMORY;
    }
    writer.at = out + used;
    const uint8_t* row = worker.rows.Row(y);
    for (uint32_t x = 0; x < input.width; ++x) {
      Pixel pixel;
      std::memcpy(&pixel, row + size_t{x} * 4, 4);
      writer.Add(pixel);
    }
    if (y + 1 == input.height) writer.EndRun();
    used = static_cast<size_t>(writer.at - out);
  }
  std::memset(out + used, 0, kEndBytes);
  out[used + kEndBytes - 1] = 1;
  WarnOfMetadataLeftOut(task, {}, "a QOI");
  host->sink_finish(task.call, used + kEndBytes);
  return POLYCODEC_SUCCESS;
}

}  // namespace polycodec::qoi

const polycodec_encoder kQoiEncoder = polycodec::Encoder<polycodec::qoi::Backend>();
