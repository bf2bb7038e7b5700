#include "jpeg_error.hpp"

#include <algorithm>
#include <cstdarg>
#include <cstring>

#include <jerror.h>

#include <polycodec.hpp>

namespace polycodec::jpeg {
namespace {

ErrorManager& Of(j_common_ptr info) { return *static_cast<ErrorManager*>(info->err); }

polycodec_status StatusOf(int code, bool exhausted) {
  switch (code) {
    case JERR_OUT_OF_MEMORY: return POLYCODEC_OUT_OF_MEMORY;
    case JERR_SOF_UNSUPPORTED: return POLYCODEC_ENCODING_UNSUPPORTED;
    case JERR_BAD_PRECISION: return POLYCODEC_SAMPLE_TYPE_UNSUPPORTED;
    case JERR_IMAGE_TOO_BIG: case JERR_WIDTH_OVERFLOW: return POLYCODEC_RESOLUTION_UNSUPPORTED;
    case JERR_CONVERSION_NOTIMPL: return POLYCODEC_COLOR_SPEC_UNSUPPORTED;
    case JERR_CCIR601_NOTIMPL: case JERR_FRACT_SAMPLE_NOTIMPL: case JERR_NOT_COMPILED: case JERR_NOTIMPL:
    case JERR_COMPONENT_COUNT: case JERR_NO_BACKING_STORE:
      return POLYCODEC_CODESTREAM_UNSUPPORTED;
    case JERR_BAD_STATE: case JERR_BAD_LIB_VERSION: case JERR_BAD_STRUCT_SIZE: case JERR_BAD_POOL_ID:
    case JERR_BAD_ALLOC_CHUNK: case JERR_BAD_VIRTUAL_ACCESS: case JERR_BAD_BUFFER_MODE: case JERR_BUFFER_SIZE:
      return POLYCODEC_FAIL;
    default: return exhausted ? POLYCODEC_IMAGE_TRUNCATED : POLYCODEC_IMAGE_CORRUPTED;
  }
}

// "scan 2, row 112 of 400: ", or nothing outside the scans' data.
void WritePlace(const ErrorManager& errors, j_common_ptr common, char (&place)[64]) {
  place[0] = 0;
  if (!common->is_decompressor || !errors.inScan) return;
  const auto* info = reinterpret_cast<j_decompress_ptr>(common);
  if (info->input_iMCU_row >= info->total_iMCU_rows) return;
  const unsigned row = std::min<unsigned>(info->input_iMCU_row * info->max_v_samp_factor * DCTSIZE, info->image_height);
  const bool severalScans = info->progressive_mode || info->comps_in_scan < info->num_components;
  if (severalScans) {
    std::snprintf(place, sizeof place, "scan %d, row %u of %u: ", info->input_scan_number, row, info->image_height);
  } else {
    std::snprintf(place, sizeof place, "row %u of %u: ", row, info->image_height);
  }
}

// libjpeg's sentence without its stock beginning, in our house's form: no capital, no full stop.
void WriteFact(j_common_ptr info, char (&fact)[JMSG_LENGTH_MAX]) {
  info->err->format_message(info, fact);
  constexpr char kCorrupt[] = "Corrupt JPEG data: ";
  if (std::strncmp(fact, kCorrupt, sizeof kCorrupt - 1) == 0) {
    std::memmove(fact, fact + sizeof kCorrupt - 1, std::strlen(fact) - (sizeof kCorrupt - 1) + 1);
  }
  if (fact[0] >= 'A' && fact[0] <= 'Z' && fact[1] >= 'a' && fact[1] <= 'z') fact[0] += 'a' - 'A';
}

[[noreturn]] void OnError(j_common_ptr info) {
  ErrorManager& errors = Of(info);
  char place[64], fact[JMSG_LENGTH_MAX];
  WritePlace(errors, info, place);
  WriteFact(info, fact);
  const bool exhausted = errors.exhausted != nullptr && *errors.exhausted;
  const char* ends = exhausted && !errors.inScan ? "the file ends within its headers: " : "";
  errors.Fail(StatusOf(info->err->msg_code, exhausted), "%s%s%s", ends, place, fact);
}

void OnMessage(j_common_ptr info, int level) {
  if (level >= 0) return;
  ErrorManager& errors = Of(info);
  const int code = info->err->msg_code;
  if (code == JWRN_HIT_MARKER && info->is_decompressor) {
    // A restart marker that comes too early costs one interval; any other marker ends the scan.
    const auto decompressor = reinterpret_cast<j_decompress_ptr>(info);
    const int marker = decompressor->unread_marker;
    if (marker < JPEG_RST0 || marker > JPEG_RST0 + 7) return errors.Truncated(decompressor);
  }
  if (errors.truncated) return;  // what libjpeg finds wrong behind the end is no news
  char place[64], fact[JMSG_LENGTH_MAX];
  WritePlace(errors, info, place);
  WriteFact(info, fact);
  errors.Warn(code, "%s%s", place, fact);
}

void OnOutput(j_common_ptr) {}

}  // namespace

ErrorManager::ErrorManager() {
  jpeg_std_error(this);
  error_exit = OnError;
  emit_message = OnMessage;
  output_message = OnOutput;
}

void ErrorManager::Begin(polycodec_call* newCall, bool newAllowPartial) {
  call = newCall;
  allowPartial = newAllowPartial;
  status = POLYCODEC_SUCCESS;
  text[0] = 0;
  warningCount = 0;
  truncated = inScan = false;
  exhausted = nullptr;
}

void ErrorManager::Fail(polycodec_status newStatus, const char* format, ...) {
  status = newStatus;
  va_list arguments;
  va_start(arguments, format);
  std::vsnprintf(text, sizeof text, format, arguments);
  va_end(arguments);
  std::longjmp(escape, 1);
}

void ErrorManager::Truncated(j_decompress_ptr info) {
  char place[64];
  WritePlace(*this, reinterpret_cast<j_common_ptr>(info), place);
  if (!allowPartial) Fail(POLYCODEC_IMAGE_TRUNCATED, "%sthe coded data ends", place);
  if (!truncated) Warn(kWarnTruncated, "%sthe coded data ends; what is missing is filled", place);
  truncated = true;
}

void ErrorManager::Warn(int code, const char* format, ...) {
  ++num_warnings;
  for (unsigned i = 0; i < warningCount; ++i) {
    if (warnings[i].code == code) {
      ++warnings[i].count;
      return;
    }
  }
  if (warningCount == warnings.size()) return;
  Warning& warning = warnings[warningCount++];
  warning.code = code;
  warning.count = 1;
  va_list arguments;
  va_start(arguments, format);
  std::vsnprintf(warning.text, sizeof warning.text, format, arguments);
  va_end(arguments);
}

void ErrorManager::Deliver() {
  for (unsigned i = 0; i < warningCount; ++i) {
    if (warnings[i].count == 1) {
      host->warn(call, "%s", warnings[i].text);
    } else {
      host->warn(call, "%s (and %u more like it)", warnings[i].text, warnings[i].count - 1);
    }
  }
}

}  // namespace polycodec::jpeg
