#include "jpeg_deep_encode.hpp"

#include <bit>
#include <cmath>
#include <initializer_list>
#include <span>

#include <polycodec_jpeg_metadata.hpp>

#include "jpeg_deep_differences.hpp"
#include "jpeg_deep_error.hpp"
#include "jpeg_deep_frame.hpp"
#include "jpeg_deep_optimal.hpp"

namespace polycodec::jpegdeep {
namespace {

// What is to be written, checked.
struct Settings {
  uint32_t predictor, pointTransform, rowsPerInterval;
  bool isYcc, isInverted;
};

Settings ReadSettings(const polycodec_encode_task& task) {
  const polycodec_layout& input = task.input;
  const Params params(task.params);
  const auto integer = [&](const char* name, double otherwise) {
    return static_cast<uint32_t>(std::lround(params.Number(name, otherwise)));
  };
  if (input.width == 0 || input.height == 0 || input.width > 65535 || input.height > 65535) {
    Refuse(POLYCODEC_RESOLUTION_UNSUPPORTED, "%u x %u pixels, a JPEG has 1 to 65535 a side", input.width, input.height);
  }
  if (input.channels < 1 || input.channels > 4) {
    Refuse(POLYCODEC_NUM_CHANNELS_UNSUPPORTED, "%u channels, 1 to 4 expected", input.channels);
  }
  const bool fits =
      input.dtype == POLYCODEC_UINT8 ? input.precision <= 8 : input.dtype == POLYCODEC_UINT16 && input.precision <= 16;
  if (!fits || input.precision < 2) {
    Refuse(POLYCODEC_SAMPLE_TYPE_UNSUPPORTED, "%u bits in elements of type %d", input.precision, input.dtype);
  }

  Settings settings{.predictor = integer("predictor", 1),
                    .pointTransform = integer("pointTransform", 0),
                    .rowsPerInterval = integer("restartRows", 0),
                    .isYcc = input.sample_format == POLYCODEC_I_YUV || input.sample_format == POLYCODEC_P_YUV,
                    .isInverted = params.Flag("inverted", false)};
  if (settings.predictor < 1 || settings.predictor > 7) {
    Refuse(POLYCODEC_FAIL, "predictor %u, 1 to 7 expected", settings.predictor);
  }
  if (settings.pointTransform >= input.precision) {
    Refuse(POLYCODEC_FAIL, "point transform %u at %u bits a sample", settings.pointTransform, input.precision);
  }
  const uint32_t interval = integer("restartInterval", 0);
  if (interval % input.width != 0) {
    Refuse(POLYCODEC_FAIL, "restart interval %u: a lossless JPEG's is a multiple of the %u pixels of a row", interval,
           input.width);
  }
  if (interval != 0) settings.rowsPerInterval = interval / input.width;
  if (uint64_t{settings.rowsPerInterval} * input.width > 65535) {
    Refuse(POLYCODEC_FAIL, "a restart interval of %u rows of %u pixels, at most 65535 pixels expected",
           settings.rowsPerInterval, input.width);
  }
  return settings;
}

// The task's sink, with room made ahead of what is written.
class Sink {
 public:
  explicit Sink(polycodec_call* call) : call_(call) {}
  // So many bytes more can be put afterwards.
  void Reserve(size_t more) {
    if (size_ + more <= capacity_) return;
    data_ = host->sink_reserve(call_, size_ + more + size_ / 2, &capacity_);
    if (data_ == nullptr) Refuse(POLYCODEC_OUT_OF_MEMORY, "no memory for %zu bytes of code stream", size_ + more);
  }
  void Put(uint8_t byte) { data_[size_++] = byte; }
  void Append(std::span<const uint8_t> bytes) {
    Reserve(bytes.size());
    for (const uint8_t byte : bytes) Put(byte);
  }
  void Append(std::initializer_list<uint32_t> bytes) {
    Reserve(bytes.size());
    for (const uint32_t byte : bytes) Put(static_cast<uint8_t>(byte));
  }
  void Finish() { host->sink_finish(call_, size_); }

 private:
  polycodec_call* call_;
  uint8_t* data_ = nullptr;
  size_t size_ = 0, capacity_ = 0;
};

// Bits in a row, with a zero stuffed behind each 0xff.
class BitWriter {
 public:
  explicit BitWriter(Sink& sink) : sink_(sink) {}
  // At most 32 bits; there is room.
  void Put(uint32_t bits, uint32_t count) {
    reservoir_ = reservoir_ << count | bits;
    count_ += count;
    while (count_ >= 8) {
      count_ -= 8;
      const auto byte = static_cast<uint8_t>(reservoir_ >> count_);
      sink_.Put(byte);
      if (byte == 0xff) sink_.Put(0);
    }
  }
  // Fills the last byte with ones.
  void Align() {
    if (count_ > 0) Put((1u << (8 - count_)) - 1, 8 - count_);
  }

