/*
 * What works of the real libnvjpeg2k without a GPU: reading headers, and the validation of what an encoder is told. A program
 * of the tests, built with the extension's own coded_picture.cpp and encode_plan.cpp:
 *
 *     host_calls LIBRARY FILE...
 *
 * prints JSON: of each file what the library reads, and how it answers to each plan of ours for an encoder.
 */
#include <dlfcn.h>

#include <cstdio>
#include <cstdlib>
#include <cstring>
#include <fstream>
#include <iterator>
#include <map>
#include <string>
#include <type_traits>
#include <vector>

#include <polycodec_cuda.hpp>

#include "../coded_picture.hpp"
#include "../encode_plan.hpp"

using namespace polycodec::nvjpeg2k;

namespace {

/* What stands behind `params`, for the host's functions that plans ask. */
struct Values {
  std::map<std::string, double> numbers;
  std::map<std::string, std::string> texts;
};

const polycodec_host kHost = [] {
  polycodec_host host{};
  host.struct_size = sizeof host;
  host.number = [](const polycodec_params* params, const char* name, double otherwise) {
    const auto& numbers = reinterpret_cast<const Values*>(params)->numbers;
    const auto found = numbers.find(name);
    return found == numbers.end() ? otherwise : found->second;
  };
  host.text = [](const polycodec_params* params, const char* name, const char* otherwise) {
    const auto& texts = reinterpret_cast<const Values*>(params)->texts;
    const auto found = texts.find(name);
    return found == texts.end() ? otherwise : found->second.c_str();
  };
  return host;
}();

Functions Bind(const char* path) {
  void* library = dlopen(path, RTLD_NOW | RTLD_LOCAL);
  if (library == nullptr) {
    std::fprintf(stderr, "%s\n", dlerror());
    std::exit(1);
  }
  Functions api;
  api.ForEach([&](const char* name, bool, auto& function) {
    const std::string full_name = std::string("nvjpeg2k") + name;
    function = reinterpret_cast<std::remove_reference_t<decltype(function)>>(dlsym(library, full_name.c_str()));
  });
  return api;
}

int Number(Status status) { return static_cast<int>(status); }

int None(void*, void**, size_t, CudaStream) { return 1; }
int Nothing(void*, void*, size_t, CudaStream) { return 0; }

void ReadFile(const Functions& api, Handle handle, const char* path) {
  std::ifstream file(path, std::ios::binary);
  const std::vector<uint8_t> bytes{std::istreambuf_iterator<char>(file), {}};
  Stream stream = nullptr;
  const Status made = api.StreamCreate(&stream);
  const Status parsed = api.StreamParse(handle, bytes.data(), bytes.size(), 0, 0, stream);
  std::printf("{\"made\":%d,\"parsed\":%d", Number(made), Number(parsed));
  if (parsed == Status::kSuccess) {
    ImageInfo image{};
    ComponentInfo component{};
    ColorSpace color{};
    uint32_t resolutions = 0;
    const Status answers[] = {api.StreamGetImageInfo(stream, &image), api.StreamGetImageComponentInfo(stream, &component, 0),
                              api.StreamGetColorSpace(stream, &color), api.StreamGetResolutionsInTile(stream, 0, &resolutions)};
    for (const Status answer : answers) {
      if (answer != Status::kSuccess) std::printf(",\"failed\":%d", Number(answer));
    }
    std::printf(",\"width\":%u,\"height\":%u,\"components\":%u,\"tiles\":%u,\"tileWidth\":%u,\"tileHeight\":%u,"
                "\"precision\":%u,\"signed\":%s,\"color\":%d,\"resolutions\":%u",
                image.width, image.height, image.components, image.tiles_across * image.tiles_down, image.tile_width,
                image.tile_height, component.precision, component.is_signed != 0 ? "true" : "false", static_cast<int>(color),
                resolutions);
    polycodec_decode_task task{};
    task.data = bytes.data(), task.size = bytes.size();
    task.width = image.width, task.height = image.height, task.channels = image.components;
    try {
      const CodedPicture coded = Examine(task);
      std::printf(",\"ours\":{\"tiles\":%u,\"precision\":%u,\"signed\":%s,\"resolutions\":%u}", coded.tiles(), coded.precision,
                  coded.is_signed ? "true" : "false", coded.levels + 1);
    } catch (const polycodec::cuda::Failure& failure) {
      std::printf(",\"refused\":\"%s\"", failure.what());
    }
  }
  std::printf("}");
  api.StreamDestroy(stream);
}

/* Every plan that we make is one that the library takes. */
void TryPlan(const Functions& api, int version, int32_t format, uint32_t channels, int32_t dtype, uint32_t precision,
             Values values) {
  polycodec_encode_task task{};
  task.input = {.width = 300, .height = 200, .channels = channels, .dtype = dtype, .sample_format = format,
                .color_spec = POLYCODEC_COLOR_UNCHANGED, .precision = precision, .reserved = 0, .row_stride = 0, .plane_stride = 0};
  task.params = reinterpret_cast<const polycodec_params*>(&values);
  std::printf("{\"format\":%d,\"dtype\":%d", format, dtype);
  for (const auto& [name, value] : values.numbers) std::printf(",\"%s\":%g", name.c_str(), value);
  try {
    EncodePlan plan = PlanEncode(task, version);
    plan.config.components = plan.components.data();
    EncodeParams params = nullptr;
    api.EncodeParamsCreate(&params);
    std::printf(",\"configured\":%d", Number(api.EncodeParamsSetEncodeConfig(params, &plan.config)));
    if (plan.is_lossy) std::printf(",\"specified\":%d", Number(api.EncodeParamsSpecifyQuality(params, plan.quality_type, plan.quality)));
    std::printf(",\"formatted\":%d", Number(api.EncodeParamsSetInputFormat(params, plan.format)));
    api.EncodeParamsDestroy(params);
  } catch (const polycodec::cuda::Failure& failure) {
    std::printf(",\"refused\":\"%s\"", failure.what());
  }
  std::printf("}");
}

}  // namespace

