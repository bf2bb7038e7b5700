#include "openjpeg_encode.hpp"

#include <algorithm>
#include <bit>
#include <cstring>
#include <vector>

#include "jpeg2k_components.hpp"
#include "jpeg2k_container.hpp"
#include "jpeg2k_failure.hpp"
#include "jpeg2k_limits.hpp"
#include "jpeg2k_quality.hpp"
#include "openjpeg_stream.hpp"

namespace polycodec::jpeg2k {
namespace {

// OpenJPEG holds a sample in 32 bits twice, in the picture and in the tile.
constexpr uint64_t kBytesPerSample = 8;

OPJ_COLOR_SPACE ColorSpaceOf(Components::Color color) {
  switch (color) {
    case Components::Color::kGray: return OPJ_CLRSPC_GRAY;
    case Components::Color::kRgb: return OPJ_CLRSPC_SRGB;
    case Components::Color::kYcc: return OPJ_CLRSPC_SYCC;
    default: return OPJ_CLRSPC_CMYK;
  }
}

OPJ_PROG_ORDER ProgressionOf(const char* name) {
  static constexpr const char* kNames[] = {"LRCP", "RLCP", "RPCL", "PCRL", "CPRL"};
  for (int i = 0; i < 5; ++i) {
    if (std::strcmp(name, kNames[i]) == 0) return static_cast<OPJ_PROG_ORDER>(i);
  }
  Fail(POLYCODEC_ENCODING_UNSUPPORTED, "progression order %s", name);
}

ImageHandle MakeImage(const polycodec_encode_task& task, Components& components) {
  std::vector<opj_image_cmptparm_t> shapes(components.Count());
  for (uint32_t i = 0; i < components.Count(); ++i) {
    const Components::Shape& shape = components.Of(i);
    opj_image_cmptparm_t& to = shapes[i];
    std::memset(&to, 0, sizeof to);
    to.dx = shape.dx, to.dy = shape.dy, to.w = shape.width, to.h = shape.height;
    to.prec = components.Precision();
    to.sgnd = components.IsSigned() ? 1 : 0;
  }
  ImageHandle image(opj_image_create(components.Count(), shapes.data(), ColorSpaceOf(components.CodedColor())));
  if (!image) throw std::bad_alloc();
  image->x0 = image->y0 = 0;
  image->x1 = task.input.width;
  image->y1 = task.input.height;
  for (uint32_t i = 0; i < components.Count(); ++i) {
    const Components::Shape& shape = components.Of(i);
    for (uint32_t row = 0; row < shape.height; ++row) {
      if (row % 64 == 0 && host->cancelled(task.call)) Fail(POLYCODEC_CANCELLED, "cancelled");
      components.ReadRow(i, row, image->comps[i].data + size_t{shape.width} * row);
    }
  }
  return image;
}

void Configure(opj_cparameters_t& parameters, const polycodec_encode_task& task, const Components& components,
               const Quality& quality) {
  const Params params(task.params);
  opj_set_default_encoder_parameters(&parameters);
  parameters.irreversible = quality.isReversible ? 0 : 1;
  parameters.tcp_numlayers = 1;
  if (quality.psnr > 0) {
    parameters.cp_fixed_quality = 1;
    parameters.tcp_distoratio[0] = static_cast<float>(quality.psnr);
  } else {
    parameters.cp_disto_alloc = 1;
    // OpenJPEG's rate is bits of the components to bits coded; the caller's is of whole elements.
    const uint32_t bits = task.input.dtype <= POLYCODEC_INT8 ? 8 : task.input.dtype <= POLYCODEC_INT16 ? 16 : 32;
    parameters.tcp_rates[0] =
        quality.ratio > 0 ? static_cast<float>(components.Precision() / (quality.ratio * bits)) : 0;
  }
  parameters.cblockw_init = static_cast<int>(params.Number("codeBlockWidth", 64));
  parameters.cblockh_init = static_cast<int>(params.Number("codeBlockHeight", 64));
  parameters.prog_order = ProgressionOf(params.Text("progOrder", "RPCL"));
  const bool mct = params.Number("mctMode", 0) != 0;
  if (mct && components.CodedColor() != Components::Color::kRgb && components.Count() >= 3) {
    Fail(POLYCODEC_COLOR_SPEC_UNSUPPORTED, "the multiple component transform is for RGB");
  }
  parameters.tcp_mct = mct && components.Count() >= 3 ? 1 : 0;
  const double tileWidth = params.Number("tileWidth", 0), tileHeight = params.Number("tileHeight", 0);
  if (tileWidth > 0 && tileHeight > 0) {
    parameters.tile_size_on = OPJ_TRUE;
    parameters.cp_tdx = static_cast<int>(tileWidth);
    parameters.cp_tdy = static_cast<int>(tileHeight);
  }
  // OpenJPEG takes no more resolutions than halve a tile to one sample.
  const double width = tileWidth > 0 ? tileWidth : task.input.width, height = tileHeight > 0 ? tileHeight : task.input.height;
  const auto most = std::bit_width(static_cast<uint32_t>(std::min(width, height)));
  parameters.numresolution = std::min(static_cast<int>(params.Number("numResolutions", 6)), static_cast<int>(most));
}

void Encode(const polycodec_encode_task& task) {
  const Quality quality = ReadQuality(task);
  Components components(task);
  uint64_t samples = 0;
  for (uint32_t i = 0; i < components.Count(); ++i) {
    samples += uint64_t{components.Of(i).width} * components.Of(i).height;
  }
  CheckScratch(task.max_scratch_bytes, samples * kBytesPerSample);
  opj_cparameters_t parameters;
  Configure(parameters, task, components, quality);

  Messages messages;
  Sink sink(task.call);
  // Half of the samples' own size holds a lossless photograph; what is noisier grows the sink.
  const size_t guess = static_cast<size_t>(samples) * ((components.Precision() + 7) / 8) / 2 + 65536;
  if (!sink.Reserve(guess)) throw std::bad_alloc();
  sink.Begin(BeginContainer(task, components, false));
  const auto fail = [&](const char* what) {
    if (sink.cancelled || host->cancelled(task.call)) Fail(POLYCODEC_CANCELLED, "cancelled");
    Fail(POLYCODEC_FAIL, "%s", messages.error.empty() ? what : messages.error.c_str());
  };
  ImageHandle image = MakeImage(task, components);
  CodecHandle codec(opj_create_compress(OPJ_CODEC_J2K));
  StreamHandle stream = OpenOutput(sink);
  if (!codec || !stream) throw std::bad_alloc();
  messages.Attach(codec.get());
  if (!opj_setup_encoder(codec.get(), &parameters, image.get())) fail("OpenJPEG cannot be set up");
  if (!opj_start_compress(codec.get(), image.get(), stream.get())) fail("the headers cannot be written");
  if (!opj_encode(codec.get(), stream.get())) fail("it cannot be encoded");
  if (!opj_end_compress(codec.get(), stream.get())) fail("the code stream cannot be ended");
  stream.reset();
  for (const std::string& warning : messages.warnings) host->warn(task.call, "%s", warning.c_str());
  sink.Finish(CommentSegments(task));
}

struct OpenJpegEncoder {
  static constexpr const char* kId = "openjpeg";
  static constexpr const char* kCodec = "jpeg2k";
  struct Worker {};
  static polycodec_status Encode(Worker&, const polycodec_encode_task& task) {
    return Guard(task.call, [&] { jpeg2k::Encode(task); });
  }
};

}  // namespace

const polycodec_encoder kOpenJpegEncoder = polycodec::Encoder<OpenJpegEncoder>();

}  // namespace polycodec::jpeg2k