 private:
  Sink& sink_;
  uint64_t reservoir_ = 0;  // the lowest `count_` bits wait
  uint32_t count_ = 0;
};

// How many bits a difference has (table H.2). 32768, which in 16 bits is -32768, has 16.
uint32_t CategoryOf(int16_t difference) {
  return static_cast<uint32_t>(std::bit_width(static_cast<uint32_t>(std::abs(int32_t{difference}))));
}

void PutDifference(BitWriter& bits, const HuffmanCode& code, int16_t difference) {
  const uint32_t category = CategoryOf(difference);
  bits.Put(code.code[category], code.length[category]);
  if (category == 0 || category == 16) return;
  const int32_t value = difference < 0 ? difference - 1 : difference;
  bits.Put(static_cast<uint32_t>(value) & ((1u << category) - 1), category);
}

void NextRow(DifferenceRows& rows, const polycodec_encode_task& task) {
  if (host->cancelled(task.call)) Refuse(POLYCODEC_CANCELLED, "cancelled");
  if (!rows.Next()) {
    Refuse(POLYCODEC_FAIL, "row %u of %u: a sample of more than %u bits", rows.Row(), task.input.height,
           task.input.precision);
  }
}

HuffmanCode MeasureCode(DifferenceRows& rows, const polycodec_encode_task& task) {
  std::array<uint64_t, kCategories> occurrences{};
  for (uint32_t y = 0; y < task.input.height; ++y) {
    NextRow(rows, task);
    for (uint32_t c = 0; c < task.input.channels; ++c) {
      const int16_t* differences = rows.Differences(c);
      for (uint32_t x = 0; x < task.input.width; ++x) ++occurrences[CategoryOf(differences[x])];
    }
  }
  rows.Rewind();
  return OptimalCode(occurrences);
}

// The name of a component: colours by letter, so that readers without an eye for Adobe's marker know them too.
uint32_t ComponentId(const polycodec_encode_task& task, const Settings& settings, uint32_t c) {
  return task.input.channels == 3 && !settings.isYcc ? "RGB"[c] : c + 1;
}

void WriteHeaders(Sink& sink, const polycodec_encode_task& task, const Settings& settings, const HuffmanCode& code,
                  std::span<const uint8_t> metadata) {
  const polycodec_layout& input = task.input;
  const uint32_t channels = input.channels;
  sink.Append({0xff, kSoi});
  // JFIF means gray or YCbCr; Adobe's marker says that three components are not transformed, and of four that they are
  // inverted.
  if (channels == 1 || settings.isYcc) {
    sink.Append({0xff, kApp0, 0, 16, 'J', 'F', 'I', 'F', 0, 1, 1, 0, 0, 1, 0, 1, 0, 0});
  }
  const bool hasAdobe = (channels == 3 && !settings.isYcc) || (channels == 4 && settings.isInverted);
  if (hasAdobe) sink.Append({0xff, kApp14, 0, 14, 'A', 'd', 'o', 'b', 'e', 0, 100, 0, 0, 0, 0, 0});
  sink.Append(metadata);
  sink.Append({0xff, kSof3, 0, 8 + 3 * channels, input.precision, input.height >> 8, input.height & 255,
               input.width >> 8, input.width & 255, channels});
  for (uint32_t c = 0; c < channels; ++c) sink.Append({ComponentId(task, settings, c), 0x11, 0});
  sink.Append({0xff, kDht, 0, 19 + code.symbolCount, 0});
  sink.Append(code.counts);
  sink.Append(std::span(code.symbols).first(code.symbolCount));
  if (settings.rowsPerInterval != 0) {
    const uint32_t interval = settings.rowsPerInterval * input.width;
    sink.Append({0xff, kDri, 0, 4, interval >> 8, interval & 255});
  }
  sink.Append({0xff, kSos, 0, 6 + 2 * channels, channels});
  for (uint32_t c = 0; c < channels; ++c) sink.Append({ComponentId(task, settings, c), 0});
  sink.Append({settings.predictor, 0, settings.pointTransform});
}

void WriteScan(Sink& sink, const polycodec_encode_task& task, const Settings& settings, const HuffmanCode& code,
               DifferenceRows& rows) {
  const polycodec_layout& input = task.input;
  // At most 16 bits of code and 15 behind it, and a zero behind every byte.
  const size_t rowBytes = size_t{input.width} * input.channels * 8 + 16;
  BitWriter bits(sink);
  uint32_t restarts = 0;
  for (uint32_t y = 0; y < input.height; ++y) {
    NextRow(rows, task);
    sink.Reserve(rowBytes);
    if (y != 0 && settings.rowsPerInterval != 0 && y % settings.rowsPerInterval == 0) {
      bits.Align();
      sink.Append({0xff, kRst0 + (restarts++ & 7)});
      sink.Reserve(rowBytes);
    }
    for (uint32_t x = 0; x < input.width; ++x) {
      for (uint32_t c = 0; c < input.channels; ++c) PutDifference(bits, code, rows.Differences(c)[x]);
    }
  }
  sink.Reserve(4);
  bits.Align();
  sink.Append({0xff, kEoi});
}

struct Lossless {
  static constexpr const char* kId = "jpeg-lossless";
  static constexpr const char* kCodec = "jpeg";
  struct Worker {};

  static polycodec_status Encode(Worker&, const polycodec_encode_task& task) {
    return Attempt(task.call, [&] {
      const Settings settings = ReadSettings(task);
      jpeg::MetadataSegments metadata;
      metadata.Make(task);
      if (metadata.problem[0] != 0) Refuse(POLYCODEC_FAIL, "%s", metadata.problem);
      DifferenceRows rows(task, settings.predictor, settings.pointTransform, settings.rowsPerInterval);
      const HuffmanCode code = MeasureCode(rows, task);
      Sink sink(task.call);
      // Half of the samples' bytes hold most photographs; what is noisier grows the sink.
      const size_t bytes = task.input.dtype == POLYCODEC_UINT8 ? 1 : 2;
      sink.Reserve(size_t{task.input.width} * task.input.height * task.input.channels * bytes / 2 +
                   metadata.bytes.size() + 1024);
      WriteHeaders(sink, task, settings, code, metadata.bytes);
      WriteScan(sink, task, settings, code, rows);
      sink.Finish();
    });
  }
};

}  // namespace

const polycodec_encoder kLosslessEncoder = Encoder<Lossless>();

}  // namespace polycodec::jpegdeep
