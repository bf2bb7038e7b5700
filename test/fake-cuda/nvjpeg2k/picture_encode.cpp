#include <openjph/ojph_arch.h>
#include <openjph/ojph_codestream.h>
#include <openjph/ojph_file.h>
#include <openjph/ojph_mem.h>
#include <openjph/ojph_params.h>

#include <cmath>

#include "memory_stream.hpp"
#include "picture.hpp"

namespace fake {
namespace {

constexpr const char* kProgressions[] = {"LRCP", "RLCP", "RPCL", "PCRL", "CPRL"};

/* The quantisation step that is meant, in samples. */
double StepOf(const EncodeRequest& request) {
  const double full = std::ldexp(1.0, request.components[0].precision) - 1, q = request.quality;
  switch (request.quality_type) {
    case QualityType::kQuantizationStep: return q;
    case QualityType::kTargetPsnr: return full * std::sqrt(12.0) / std::pow(10.0, q / 20);
    default: return std::max(0.5, (q < 50 ? 50 / q : 2 - q / 50) * 28) / 255 * full;
  }
}

bool EncodePlain(const std::vector<std::vector<int32_t>>& samples, const EncodeRequest& request,
                 std::vector<uint8_t>& bytes) {
  const EncodeConfig& config = request.config;
  std::vector<opj_image_cmptparm_t> shapes(samples.size());
  for (auto& shape : shapes) {
    std::memset(&shape, 0, sizeof shape);
    shape.dx = shape.dy = 1, shape.w = config.image_width, shape.h = config.image_height;
    shape.prec = request.components[0].precision, shape.sgnd = request.components[0].is_signed;
  }
  const OpjImage image(opj_image_create(static_cast<OPJ_UINT32>(shapes.size()), shapes.data(), OPJ_CLRSPC_UNSPECIFIED));
  image->x1 = config.image_width, image->y1 = config.image_height;
  for (size_t c = 0; c < samples.size(); c++) std::copy(samples[c].begin(), samples[c].end(), image->comps[c].data);
  opj_cparameters_t parameters;
  opj_set_default_encoder_parameters(&parameters);
  parameters.irreversible = static_cast<int>(config.irreversible);
  parameters.tcp_numlayers = 1;
  if (config.irreversible != 0) {
    const double full = std::ldexp(1.0, request.components[0].precision) - 1;
    parameters.cp_fixed_quality = 1;
    parameters.tcp_distoratio[0] = static_cast<float>(20 * std::log10(std::sqrt(12.0) * full / StepOf(request)));
  } else {
    parameters.cp_disto_alloc = 1;
  }
  parameters.cblockw_init = static_cast<int>(config.code_block_width);
  parameters.cblockh_init = static_cast<int>(config.code_block_height);
  parameters.prog_order = static_cast<OPJ_PROG_ORDER>(config.progression);
  parameters.tcp_mct = static_cast<char>(config.mct_mode);
  parameters.numresolution = static_cast<int>(config.num_resolutions);
  if (config.enable_tiling != 0) {
    parameters.tile_size_on = OPJ_TRUE;
    parameters.cp_tdx = static_cast<int>(config.tile_width), parameters.cp_tdy = static_cast<int>(config.tile_height);
  }
  MemoryStream memory;
  const Codec codec(opj_create_compress(OPJ_CODEC_J2K));
  const OpjStream stream = memory.Open(false);
  const bool done = opj_setup_encoder(codec.get(), &parameters, image.get()) &&
                    opj_start_compress(codec.get(), image.get(), stream.get()) && opj_encode(codec.get(), stream.get()) &&
                    opj_end_compress(codec.get(), stream.get());
  bytes = std::move(memory.bytes);
  return done;
}

struct MemoryFile final : ojph::outfile_base {
  explicit MemoryFile(std::vector<uint8_t>& bytes) : bytes(bytes) {}
  size_t write(const void* from, size_t count) override {
    bytes.insert(bytes.end(), static_cast<const uint8_t*>(from), static_cast<const uint8_t*>(from) + count);
    return count;
  }
  ojph::si64 tell() override { return static_cast<ojph::si64>(bytes.size()); }
  std::vector<uint8_t>& bytes;
};

bool EncodeHt(const std::vector<std::vector<int32_t>>& samples, const EncodeRequest& request, std::vector<uint8_t>& bytes) try {
  const EncodeConfig& config = request.config;
  MemoryFile file(bytes);
  ojph::codestream codestream;
  ojph::param_siz size = codestream.access_siz();
  size.set_image_extent(ojph::point(config.image_width, config.image_height));
  size.set_num_components(config.num_components);
  for (uint32_t c = 0; c < config.num_components; c++) {
    size.set_component(c, ojph::point(1, 1), request.components[c].precision, request.components[c].is_signed != 0);
  }
  if (config.enable_tiling != 0) size.set_tile_size(ojph::size(config.tile_width, config.tile_height));
  ojph::param_cod style = codestream.access_cod();
  style.set_num_decomposition(config.num_resolutions - 1);
  style.set_block_dims(config.code_block_width, config.code_block_height);
  style.set_progression_order(kProgressions[static_cast<int>(config.progression)]);
  style.set_color_transform(config.mct_mode != 0);
  style.set_reversible(config.irreversible == 0);
  if (config.irreversible != 0) {
    const double full = std::ldexp(1.0, request.components[0].precision) - 1;
    codestream.access_qcd().set_irrev_quant(static_cast<float>(StepOf(request) / full / 2));
  }
  codestream.set_planar(config.mct_mode == 0);
  codestream.write_headers(&file);
  std::vector<uint32_t> rows(samples.size());
  ojph::ui32 component = 0;
  ojph::line_buf* line = codestream.exchange(nullptr, component);
  for (size_t left = samples.size() * config.image_height; left > 0; left--) {
    const int32_t* from = samples[component].data() + size_t{rows[component]++} * config.image_width;
    std::copy(from, from + config.image_width, line->i32);
    line = codestream.exchange(line, component);
  }
  codestream.flush();
  codestream.close();
  return true;
} catch (const std::exception&) {
  return false;
}

}  // namespace

bool Encode(const std::vector<std::vector<int32_t>>& samples, const EncodeRequest& request, std::vector<uint8_t>& bytes) {
  return request.config.encode_modes == kModeHt ? EncodeHt(samples, request, bytes) : EncodePlain(samples, request, bytes);
}

}  // namespace fake
