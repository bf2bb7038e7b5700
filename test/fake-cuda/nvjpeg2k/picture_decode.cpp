#include "memory_stream.hpp"
#include "picture.hpp"

namespace fake {
namespace {

struct Opened {
  MemoryStream memory;
  Codec codec;
  OpjStream stream;
  OpjImage image;
};

bool Open(const uint8_t* data, size_t size, uint32_t left_out, Opened& opened) {
  opened.memory.bytes.assign(data, data + size);
  const bool raw = size >= 2 && data[0] == 0xff && data[1] == 0x4f;
  opened.codec.reset(opj_create_decompress(raw ? OPJ_CODEC_J2K : OPJ_CODEC_JP2));
  opened.stream = opened.memory.Open(true);
  opj_dparameters_t parameters;
  opj_set_default_decoder_parameters(&parameters);
  parameters.cp_reduce = left_out;
  if (!opj_setup_decoder(opened.codec.get(), &parameters)) return false;
  opj_image_t* image = nullptr;
  const bool read = opj_read_header(opened.stream.get(), opened.codec.get(), &image);
  opened.image.reset(image);
  return read && image != nullptr;
}

/* The enumerated colour space of the first colour box (T.800, I.5.3.3). Of a code stream alone it is unknown. */
ColorSpace ColorOf(const uint8_t* data, size_t size) {
  static constexpr uint8_t kBox[] = {'c', 'o', 'l', 'r', 1};
  const uint8_t* const end = data + std::min<size_t>(size, 512);
  const uint8_t* const box = std::search(data, end, std::begin(kBox), std::end(kBox));
  if (end - box < 11) return ColorSpace::kUnknown;
  switch (box[10]) {
    case 16: return ColorSpace::kSrgb;
    case 17: return ColorSpace::kGray;
    case 18: return ColorSpace::kSycc;
    default: return ColorSpace::kUnknown;
  }
}

uint32_t CeilDivide(uint32_t value, uint32_t by) { return (value + by - 1) / by; }

}  // namespace

Status ReadHeaders(const uint8_t* data, size_t size, Headers& headers) {
  Opened opened;
  if (!Open(data, size, 0, opened)) return Status::kBadJpeg;
  const opj_image_t& image = *opened.image;
  opj_codestream_info_v2_t* info = opj_get_cstr_info(opened.codec.get());
  if (info == nullptr || info->m_default_tile_info.tccp_info == nullptr) return Status::kBadJpeg;
  headers = {};
  headers.image = {image.x1 - image.x0, image.y1 - image.y0, info->tdx, info->tdy, info->tw, info->th, image.numcomps};
  headers.resolutions = info->m_default_tile_info.tccp_info->numresolutions;
  opj_destroy_cstr_info(&info);
  headers.color = ColorOf(data, size);
  for (uint32_t c = 0; c < image.numcomps; c++) {
    const opj_image_comp_t& component = image.comps[c];
    headers.components.push_back({CeilDivide(headers.image.width, component.dx), CeilDivide(headers.image.height, component.dy),
                                  static_cast<uint8_t>(component.prec), static_cast<uint8_t>(component.sgnd)});
  }
  return Status::kSuccess;
}

Status Decode(const uint8_t* data, size_t size, uint32_t left_out, Picture& picture) {
  Opened opened;
  if (!Open(data, size, left_out, opened)) return Status::kBadJpeg;
  if (!opj_decode(opened.codec.get(), opened.stream.get(), opened.image.get())) return Status::kBadJpeg;
  const opj_image_t& image = *opened.image;
  picture.precision = image.comps[0].prec;
  for (uint32_t c = 0; c < image.numcomps; c++) {
    const opj_image_comp_t& from = image.comps[c];
    if (from.data == nullptr) return Status::kBadJpeg;
    picture.components.push_back(
        {from.w, from.h, from.dx, from.dy, std::vector<int32_t>(from.data, from.data + size_t{from.w} * from.h)});
  }
  return Status::kSuccess;
}

int32_t Picture::At(uint32_t component, uint32_t x, uint32_t y) const {
  const Component& own = components[component];
  return own.samples[size_t{std::min(own.height - 1, y / own.dy)} * own.width + std::min(own.width - 1, x / own.dx)];
}

int32_t Picture::RgbAt(uint32_t channel, uint32_t x, uint32_t y) const {
  const int32_t full = (1 << precision) - 1, middle = (full + 1) / 2;
  const int32_t luma = At(0, x, y), cb = At(1, x, y) - middle, cr = At(2, x, y) - middle;
  const int32_t added = channel == 0 ? 91881 * cr : channel == 1 ? -22554 * cb - 46802 * cr : 116130 * cb;
  return std::clamp(luma + ((added + 32768) >> 16), 0, full);
}

}  // namespace fake