int main(int count, char** arguments) {
  if (count < 2) return 2;
  polycodec::host = &kHost;
  const Functions api = Bind(arguments[1]);
  int version[3] = {};
  for (int i = 0; i < 3; i++) api.GetProperty(static_cast<Property>(i), &version[i]);
  const int number = 10000 * version[0] + 100 * version[1] + version[2];
  Handle handle = nullptr;
  DeviceAllocator device{{None, Nothing, nullptr}};
  PinnedAllocator pinned{{None, Nothing, nullptr}};
  std::printf("{\"version\":%d,\"created\":%d", number, Number(api.CreateV2(Implementation::kDefault, &device, &pinned, &handle)));
  std::printf(",\"padded\":[%d,%d]", Number(api.SetDeviceMemoryPadding(4096, handle)), Number(api.SetPinnedMemoryPadding(4096, handle)));
  DecodeState state = nullptr;
  std::printf(",\"state\":%d", Number(api.DecodeStateCreate(handle, &state)));
  DecodeParams params = nullptr;
  const Status created = api.DecodeParamsCreate(&params);
  std::printf(",\"params\":[%d,%d,%d,%d]", Number(created), Number(api.DecodeParamsSetOutputFormat(params, ImageFormat::kInterleaved)),
              Number(api.DecodeParamsSetRGBOutput(params, 1)), Number(api.DecodeParamsSetDecodeArea(params, 1, 2, 3, 4)));
  api.DecodeParamsDestroy(params);
  std::printf(",\"files\":[");
  for (int i = 2; i < count; i++) {
    if (i > 2) std::printf(",");
    ReadFile(api, handle, arguments[i]);
  }
  std::printf("],\"plans\":[");
  const char* comma = "";
  const auto plan = [&](int32_t format, uint32_t channels, int32_t dtype, uint32_t precision, const Values& values) {
    std::printf("%s", comma);
    TryPlan(api, number, format, channels, dtype, precision, values);
    comma = ",";
  };
  const auto numbers = [](std::map<std::string, double> all) { return Values{std::move(all), {}}; };
  for (const int32_t dtype : {POLYCODEC_UINT8, POLYCODEC_UINT16, POLYCODEC_INT16}) {
    const uint32_t precision = dtype == POLYCODEC_UINT8 ? 8 : 16;
    plan(POLYCODEC_I_Y, 1, dtype, precision, {});
    plan(POLYCODEC_I_YA, 2, dtype, precision, {});
    plan(POLYCODEC_I_RGB, 3, dtype, precision, {});
    plan(POLYCODEC_P_RGB, 3, dtype, precision, numbers({{"mctMode", 1}}));
    plan(POLYCODEC_I_RGBA, 4, dtype, precision, {});
    plan(POLYCODEC_P_YUV, 3, dtype, precision, {});
  }
  for (const double ht : {0.0, 1.0}) {
    for (const double width : {64.0, 100.0, 300.0, 512.0}) {
      plan(POLYCODEC_I_RGB, 3, POLYCODEC_UINT8, 8, numbers({{"ht", ht}, {"tileWidth", width}, {"tileHeight", 64}}));
    }
    for (const double block : {32.0, 64.0}) {
      plan(POLYCODEC_I_Y, 1, POLYCODEC_UINT8, 8, numbers({{"ht", ht}, {"codeBlockWidth", block}, {"codeBlockHeight", 32}}));
    }
    plan(POLYCODEC_I_Y, 1, POLYCODEC_UINT8, 8, numbers({{"ht", ht}, {"numResolutions", 33}}));
    plan(POLYCODEC_I_Y, 1, POLYCODEC_UINT8, 8, numbers({{"ht", ht}, {"numResolutions", 1}}));
    for (const double type : {2.0, 3.0, 4.0}) {
      const bool psnr_of_ht = type == 4 && ht != 0;
      if (!psnr_of_ht) {
        plan(POLYCODEC_I_RGB, 3, POLYCODEC_UINT8, 8, numbers({{"ht", ht}, {"mctMode", 1}, {"qualityType", type}, {"qualityValue", 40}}));
        plan(POLYCODEC_I_Y, 1, POLYCODEC_UINT16, 12, numbers({{"ht", ht}, {"qualityType", type}, {"qualityValue", 40}}));
      }
    }
  }
  plan(POLYCODEC_I_Y, 1, POLYCODEC_UINT8, 8, numbers({{"ht", 1}, {"codeBlockWidth", 128}, {"codeBlockHeight", 32}}));
  for (const char* order : {"LRCP", "RLCP", "RPCL", "PCRL", "CPRL"}) {
    plan(POLYCODEC_I_RGB, 3, POLYCODEC_UINT8, 8, Values{{}, {{"progOrder", order}}});
  }
  std::printf("]}\n");
  api.Destroy(handle);
}
