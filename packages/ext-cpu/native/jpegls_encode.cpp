#include "jpegls_encode.hpp"

#include <algorithm>
#include <cstring>
#include <memory>
#include <string_view>
#include <vector>

#include <charls/charls_jpegls_encoder.h>
#include <polycodec.hpp>

#include "jpegls_error.hpp"
#include "jpegls_metadata.hpp"
#include "layouts.hpp"

namespace polycodec::jpegls {
namespace {

struct Destroy {
  void operator()(charls_jpegls_encoder* encoder) const { charls_jpegls_encoder_destroy(encoder); }
};
using Encoder = std::unique_ptr<charls_jpegls_encoder, Destroy>;

charls_interleave_mode InterleaveOf(const polycodec_encode_task& task) {
  if (task.input.channels == 1) return charls::interleave_mode::none;
  const std::string_view name = Params(task.params).Text("interleave", "line");
  // CharLS interleaves samples of three channels, and of four; of other numbers, rows.
  if (name == "sample" && (task.input.channels == 3 || task.input.channels == 4)) return charls::interleave_mode::sample;
  if (name == "none") return charls::interleave_mode::none;
  return task.input.channels == 3 || task.input.channels == 4 ? charls::interleave_mode::line
                                                              : charls::interleave_mode::none;
}

charls_color_transformation TransformOf(const polycodec_encode_task& task) {
  const std::string_view name = Params(task.params).Text("colorTransform", "none");
  if (name == "hp1") return charls::color_transformation::hp1;
  if (name == "hp2") return charls::color_transformation::hp2;
  if (name == "hp3") return charls::color_transformation::hp3;
  return charls::color_transformation::none;
}

// The picture as CharLS wants it: planes for scans of their own, else pixels; no padding.
polycodec_layout PictureOf(const polycodec_layout& input, charls_interleave_mode interleave) {
  const bool planar = interleave == charls::interleave_mode::none && input.channels > 1;
  polycodec_layout layout =
      RowLayout(FormatOf(input.channels) | (planar ? 1 : 0), input.channels, input.dtype, input.precision);
  layout.width = input.width;
  layout.height = input.height;
  layout.row_stride = uint64_t{input.width} * ElementSize(input.dtype) * (planar ? 1 : input.channels);
  layout.plane_stride = planar ? layout.row_stride * input.height : 0;
  return layout;
}

uint64_t BytesOf(const polycodec_layout& picture) {
  return picture.row_stride * picture.height * (picture.plane_stride != 0 ? picture.channels : 1);
}

// Unnamed channels are taken for what their number says.
polycodec_layout Named(polycodec_layout input) {
  if (input.sample_format == POLYCODEC_I_UNCHANGED) input.sample_format = FormatOf(input.channels);
  if (input.sample_format == POLYCODEC_P_UNCHANGED) input.sample_format = FormatOf(input.channels) | 1;
  input.color_spec = POLYCODEC_COLOR_UNKNOWN;
  return input;
}

bool IsSame(const polycodec_layout& input, const polycodec_layout& picture) {
  return (input.sample_format == picture.sample_format || input.channels == 1) &&
         input.row_stride == picture.row_stride &&
         (picture.plane_stride == 0 || input.plane_stride == picture.plane_stride);
}

// CharLS counts on samples that fit the precision.
bool IsInRange(const uint8_t* pixels, const polycodec_layout& picture) {
  const uint32_t most = (1u << picture.precision) - 1;
  const uint64_t bytes = BytesOf(picture);
  if (picture.precision == 8 * ElementSize(picture.dtype)) return true;
  if (picture.dtype == POLYCODEC_UINT8) {
    return bytes == 0 || *std::max_element(pixels, pixels + bytes) <= most;
  }
  uint32_t all = 0;
  for (uint64_t i = 0; i < bytes; i += 2) {
    uint16_t value;
    std::memcpy(&value, pixels + i, 2);
    all |= value;
  }
  return all <= most;
}

charls_jpegls_errc Configure(charls_jpegls_encoder* encoder, const polycodec_encode_task& task,
                             charls_interleave_mode interleave) {
  const polycodec_layout& input = task.input;
  const charls_frame_info frame{.width = input.width, .height = input.height,
                                .bits_per_sample = static_cast<int32_t>(input.precision),
                                .component_count = static_cast<int32_t>(input.channels)};
  const auto near = static_cast<int32_t>(Params(task.params).Number("nearLossless", 0));
  charls_jpegls_errc error = charls_jpegls_encoder_set_frame_info(encoder, &frame);
  if (error == charls::jpegls_errc::success) error = charls_jpegls_encoder_set_near_lossless(encoder, near);
  if (error == charls::jpegls_errc::success) error = charls_jpegls_encoder_set_interleave_mode(encoder, interleave);
  if (error == charls::jpegls_errc::success) {
    error = charls_jpegls_encoder_set_color_transformation(encoder, TransformOf(task));
  }
  return error;
}

polycodec_status Fail(const polycodec_encode_task& task, charls_jpegls_errc error) {
  Explain(task.call, error);
  return error == charls::jpegls_errc::not_enough_memory ? POLYCODEC_OUT_OF_MEMORY : POLYCODEC_FAIL;
}

// One try at a code stream of at most `bytes`.
charls_jpegls_errc EncodeInto(const polycodec_encode_task& task, charls_interleave_mode interleave,
                              const uint8_t* pixels, uint64_t pixelBytes, uint8_t* to, size_t bytes, size_t& written) {
  const Encoder encoder(charls_jpegls_encoder_create());
  if (!encoder) return charls::jpegls_errc::not_enough_memory;
  charls_jpegls_errc error = Configure(encoder.get(), task, interleave);
  if (error == charls::jpegls_errc::success) {
    error = charls_jpegls_encoder_set_destination_buffer(encoder.get(), to, bytes);
  }
  if (error == charls::jpegls_errc::success) error = WriteMetadata(encoder.get(), task);
  if (error == charls::jpegls_errc::success) {
    error = charls_jpegls_encoder_encode_from_buffer(encoder.get(), pixels, pixelBytes, 0);
  }
  if (error == charls::jpegls_errc::success) {
    error = charls_jpegls_encoder_get_bytes_written(encoder.get(), &written);
  }
  return error;
}

struct Backend {
  static constexpr const char* kId = "charls";
  static constexpr const char* kCodec = "jpegls";
  struct Worker {};
  static polycodec_status Encode(Worker&, const polycodec_encode_task& task) { return jpegls::Encode(task); }
};

}  // namespace

polycodec_status Encode(const polycodec_encode_task& task) {
  const charls_interleave_mode interleave = InterleaveOf(task);
  const polycodec_layout input = Named(task.input), picture = PictureOf(task.input, interleave);
  const uint64_t pixelBytes = BytesOf(picture);

  std::vector<uint8_t> scratch;
  const uint8_t* pixels = task.pixels;
  if (!IsSame(input, picture)) {
    if (task.max_scratch_bytes != 0 && pixelBytes > task.max_scratch_bytes) {
      host->message(task.call, "needs %llu bytes for the whole picture", static_cast<unsigned long long>(pixelBytes));
      return POLYCODEC_LIMIT_EXCEEDED;
    }
    scratch.resize(pixelBytes);
    if (host->convert(task.pixels, &input, scratch.data(), &picture) == 0) {
      host->message(task.call, "sample format %d", input.sample_format);
      return POLYCODEC_SAMPLE_FORMAT_UNSUPPORTED;
    }
    pixels = scratch.data();
  }
  if (!IsInRange(pixels, picture)) {
    host->message(task.call, "a sample is above %u, the most of %u bits", (1u << picture.precision) - 1,
                  picture.precision);
    return POLYCODEC_FAIL;
  }
  if (host->cancelled(task.call)) return POLYCODEC_CANCELLED;

  // Noise grows a little when it is coded; what does not fit is tried once more with room for the worst.
  size_t room = pixelBytes + pixelBytes / 8 + MetadataBytes(task) + 4096;
  for (int attempt = 0;; ++attempt) {
    size_t capacity, written;
    uint8_t* const out = host->sink_reserve(task.call, room, &capacity);
    if (out == nullptr) return POLYCODEC_OUT_OF_MEMORY;
    const charls_jpegls_errc error =
        EncodeInto(task, interleave, pixels, pixelBytes, out, capacity, written);
    if (host->cancelled(task.call)) return POLYCODEC_CANCELLED;
    if (error == charls::jpegls_errc::success) {
      WarnOfMetadata(task);
      host->sink_finish(task.call, written);
      return POLYCODEC_SUCCESS;
    }
    if (error != charls::jpegls_errc::destination_buffer_too_small || attempt == 1) return Fail(task, error);
    room = capacity + 2 * pixelBytes;
  }
}

}  // namespace polycodec::jpegls

const polycodec_encoder kJpeglsEncoder = polycodec::Encoder<polycodec::jpegls::Backend>();
