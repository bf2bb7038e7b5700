#include "jpeg_source.hpp"

#include <jerror.h>

#include "jpeg_error.hpp"

namespace polycodec::jpeg {
namespace {

Source& Of(j_decompress_ptr info) { return *static_cast<Source*>(info->src); }

void OnNothing(j_decompress_ptr) {}

boolean OnEmpty(j_decompress_ptr info) {
  static constexpr JOCTET kEndOfImage[] = {0xff, JPEG_EOI};
  Source& source = Of(info);
  if (!source.second.empty()) {
    source.next_input_byte = source.second.data();
    source.bytes_in_buffer = source.second.size();
    source.second = {};
    return TRUE;
  }
  source.exhausted = true;
  source.next_input_byte = kEndOfImage;
  source.bytes_in_buffer = sizeof kEndOfImage;

  // The arithmetic decoder takes an end for zeros without a word: its encoder may leave trailing zeros out. So a scan
  // that still has whole rows to come is judged here. The Huffman decoder says so itself.
  auto& errors = *static_cast<ErrorManager*>(info->err);
  if (info->arith_code && errors.inScan && info->input_iMCU_row + 1 < info->total_iMCU_rows) errors.Truncated(info);
  return TRUE;
}

void OnSkip(j_decompress_ptr info, long count) {
  Source& source = Of(info);
  if (count <= 0) return;
  size_t left = static_cast<size_t>(count);
  while (left > source.bytes_in_buffer) {
    left -= source.bytes_in_buffer;
    OnEmpty(info);
    if (source.exhausted) return;
  }
  source.next_input_byte += left;
  source.bytes_in_buffer -= left;
}

}  // namespace

Source::Source() : jpeg_source_mgr{} {
  init_source = OnNothing;
  fill_input_buffer = OnEmpty;
  skip_input_data = OnSkip;
  resync_to_restart = jpeg_resync_to_restart;
  term_source = OnNothing;
}

void Source::Begin(j_decompress_ptr info, std::span<const uint8_t> newFirst, std::span<const uint8_t> newSecond) {
  next_input_byte = newFirst.data();
  bytes_in_buffer = newFirst.size();
  second = newSecond;
  exhausted = false;
  resync_to_restart = jpeg_resync_to_restart;
  info->src = this;
}

std::span<const uint8_t> WithoutCutSegment(std::span<const uint8_t> file) {
  // In a scan's data 0xff is followed by zero or a restart marker's code, so the last marker of another kind begins
  // the last segment. It is looked for no farther back than a segment is long.
  constexpr size_t kLongest = 2 + 65535;
  const size_t nearest = file.size() > kLongest ? file.size() - kLongest : 2;
  for (size_t at = file.size(); at-- > nearest;) {
    if (file[at] != 0xff) continue;
    if (at + 1 == file.size()) return file.first(at);
    const uint8_t code = file[at + 1];
    if (code == 0 || code == 0xff || (code >= JPEG_RST0 && code <= JPEG_RST0 + 7)) continue;
    if (code == JPEG_EOI) return file;
    const bool cut = at + 4 > file.size() || at + 2 + (size_t{file[at + 2]} << 8 | file[at + 3]) > file.size();
    return cut ? file.first(at) : file;
  }
  return file;
}

}  // namespace polycodec::jpeg
