/* Lossless JPEG of one component (ITU-T T.81, annex H), bit by bit: a second opinion on what our own decoder makes. */
#include <array>

#include "picture.hpp"

namespace fake {
namespace {

/* Codes by length: the canonical ones of T.81, annex C. */
struct HuffmanTable {
  std::array<uint8_t, 17> counts{};
  std::vector<uint8_t> values;
};

class Bits {
 public:
  Bits(const uint8_t* data, size_t size, size_t at) : data_(data), size_(size), at_(at) {}

  unsigned One() {
    if (left_ == 0) {
      if (at_ >= size_ || (data_[at_] == 0xff && (at_ + 1 >= size_ || data_[at_ + 1] != 0))) {
        ended_ = true;
        return 0;
      }
      byte_ = data_[at_];
      at_ += data_[at_] == 0xff ? 2 : 1;
      left_ = 8;
    }
    return byte_ >> --left_ & 1;
  }
  unsigned Many(unsigned count) {
    unsigned value = 0;
    while (count-- > 0) value = value << 1 | One();
    return value;
  }
  bool ended() const { return ended_; }
  /* Behind a restart marker. */
  void Restart() {
    left_ = 0;
    while (at_ + 1 < size_ && !(data_[at_] == 0xff && data_[at_ + 1] >= 0xd0 && data_[at_ + 1] <= 0xd7)) at_++;
    at_ += 2;
  }

 private:
  const uint8_t* data_;
  size_t size_, at_;
  unsigned byte_ = 0, left_ = 0;
  bool ended_ = false;
};

int Difference(Bits& bits, const HuffmanTable& table) {
  unsigned code = 0, first = 0, index = 0;
  for (unsigned length = 1; length <= 16; length++) {
    code = code << 1 | bits.One();
    if (code - first < table.counts[length] && index + code - first < table.values.size()) {
      const unsigned category = table.values[index + code - first];
      if (category == 0) return 0;
      if (category == 16) return 32768;
      const int value = static_cast<int>(bits.Many(category));
      return value < 1 << (category - 1) ? value - (1 << category) + 1 : value;
    }
    index += table.counts[length];
    first = (first + table.counts[length]) << 1;
  }
  return 0;
}

int Predict(int predictor, int left, int above, int corner) {
  switch (predictor) {
    case 1: return left;
    case 2: return above;
    case 3: return corner;
    case 4: return left + above - corner;
    case 5: return left + ((above - corner) >> 1);
    case 6: return above + ((left - corner) >> 1);
    default: return (left + above) >> 1;
  }
}

struct Stream {
  Headers headers;
  std::array<HuffmanTable, 4> tables;
  unsigned restart = 0, table = 0, predictor = 1, transform = 0;
  size_t scan = 0;  // where the coded data begins
};

bool Read(const uint8_t* data, size_t size, Stream& stream) {
  for (size_t at = 2; at + 4 <= size;) {
    const unsigned marker = data[at + 1];
    const size_t length = size_t{data[at + 2]} << 8 | data[at + 3], end = at + 2 + length;
    if (data[at] != 0xff || length < 2 || end > size) return false;
    size_t i = at + 4;
    if (marker == 0xc4) {
      while (i + 17 <= end) {
        HuffmanTable& table = stream.tables[data[i] & 3];
        size_t total = 0;
        for (unsigned k = 1; k <= 16; k++) total += table.counts[k] = data[i + k];
        if (i + 17 + total > end) return false;
        table.values.assign(data + i + 17, data + i + 17 + total);
        i += 17 + total;
      }
    } else if (marker == 0xdd && length == 4) {
      stream.restart = unsigned(data[i]) << 8 | data[i + 1];
    } else if (marker == 0xda) {
      if (length < 8 || data[i] != 1) return false;
      stream.table = data[i + 2] >> 4 & 3;
      stream.predictor = data[i + 3];
      stream.transform = data[i + 5] & 15;
      stream.scan = end;
      return true;
    }
    at = end;
  }
  return false;
}

}  // namespace

Status DecodeLossless(const uint8_t* data, size_t size, Picture& picture) {
  Stream stream;
  const Status status = ReadHeaders(data, size, stream.headers);
  if (status != Status::kSuccess) return status;
  if (stream.headers.marker != 0xc3 || stream.headers.components != 1) return Status::kJpegNotSupported;
  if (!Read(data, size, stream)) return Status::kBadJpeg;
  const unsigned width = stream.headers.width, height = stream.headers.height;
  std::vector<uint16_t> samples(size_t{width} * height);
  Bits bits(data, size, stream.scan);
  const int start = 1 << (stream.headers.precision - stream.transform - 1);
  unsigned since = 0;
  bool fresh = true;  // the first row after a start or restart has only its left neighbour
  for (unsigned y = 0; y < height; y++) {
    for (unsigned x = 0; x < width; x++) {
      if (stream.restart > 0 && since == stream.restart) {
        bits.Restart();
        since = 0, fresh = true;
      }
      uint16_t* here = samples.data() + size_t{y} * width + x;
      int predicted = start;
      if (fresh) {
        predicted = x > 0 && since > 0 ? here[-1] : start;
      } else if (x == 0) {
        predicted = here[-static_cast<ptrdiff_t>(width)];
      } else {
        const uint16_t* above = here - width;
        predicted = Predict(static_cast<int>(stream.predictor), here[-1], above[0], above[-1]);
      }
      *here = static_cast<uint16_t>(predicted + Difference(bits, stream.tables[stream.table]));
      since++;
    }
    if (stream.restart == 0 || since > 0) fresh = false;
  }
  if (bits.ended()) return Status::kIncompleteBitstream;
  picture = {.width = width, .height = height, .channels = 1, .bytes = 2, .samples = {}};
  for (const uint16_t sample : samples) {
    const unsigned value = unsigned(sample) << stream.transform;
    picture.samples.push_back(static_cast<uint8_t>(value));
    picture.samples.push_back(static_cast<uint8_t>(value >> 8));
  }
  return Status::kSuccess;
}

}  // namespace fake
