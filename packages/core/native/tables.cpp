/* The numbers that TypeScript has too, for the test that compares them. */
#include <string>

#include "bridge.hpp"
#include "resample_axis.hpp"
#include "task_fields.hpp"

namespace polycodec {

namespace {

struct Entry {
  const char* name;
  double number;
};

#define STATUS(name) {#name, POLYCODEC_##name}
constexpr Entry kStatuses[] = {
    STATUS(SUCCESS), STATUS(FAIL), STATUS(IMAGE_CORRUPTED), STATUS(CODEC_UNSUPPORTED), STATUS(BACKEND_UNSUPPORTED),
    STATUS(ENCODING_UNSUPPORTED), STATUS(RESOLUTION_UNSUPPORTED), STATUS(CODESTREAM_UNSUPPORTED),
    STATUS(IMAGE_TRUNCATED), STATUS(LIMIT_EXCEEDED), STATUS(CANCELLED), STATUS(OUT_OF_MEMORY), STATUS(IO_ERROR),
    STATUS(COLOR_SPEC_UNSUPPORTED), STATUS(ORIENTATION_UNSUPPORTED), STATUS(ROI_UNSUPPORTED),
    STATUS(SAMPLING_UNSUPPORTED), STATUS(SAMPLE_TYPE_UNSUPPORTED), STATUS(SAMPLE_FORMAT_UNSUPPORTED), STATUS(NUM_IMAGES_UNSUPPORTED), STATUS(SCALE_UNSUPPORTED),
    STATUS(NUM_CHANNELS_UNSUPPORTED), STATUS(QUALITY_TYPE_UNSUPPORTED), STATUS(QUALITY_VALUE_UNSUPPORTED),
    STATUS(TILING_UNSUPPORTED)};
#undef STATUS

constexpr Entry kSampleDataTypes[] = {
    {"uint8", POLYCODEC_UINT8}, {"int8", POLYCODEC_INT8}, {"uint16", POLYCODEC_UINT16}, {"int16", POLYCODEC_INT16},
    {"uint32", POLYCODEC_UINT32}, {"int32", POLYCODEC_INT32}, {"float16", POLYCODEC_FLOAT16},
    {"float32", POLYCODEC_FLOAT32}, {"float64", POLYCODEC_FLOAT64}};

#define FORMAT(name) {#name, POLYCODEC_##name}
constexpr Entry kSampleFormats[] = {
    FORMAT(I_UNCHANGED), FORMAT(P_UNCHANGED), FORMAT(I_Y), FORMAT(P_Y), FORMAT(I_YA), FORMAT(P_YA), FORMAT(I_RGB),
    FORMAT(P_RGB), FORMAT(I_BGR), FORMAT(P_BGR), FORMAT(I_RGBA), FORMAT(P_RGBA), FORMAT(I_YUV), FORMAT(P_YUV)};
constexpr Entry kChromaSubsamplings[] = {
    FORMAT(CSS_NONE), FORMAT(CSS_444), FORMAT(CSS_422), FORMAT(CSS_420), FORMAT(CSS_440), FORMAT(CSS_411),
    FORMAT(CSS_410), FORMAT(CSS_GRAY), FORMAT(CSS_410V)};
#undef FORMAT

#define COLOR(name) {#name, POLYCODEC_COLOR_##name}
constexpr Entry kColorSpecs[] = {COLOR(UNKNOWN), COLOR(UNCHANGED), COLOR(SRGB), COLOR(GRAY),
                                 COLOR(SYCC), COLOR(CMYK), COLOR(YCCK)};
#undef COLOR

#define KIND(name) {#name, POLYCODEC_METADATA_##name}
constexpr Entry kMetadataKinds[] = {KIND(UNKNOWN), KIND(EXIF), KIND(ICC_PROFILE), KIND(XMP), KIND(IPTC), KIND(COMMENT)};
#undef KIND

#define FILTER(name, number) {#name, static_cast<double>(resample::Filter::number)}
constexpr Entry kResizeFilters[] = {FILTER(nearest, kNearest), FILTER(area, kArea), FILTER(bilinear, kBilinear),
                                    FILTER(bicubic, kBicubic), FILTER(lanczos3, kLanczos3)};
#undef FILTER

template <size_t N>
bool Add(napi_env env, napi_value tables, const char* name, const Entry (&entries)[N]) {
  napi_value table;
  if (napi_create_object(env, &table) != napi_ok) return false;
  for (const Entry& entry : entries) {
    if (!js::Set(env, table, entry.name, js::Number(env, entry.number))) return false;
  }
  return js::Set(env, tables, name, table);
}

/* A list of fields, each name with its place. */
class FieldTable {
 public:
  explicit FieldTable(napi_env env) : env_(env), ok_(napi_create_object(env, &table_) == napi_ok) {}
  void Number(const std::string& name) { ok_ = ok_ && js::Set(env_, table_, name.c_str(), js::Number(env_, place_++)); }
  void Layout(const std::string& name) {
    for (const char* field : kLayoutFields) Number(name + "." + field);
  }
  bool AddTo(napi_value tables, const char* name) { return ok_ && js::Set(env_, tables, name, table_); }

 private:
  napi_env env_;
  napi_value table_ = nullptr;
  bool ok_;
  double place_ = 0;
};

#define NUMBER(name) fields.Number(#name);
#define LAYOUT(name) fields.Layout(#name);
#define ADD_FIELDS(list)                            \
  [&] {                                             \
    FieldTable fields(env);                         \
    POLYCODEC_##list(NUMBER, LAYOUT)                \
    return fields.AddTo(tables, #list);             \
  }()

}  // namespace

napi_value Tables(napi_env env, napi_callback_info) {
  napi_value tables;
  if (napi_create_object(env, &tables) != napi_ok) return nullptr;
  const bool ok = Add(env, tables, "ProcessingStatus", kStatuses) &&
                  Add(env, tables, "SampleDataType", kSampleDataTypes) &&
                  Add(env, tables, "SampleFormat", kSampleFormats) && Add(env, tables, "ColorSpec", kColorSpecs) &&
                  Add(env, tables, "ChromaSubsampling", kChromaSubsamplings) &&
                  Add(env, tables, "MetadataKind", kMetadataKinds) &&
                  Add(env, tables, "ResizeFilter", kResizeFilters) && ADD_FIELDS(DECODE_FIELDS) &&
                  ADD_FIELDS(ENCODE_FIELDS) && ADD_FIELDS(TRANSFORM_FIELDS) && ADD_FIELDS(TENSOR_FIELDS) && ADD_FIELDS(OUTCOME_FIELDS);
  return ok ? tables : nullptr;
}

}  // namespace polycodec
