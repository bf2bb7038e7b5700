#include "openjpeg_stream.hpp"

#include <algorithm>
#include <cstring>

#include <polycodec.hpp>

namespace polycodec::jpeg2k {
namespace {

constexpr size_t kBufferBytes = 64 * 1024, kMaxWarnings = 6;

std::string Trimmed(const char* message) {
  std::string text = message == nullptr ? "" : message;
  while (!text.empty() && (text.back() == '\n' || text.back() == '.' || text.back() == ' ')) text.pop_back();
  std::replace(text.begin(), text.end(), '\n', ' ');
  return text;
}

void OnError(const char* message, void* context) {
  auto& messages = *static_cast<Messages*>(context);
  if (messages.error.empty()) messages.error = Trimmed(message);
}

void OnWarning(const char* message, void* context) {
  auto& messages = *static_cast<Messages*>(context);
  std::string text = Trimmed(message);
  const bool known = std::find(messages.warnings.begin(), messages.warnings.end(), text) != messages.warnings.end();
  if (!known && !text.empty() && messages.warnings.size() < kMaxWarnings) messages.warnings.push_back(std::move(text));
}

void OnInfo(const char*, void*) {}

OPJ_SIZE_T Read(void* buffer, OPJ_SIZE_T size, void* context) {
  auto& input = *static_cast<MemoryInput*>(context);
  if (host->cancelled(input.call)) {
    input.cancelled = true;
    return static_cast<OPJ_SIZE_T>(-1);
  }
  const size_t count = std::min<size_t>(size, input.bytes.size() - input.at);
  if (count == 0) return static_cast<OPJ_SIZE_T>(-1);
  std::memcpy(buffer, input.bytes.data() + input.at, count);
  input.at += count;
  return count;
}

OPJ_OFF_T SkipInput(OPJ_OFF_T count, void* context) {
  auto& input = *static_cast<MemoryInput*>(context);
  const auto left = static_cast<OPJ_OFF_T>(input.bytes.size() - input.at);
  if (count < 0) return -1;
  const OPJ_OFF_T skipped = std::min(count, left);
  input.at += static_cast<size_t>(skipped);
  return skipped == 0 && count > 0 ? -1 : skipped;
}

OPJ_BOOL SeekInput(OPJ_OFF_T offset, void* context) {
  auto& input = *static_cast<MemoryInput*>(context);
  if (offset < 0 || static_cast<uint64_t>(offset) > input.bytes.size()) return OPJ_FALSE;
  input.at = static_cast<size_t>(offset);
  return OPJ_TRUE;
}

OPJ_SIZE_T WriteOutput(void* buffer, OPJ_SIZE_T size, void* context) {
  return static_cast<Sink*>(context)->Write(buffer, size) ? size : static_cast<OPJ_SIZE_T>(-1);
}

OPJ_OFF_T SkipOutput(OPJ_OFF_T count, void* context) {
  auto& sink = *static_cast<Sink*>(context);
  if (count < 0 || !sink.Reserve(sink.at + static_cast<size_t>(count))) return -1;
  sink.at += static_cast<size_t>(count);
  return count;
}

OPJ_BOOL SeekOutput(OPJ_OFF_T offset, void* context) {
  auto& sink = *static_cast<Sink*>(context);
  // OpenJPEG counts from where it began.
  if (offset < 0 || sink.start + static_cast<size_t>(offset) > sink.end) return OPJ_FALSE;
  sink.at = sink.start + static_cast<size_t>(offset);
  return OPJ_TRUE;
}

}  // namespace

void Messages::Attach(opj_codec_t* codec) {
  opj_set_error_handler(codec, OnError, this);
  opj_set_warning_handler(codec, OnWarning, this);
  opj_set_info_handler(codec, OnInfo, this);
}

StreamHandle OpenInput(MemoryInput& input) {
  StreamHandle stream(opj_stream_create(std::min(kBufferBytes, std::max<size_t>(input.bytes.size(), 64)), OPJ_STREAM_READ));
  if (!stream) return stream;
  opj_stream_set_read_function(stream.get(), Read);
  opj_stream_set_skip_function(stream.get(), SkipInput);
  opj_stream_set_seek_function(stream.get(), SeekInput);
  opj_stream_set_user_data(stream.get(), &input, nullptr);
  opj_stream_set_user_data_length(stream.get(), input.bytes.size());
  return stream;
}

StreamHandle OpenOutput(Sink& sink) {
  StreamHandle stream(opj_stream_create(kBufferBytes, OPJ_STREAM_WRITE));
  if (!stream) return stream;
  opj_stream_set_write_function(stream.get(), WriteOutput);
  opj_stream_set_skip_function(stream.get(), SkipOutput);
  opj_stream_set_seek_function(stream.get(), SeekOutput);
  opj_stream_set_user_data(stream.get(), &sink, nullptr);
  return stream;
}

}  // namespace polycodec::jpeg2k
