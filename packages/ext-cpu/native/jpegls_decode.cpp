#include "jpegls_decode.hpp"

#include <algorithm>
#include <memory>
#include <span>
#include <vector>

#include <polycodec.hpp>

#include "jpegls_error.hpp"
#include "layouts.hpp"
#include "output_rows.hpp"

namespace polycodec::jpegls {
namespace {

struct Destroy {
  void operator()(charls_jpegls_decoder* decoder) const { charls_jpegls_decoder_destroy(decoder); }
};
using Decoder = std::unique_ptr<charls_jpegls_decoder, Destroy>;

constexpr uint8_t kMarker = 0xff, kEndOfImage = 0xd9, kStartOfScan = 0xda;

// Where the first scan begins, by the lengths of the segments before it.
size_t ScanStart(std::span<const uint8_t> file) {
  size_t at = 2;
  while (at + 4 <= file.size() && file[at] == kMarker && file[at + 1] != kStartOfScan) {
    at += 2 + (size_t{file[at + 2]} << 8 | file[at + 3]);
  }
  return std::min(at, file.size());
}

// In coded data no byte of 0x80 or more stands behind 0xff (T.87, A.1), so this pair is the marker.
bool HasEnd(std::span<const uint8_t> file) {
  constexpr uint8_t kEnd[] = {kMarker, kEndOfImage};
  const auto scan = file.begin() + static_cast<ptrdiff_t>(ScanStart(file));
  return std::search(scan, file.end(), std::begin(kEnd), std::end(kEnd)) != file.end();
}

// CharLS counts zeros for seconds, until an int overflows, where data ends within a unary code without a marker behind
// it (2.4.1, read_high_bits; its pull request 434). So there is always one.
class Source {
 public:
  explicit Source(std::span<const uint8_t> file) : ends(HasEnd(file)), bytes(file) {
    if (ends) return;
    copy_.resize(file.size() + 2);
    std::copy(file.begin(), file.end(), copy_.begin());
    copy_[file.size()] = kMarker;
    copy_[file.size() + 1] = kEndOfImage;
    bytes = copy_;
  }

  const bool ends;  // is the marker the file's own?
  std::span<const uint8_t> bytes;

