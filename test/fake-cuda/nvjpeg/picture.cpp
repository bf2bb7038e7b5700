#include "picture.hpp"

#include <cstdio>
#include <cstdlib>
#include <cstring>

#include <csetjmp>

#include <jpeglib.h>
#include <jerror.h>

namespace fake {
namespace {

struct Errors : jpeg_error_mgr {
  jmp_buf back;
  bool cut_short = false;
};

void OnError(j_common_ptr common) { longjmp(static_cast<Errors*>(common->err)->back, 1); }
void OnMessage(j_common_ptr common, int level) {
  auto* errors = static_cast<Errors*>(common->err);
  if (level < 0) errors->num_warnings++;
  if (level < 0 && (errors->msg_code == JWRN_HIT_MARKER || errors->msg_code == JWRN_JPEG_EOF)) errors->cut_short = true;
}

void Begin(Errors& errors) {
  jpeg_std_error(&errors);
  errors.error_exit = OnError;
  errors.emit_message = OnMessage;
}

Subsampling SubsamplingOf(const Headers& headers) {
  if (headers.components == 1) return Subsampling::kGray;
  if (headers.components != 3) return Subsampling::kUnknown;
  const unsigned h = (headers.sampling[0] >> 4) / (headers.sampling[1] >> 4);
  const unsigned v = (headers.sampling[0] & 15) / (headers.sampling[1] & 15);
  switch (h * 16 + v) {
    case 0x11: return Subsampling::k444;
    case 0x21: return Subsampling::k422;
    case 0x22: return Subsampling::k420;
    case 0x12: return Subsampling::k440;
    case 0x41: return Subsampling::k411;
    case 0x42: return Subsampling::k410;
    case 0x24: return Subsampling::k410V;
    default: return Subsampling::kUnknown;
  }
}

/* Asks libjpeg for interleaved samples of the format's meaning; planes are split when they are written. */
bool ChooseColors(jpeg_decompress_struct& info, const DecodeRequest& request) {
  const bool cmyk = info.num_components == 4;
  switch (request.format) {
    case OutputFormat::kUnchanged: info.out_color_space = info.jpeg_color_space; return true;
    case OutputFormat::kYuv: info.out_color_space = JCS_YCbCr; return info.jpeg_color_space == JCS_YCbCr;
    case OutputFormat::kY: info.out_color_space = cmyk ? JCS_CMYK : JCS_GRAYSCALE; return !cmyk || request.allow_cmyk;
    case OutputFormat::kRgb: case OutputFormat::kRgbI:
      info.out_color_space = cmyk ? JCS_CMYK : JCS_RGB;
      return !cmyk || request.allow_cmyk;
    case OutputFormat::kBgr: case OutputFormat::kBgrI:
      info.out_color_space = cmyk ? JCS_CMYK : JCS_EXT_BGR;
      return !cmyk || request.allow_cmyk;
    default: return false;
  }
}

/* The simple subtractive scheme; samples are inverted beside an Adobe marker. */
void FromCmyk(Picture& picture, OutputFormat format, bool inverted) {
  const bool gray = format == OutputFormat::kY, bgr = format == OutputFormat::kBgr || format == OutputFormat::kBgrI;
  std::vector<uint8_t> converted;
  for (size_t i = 0; i < picture.samples.size(); i += 4) {
    unsigned rgb[3];
    const unsigned k = inverted ? picture.samples[i + 3] : 255u - picture.samples[i + 3];
    for (int c = 0; c < 3; c++) {
      const unsigned ink = inverted ? picture.samples[i + c] : 255u - picture.samples[i + c];
      rgb[c] = (ink * k + 127) / 255;
    }
    if (gray) {
      converted.push_back(static_cast<uint8_t>((299 * rgb[0] + 587 * rgb[1] + 114 * rgb[2] + 500) / 1000));
    } else {
      for (int c = 0; c < 3; c++) converted.push_back(static_cast<uint8_t>(rgb[bgr ? 2 - c : c]));
    }
  }
  picture.samples = std::move(converted);
  picture.channels = gray ? 1 : 3;
}

void Crop(Picture& picture, const DecodeRequest& request) {
  Picture part{.width = unsigned(request.width), .height = unsigned(request.height), .channels = picture.channels,
               .bytes = picture.bytes, .samples = {}};
  for (int y = 0; y < request.height; y++) {
    const uint8_t* row = picture.At(unsigned(request.x), unsigned(request.y + y));
    part.samples.insert(part.samples.end(), row, row + size_t(request.width) * picture.channels * picture.bytes);
  }
  picture = std::move(part);
}

void Turn(Picture& picture, const DecodeRequest& request) {
  int orientation = static_cast<int>(request.orientation);
  if (orientation <= 1) return;
  if (request.swaps_quarter_turns && (orientation == 6 || orientation == 8)) orientation = 14 - orientation;
  Picture turned{.width = picture.width, .height = picture.height, .channels = picture.channels, .bytes = picture.bytes,
                 .samples = std::vector<uint8_t>(picture.samples.size())};
  if (orientation >= 5) std::swap(turned.width, turned.height);
  const size_t pixel = size_t{picture.channels} * picture.bytes;
  for (unsigned y = 0; y < turned.height; y++) {
    for (unsigned x = 0; x < turned.width; x++) {
      const unsigned right = picture.width - 1, bottom = picture.height - 1;
      unsigned from_x = x, from_y = y;
      switch (orientation) {
        case 2: from_x = right - x; break;
        case 3: from_x = right - x, from_y = bottom - y; break;
        case 4: from_y = bottom - y; break;
        case 5: from_x = y, from_y = x; break;
        case 6: from_x = y, from_y = bottom - x; break;
        case 7: from_x = right - y, from_y = bottom - x; break;
        case 8: from_x = right - y, from_y = x; break;
      }
      std::memcpy(turned.samples.data() + (size_t{y} * turned.width + x) * pixel, picture.At(from_x, from_y), pixel);
    }
  }
  picture = std::move(turned);
}

Status DecodeWhole(jpeg_decompress_struct& info, const uint8_t* data, size_t size, const DecodeRequest& request,
                   Picture& picture) {
  jpeg_mem_src(&info, data, size);
  jpeg_read_header(&info, TRUE);
  if (!ChooseColors(info, request)) return Status::kJpegNotSupported;
  info.do_fancy_upsampling = request.interpolate ? TRUE : FALSE;
  info.dct_method = JDCT_ISLOW;
  info.scale_num = 1;
  info.scale_denom = unsigned(request.shrink);
  jpeg_start_decompress(&info);
  picture.width = info.output_width;
  picture.height = info.output_height;
  picture.channels = unsigned(info.output_components);
  picture.samples.resize(size_t{picture.width} * picture.height * picture.channels);
  while (info.output_scanline < info.output_height) {
    JSAMPROW row = picture.samples.data() + size_t{info.output_scanline} * picture.width * picture.channels;
    jpeg_read_scanlines(&info, &row, 1);
  }
  jpeg_finish_decompress(&info);
  return Status::kSuccess;
}

}  // namespace

Status ReadHeaders(const uint8_t* data, size_t size, Headers& headers) {
  if (size < 4 || data[0] != 0xff || data[1] != 0xd8) return Status::kBadJpeg;
  size_t at = 2;
  while (at + 4 <= size) {
    if (data[at] != 0xff) {
      at++;
      continue;
    }
    const unsigned marker = data[at + 1];
    if (marker == 0 || marker == 0xff || (marker >= 0xd0 && marker <= 0xd9)) {
      at += marker == 0xff ? 1 : 2;
      continue;
    }
    const size_t length = size_t{data[at + 2]} << 8 | data[at + 3];
    const bool frame = marker >= 0xc0 && marker <= 0xcf && marker != 0xc4 && marker != 0xc8 && marker != 0xcc;
    if (frame && headers.marker == 0 && at + 10 <= size && at + 10 + 3 * data[at + 9] <= size) {
      headers.marker = static_cast<int>(marker);
      headers.precision = data[at + 4];
      headers.height = unsigned(data[at + 5]) << 8 | data[at + 6];
      headers.width = unsigned(data[at + 7]) << 8 | data[at + 8];
      headers.components = data[at + 9];
      for (unsigned c = 0; c < headers.components && c < 4; c++) headers.sampling[c] = data[at + 11 + 3 * c];
    }
    if (marker == 0xda) headers.scans++;
    at += 2 + length;
  }
  if (headers.marker == 0 || headers.width == 0 || headers.height == 0 || headers.components == 0) return Status::kBadJpeg;
  for (unsigned c = 0; c < headers.components && c < 4; c++) {
    if ((headers.sampling[c] >> 4) == 0 || (headers.sampling[c] & 15) == 0) return Status::kBadJpeg;
  }
  headers.subsampling = SubsamplingOf(headers);
  return Status::kSuccess;
}

Status Decode(const uint8_t* data, size_t size, const DecodeRequest& request, Picture& picture) {
  jpeg_decompress_struct info;
  Errors errors;
  Begin(errors);
  info.err = &errors;
  if (setjmp(errors.back) != 0) {
    jpeg_destroy_decompress(&info);
    return Status::kBadJpeg;
  }
  jpeg_create_decompress(&info);
  const Status status = DecodeWhole(info, data, size, request, picture);
  const bool from_cmyk = info.num_components == 4 && request.format != OutputFormat::kUnchanged, adobe = info.saw_Adobe_marker;
  jpeg_destroy_decompress(&info);
  if (status != Status::kSuccess) return status;
  if (errors.cut_short) return Status::kIncompleteBitstream;
  if (from_cmyk) FromCmyk(picture, request.format, adobe);
  if (request.width >= 0) Crop(picture, request);
  Turn(picture, request);
  return Status::kSuccess;
}

Status Encode(const Picture& picture, const EncodeRequest& request, std::vector<uint8_t>& bytes) {
  jpeg_compress_struct info;
  Errors errors;
  Begin(errors);
  info.err = &errors;
  unsigned char* made = nullptr;
  unsigned long size = 0;
  if (setjmp(errors.back) != 0) {
    jpeg_destroy_compress(&info);
    std::free(made);
    return Status::kInternalError;
  }
  jpeg_create_compress(&info);
  jpeg_mem_dest(&info, &made, &size);
  info.image_width = picture.width;
  info.image_height = picture.height;
  info.input_components = static_cast<int>(picture.channels);
  const bool gray = request.subsampling == Subsampling::kGray;
  info.in_color_space = picture.channels == 1 ? JCS_GRAYSCALE : request.yuv ? JCS_YCbCr : JCS_RGB;
  jpeg_set_defaults(&info);
  jpeg_set_colorspace(&info, gray ? JCS_GRAYSCALE : JCS_YCbCr);
  jpeg_set_quality(&info, request.quality, TRUE);
  constexpr int kFactors[][2] = {{1, 1}, {2, 1}, {2, 2}, {1, 2}, {4, 1}, {4, 2}, {1, 1}};
  info.comp_info[0].h_samp_factor = kFactors[static_cast<int>(request.subsampling)][0];
  info.comp_info[0].v_samp_factor = kFactors[static_cast<int>(request.subsampling)][1];
  info.optimize_coding = request.optimized;
  info.restart_interval = request.restart_interval;
  if (request.encoding == Encoding::kProgressiveDctHuffman) jpeg_simple_progression(&info);
  jpeg_start_compress(&info, TRUE);
  while (info.next_scanline < info.image_height) {
    auto* row = const_cast<JSAMPROW>(picture.At(0, info.next_scanline));
    jpeg_write_scanlines(&info, &row, 1);
  }
  jpeg_finish_compress(&info);
  jpeg_destroy_compress(&info);
  bytes.assign(made, made + size);
  std::free(made);
  return Status::kSuccess;
}

unsigned PlanesOf(OutputFormat format, unsigned components) {
  switch (format) {
    case OutputFormat::kUnchanged: return components;
    case OutputFormat::kY: return 1;
    case OutputFormat::kYuv: return components == 1 ? 1 : 3;
    case OutputFormat::kRgb: case OutputFormat::kBgr: return 3;
    default: return 0;
  }
}

unsigned PixelBytes(OutputFormat format, unsigned components) {
  if (format == OutputFormat::kUnchangedIU16) return 2 * components;
  return PlanesOf(format, components) == 0 ? 3 : 1;
}

}  // namespace fake
