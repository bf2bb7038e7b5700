#include "pnm_encode.hpp"

#include <charconv>
#include <cstdio>
#include <cstring>
#include <string>
#include <string_view>

#include <polycodec.hpp>

#include "layouts.hpp"
#include "left_out_metadata.hpp"

namespace polycodec::pnm {
namespace {

// A decimal number below 65,536 and the white space behind it.
constexpr size_t kMostDigits = 6;
// Lines of the ASCII formats should have at most 70 characters (ppm(5)).
constexpr size_t kLineLength = 70;

struct Plan {
  char kind = 0;  // of the magic number; 0: cannot be
  polycodec_layout rows{};
};

// The format by the picture, if the parameters leave it open.
std::string_view FormatFor(const polycodec_layout& input, std::string_view wanted) {
  if (wanted != "auto") return wanted;
  if (input.dtype == POLYCODEC_FLOAT32) return "pfm";
  if (input.channels == 1) return input.precision == 1 ? "pbm" : "pgm";
  return input.channels == 3 ? "ppm" : "pam";
}

Plan PlanOf(const polycodec_layout& input, std::string_view format, bool ascii) {
  Plan plan{.rows = RowLayout(FormatOf(input.channels), input.channels, input.dtype, input.precision)};
  const bool counts = input.dtype == POLYCODEC_UINT8 || input.dtype == POLYCODEC_UINT16;
  if (format == "pfm") {
    const bool fits = input.dtype == POLYCODEC_FLOAT32 && (input.channels == 1 || input.channels == 3) && !ascii;
    if (fits) plan.kind = input.channels == 3 ? 'F' : 'f';
  } else if (!counts) {
    return plan;
  } else if (format == "pbm") {
    if (input.channels == 1 && input.precision == 1) plan.kind = ascii ? '1' : '4';
  } else if (format == "pgm") {
    if (input.channels == 1) plan.kind = ascii ? '2' : '5';
  } else if (format == "ppm") {
    if (input.channels == 3) plan.kind = ascii ? '3' : '6';
  } else if (format == "pam") {
    if (!ascii) plan.kind = '7';
  }
  return plan;
}

const char* TupleType(const polycodec_layout& input) {
  switch (input.channels) {
    case 1: return input.precision == 1 ? "BLACKANDWHITE" : "GRAYSCALE";
    case 2: return "GRAYSCALE_ALPHA";
    case 3: return "RGB";
    case 4: return input.color_spec == POLYCODEC_COLOR_CMYK ? "CMYK" : "RGB_ALPHA";
    default: return nullptr;
  }
}

// A comment's lines, each behind a #; in the header they stand behind the magic number.
std::string Comments(const polycodec_encode_task& task) {
  std::string lines;
  for (size_t i = 0; i < task.metadata_count; ++i) {
    if (task.metadata[i].kind != POLYCODEC_METADATA_COMMENT) continue;
    std::string_view text(reinterpret_cast<const char*>(task.metadata[i].data), task.metadata[i].size);
    while (!text.empty()) {
      const size_t end = text.find('\n');
      lines.append("# ").append(text.substr(0, end)).append("\n");
      text = end == std::string_view::npos ? std::string_view{} : text.substr(end + 1);
    }
  }
  return lines;
}

std::string HeaderOf(const polycodec_encode_task& task, const Plan& plan) {
  const polycodec_layout& input = task.input;
  const uint32_t maxval = (1u << (input.precision & 31)) - 1;
  const std::string magic = std::string("P") + plan.kind + "\n" + Comments(task);
  char text[160];
  switch (plan.kind) {
    case '1': case '4': std::snprintf(text, sizeof text, "%u %u\n", input.width, input.height); break;
    case 'F': case 'f': std::snprintf(text, sizeof text, "%u %u\n-1.0\n", input.width, input.height); break;
    case '7': {
      const char* type = TupleType(input);
      std::snprintf(text, sizeof text, "WIDTH %u\nHEIGHT %u\nDEPTH %u\nMAXVAL %u\n%s%s%sENDHDR\n", input.width,
                    input.height, input.channels, maxval, type ? "TUPLTYPE " : "", type ? type : "", type ? "\n" : "");
      break;
    }
    default: std::snprintf(text, sizeof text, "%u %u\n%u\n", input.width, input.height, maxval);
  }
  return magic + text;
}

uint32_t SampleAt(const uint8_t* row, size_t i, uint32_t size) {
  if (size == 1) return row[i];
  uint16_t value;
  std::memcpy(&value, row + 2 * i, 2);
  return value;
}

uint8_t* WriteAscii(const uint8_t* row, size_t samples, uint32_t size, bool bits, uint8_t* to) {
  const uint8_t* line = to;
  for (size_t i = 0; i < samples; ++i) {
    const uint32_t value = SampleAt(row, i, size);
    char* const at = reinterpret_cast<char*>(to);
    to = reinterpret_cast<uint8_t*>(std::to_chars(at, at + kMostDigits, bits ? value ^ 1 : value).ptr);
    const bool full = static_cast<size_t>(to - line) + kMostDigits >= kLineLength;
    *to++ = full || i + 1 == samples ? '\n' : ' ';
    if (full) line = to;
  }
  return to;
}

uint8_t* WriteBits(const uint8_t* row, uint32_t width, uint8_t* to) {
  for (uint32_t x = 0; x < width; x += 8) {
    uint32_t byte = 0;
    for (uint32_t i = 0; i < 8 && x + i < width; ++i) byte |= (row[x + i] == 0 ? 0x80u : 0u) >> i;  // 1 is black
    *to++ = static_cast<uint8_t>(byte);
  }
  return to;
}

uint8_t* WriteWords(const uint8_t* row, size_t samples, uint8_t* to) {
  for (size_t i = 0; i < samples; ++i) {
    uint16_t value;
    std::memcpy(&value, row + 2 * i, 2);
    value = static_cast<uint16_t>(value << 8 | value >> 8);
    std::memcpy(to + 2 * i, &value, 2);
  }
  return to + 2 * samples;
}

// At most so many bytes a row takes.
size_t RowMost(const Plan& plan, size_t samples, uint32_t width) {
  if (plan.kind <= '3') return samples * kMostDigits;
  if (plan.kind == '4') return (size_t{width} + 7) / 8;
  return samples * ElementSize(plan.rows.dtype);
}

struct Backend {
  static constexpr const char* kId = "pnm";
  static constexpr const char* kCodec = "pnm";
  using Worker = EncodeWorker;
  static polycodec_status Encode(Worker& worker, const polycodec_encode_task& task) { return pnm::Encode(worker, task); }
};

}  // namespace

polycodec_status Encode(EncodeWorker& worker, const polycodec_encode_task& task) {
  const polycodec_layout& input = task.input;
  const Params params(task.params);
  const std::string_view format = FormatFor(input, params.Text("format", "auto"));
  const Plan plan = PlanOf(input, format, params.Flag("ascii", false));
  if (plan.kind == 0) {
    host->message(task.call, "%s cannot hold %u channels of dtype %d and %u bits", std::string(format).c_str(),
                  input.channels, input.dtype, input.precision);
    return POLYCODEC_SAMPLE_TYPE_UNSUPPORTED;
  }
  if (const auto status = worker.rows.Begin(task, plan.rows); status != POLYCODEC_SUCCESS) return status;

  const std::string header = HeaderOf(task, plan);
  const size_t samples = size_t{input.width} * input.channels;
  const size_t rowMost = RowMost(plan, samples, input.width);
  size_t capacity;
  uint8_t* const out = host->sink_reserve(task.call, header.size() + rowMost * input.height, &capacity);
  if (out == nullptr) return POLYCODEC_OUT_OF_MEMORY;
  std::memcpy(out, header.data(), header.size());
  uint8_t* to = out + header.size();
  const bool isFloat = plan.kind == 'F' || plan.kind == 'f';
  for (uint32_t i = 0; i < input.height; ++i) {
    if (host->cancelled(task.call)) return POLYCODEC_CANCELLED;
    const uint8_t* row = worker.rows.Row(isFloat ? input.height - 1 - i : i);  // PFM begins with the lowest row
    if (plan.kind <= '3') {
      to = WriteAscii(row, samples, ElementSize(input.dtype), plan.kind == '1', to);
    } else if (plan.kind == '4') {
      to = WriteBits(row, input.width, to);
    } else if (input.dtype == POLYCODEC_UINT16) {
      to = WriteWords(row, samples, to);
    } else {
      std::memcpy(to, row, rowMost);  // floats as this machine has them, which is little-endian: a scale of -1
      to += rowMost;
    }
  }
  WarnOfMetadataLeftOut(task, {POLYCODEC_METADATA_COMMENT}, "a PNM");
  host->sink_finish(task.call, static_cast<size_t>(to - out));
  return POLYCODEC_SUCCESS;
}

}  // namespace polycodec::pnm

const polycodec_encoder kPnmEncoder = polycodec::Encoder<polycodec::pnm::Backend>();