 private:
  std::vector<uint8_t> copy_;
};

polycodec_status Refuse(const polycodec_decode_task& task, const Source& source, charls_jpegls_errc error) {
  Explain(task.call, error);
  return StatusOf(error, source.ends);
}

// The picture as CharLS makes it: planes where each has a scan of its own, else pixels; no padding.
polycodec_layout PictureOf(const charls_frame_info& frame, charls_interleave_mode interleave) {
  const auto channels = static_cast<uint32_t>(frame.component_count);
  const bool planar = interleave == charls::interleave_mode::none && channels > 1;
  const int32_t dtype = frame.bits_per_sample <= 8 ? POLYCODEC_UINT8 : POLYCODEC_UINT16;
  polycodec_layout layout = RowLayout(FormatOf(channels) | (planar ? 1 : 0), channels, dtype,
                                      static_cast<uint32_t>(frame.bits_per_sample));
  layout.width = frame.width;
  layout.height = frame.height;
  layout.row_stride = uint64_t{frame.width} * ElementSize(dtype) * (planar ? 1 : channels);
  layout.plane_stride = planar ? layout.row_stride * frame.height : 0;
  return layout;
}

uint64_t BytesOf(const polycodec_layout& picture) {
  return picture.row_stride * picture.height * (picture.plane_stride != 0 ? picture.channels : 1);
}

// Nothing to convert and no padding: CharLS may write where the pixels are wanted.
bool IsSame(const polycodec_layout& picture, const polycodec_layout& output) {
  const int32_t format = NamedFormat(output, picture);
  return (format == picture.sample_format || (output.channels == 1 && picture.channels == 1)) &&
         output.channels == picture.channels && output.dtype == picture.dtype && output.precision == picture.precision &&
         output.row_stride == picture.row_stride &&
         (picture.plane_stride == 0 || output.plane_stride == picture.plane_stride);
}

// A status other than SUCCESS only if nothing of the picture is to be shown.
polycodec_status DecodeInto(charls_jpegls_decoder* decoder, const polycodec_decode_task& task, const Source& source,
                            void* to, uint64_t bytes) {
  const charls_jpegls_errc error = charls_jpegls_decoder_decode_to_buffer(decoder, to, bytes, 0);
  if (host->cancelled(task.call)) return POLYCODEC_CANCELLED;
  if (error == charls::jpegls_errc::success) {
    if (!source.ends) host->warn(task.call, "no end-of-image marker");
    return POLYCODEC_SUCCESS;
  }
  const polycodec_status status = Refuse(task, source, error);
  if (status != POLYCODEC_IMAGE_TRUNCATED || !task.allow_partial) return status;
  host->warn(task.call, "the coded data ends before the picture does; what is missing is filled with 0");
  return POLYCODEC_SUCCESS;
}

// Through memory for the whole picture.
polycodec_status DecodeAndConvert(charls_jpegls_decoder* decoder, const polycodec_decode_task& task,
                                  const Source& source, const polycodec_layout& picture) {
  const uint64_t bytes = BytesOf(picture);
  if (task.max_scratch_bytes != 0 && bytes > task.max_scratch_bytes) {
    host->message(task.call, "needs %llu bytes for the whole picture", static_cast<unsigned long long>(bytes));
    return POLYCODEC_LIMIT_EXCEEDED;
  }
  const Window window = WindowOf(task);
  polycodec_layout output = task.output;
  output.sample_format = NamedFormat(output, picture);
  polycodec_layout part = picture;
  part.width = window.width();
  part.height = window.height();
  polycodec_layout none = output;
  none.width = none.height = 0;
  if (host->convert(task.pixels, &part, task.pixels, &none) == 0) {
    host->message(task.call, "no way from samples of format %d, dtype %d, to format %d, dtype %d", part.sample_format,
                  part.dtype, output.sample_format, output.dtype);
    return POLYCODEC_SAMPLE_FORMAT_UNSUPPORTED;
  }

  std::vector<uint8_t> scratch(bytes);
  const polycodec_status status = DecodeInto(decoder, task, source, scratch.data(), bytes);
  if (status != POLYCODEC_SUCCESS) return status;
  const uint32_t pixelBytes = ElementSize(picture.dtype) * (picture.plane_stride != 0 ? 1 : picture.channels);
  const uint8_t* const from = scratch.data() + picture.row_stride * window.y0 + size_t{window.x0} * pixelBytes;
  host->convert(from, &part, task.pixels, &output);
  return POLYCODEC_SUCCESS;
}

struct Backend {
  static constexpr const char* kId = "charls";
  static constexpr const char* kCodec = "jpegls";
  struct Worker {};
  static polycodec_status Decode(Worker&, const polycodec_decode_task& task) { return jpegls::Decode(task); }
};

}  // namespace

polycodec_status Decode(const polycodec_decode_task& task) {
  const Decoder decoder(charls_jpegls_decoder_create());
  if (!decoder) return POLYCODEC_OUT_OF_MEMORY;
  const Source source({task.data, task.size});
  charls_frame_info frame;
  charls_interleave_mode interleave;
  charls_jpegls_errc error =
      charls_jpegls_decoder_set_source_buffer(decoder.get(), source.bytes.data(), source.bytes.size());
  if (error == charls::jpegls_errc::success) error = charls_jpegls_decoder_read_header(decoder.get());
  if (error == charls::jpegls_errc::success) error = charls_jpegls_decoder_get_frame_info(decoder.get(), &frame);
  if (error == charls::jpegls_errc::success) {
    error = charls_jpegls_decoder_get_interleave_mode(decoder.get(), &interleave);
  }
  if (error != charls::jpegls_errc::success) return Refuse(task, source, error);
  if (frame.width != task.width || frame.height != task.height ||
      static_cast<uint32_t>(frame.component_count) != task.channels) {
    host->message(task.call, "headers disagree: %u x %u with %d channels, and %u x %u with %u", frame.width, frame.height,
                  frame.component_count, task.width, task.height, task.channels);
    return POLYCODEC_IMAGE_CORRUPTED;
  }
  if (interleave != charls::interleave_mode::none && frame.component_count != 1 && frame.component_count != 3 &&
      frame.component_count != 4) {
    host->message(task.call, "%d interleaved components, CharLS takes 3 or 4", frame.component_count);
    return POLYCODEC_CODESTREAM_UNSUPPORTED;
  }
  if (task.scale != 1) return POLYCODEC_SCALE_UNSUPPORTED;
  if (task.orientation > 1) return POLYCODEC_ORIENTATION_UNSUPPORTED;
  const Window window = WindowOf(task);
  if (window.y1 > task.height || window.x1 > task.width || task.output.width != window.width() ||
      task.output.height != window.height()) {
    host->message(task.call, "the output does not fit the region");
    return POLYCODEC_FAIL;
  }

  const polycodec_layout picture = PictureOf(frame, interleave);
  // A partial picture needs memory that is known to be 0 where nothing came.
  if (!task.has_region && !task.allow_partial && IsSame(picture, task.output)) {
    return DecodeInto(decoder.get(), task, source, task.pixels, BytesOf(picture));
  }
  return DecodeAndConvert(decoder.get(), task, source, picture);
}

}  // namespace polycodec::jpegls

const polycodec_decoder kJpeglsDecoder = polycodec::Decoder<polycodec::jpegls::Backend>();
