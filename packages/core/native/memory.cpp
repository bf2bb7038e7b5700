/* Pixel memory for JavaScript, and the conversion that backends in TypeScript may ask for. */
#include "bridge.hpp"
#include "field_values.hpp"
#include "pixel_pressure.hpp"
#include "pixels.hpp"
#include "task_fields.hpp"

namespace polycodec {

uint64_t ExtentOf(const polycodec_layout& layout) {
  static constexpr uint8_t kBytes[] = {1, 1, 2, 2, 4, 4, 2, 4, 8};  // by polycodec_dtype
  if (layout.width == 0 || layout.height == 0 || layout.channels == 0) return 0;
  if (layout.dtype < 0 || layout.dtype > POLYCODEC_FLOAT64) return UINT64_MAX;
  const bool planar = (layout.sample_format & 1) != 0;  // every P_ format has an odd number
  using Wide = unsigned __int128;
  const Wide row = Wide{layout.width} * kBytes[layout.dtype] * (planar ? 1 : layout.channels);
  const Wide plane = Wide{layout.height - 1} * layout.row_stride + row;
  const Wide whole = planar ? Wide{layout.channels - 1} * layout.plane_stride + plane : plane;
  return whole < (Wide{1} << 63) ? static_cast<uint64_t>(whole) : UINT64_MAX;
}

napi_value Allocate(napi_env env, napi_callback_info info) {
  std::array<napi_value, 1> arguments;
  double length;
  if (!js::Arguments(env, info, arguments) || !js::Read(env, arguments[0], length)) {
    return js::Throw(env, "allocate takes a length");
  }
  ScopedSlab slab(ToU64(length));
  if (!slab) {
    napi_throw_range_error(env, "ERR_POLYCODEC_OUT_OF_MEMORY", "memory could not be had");
    return nullptr;
  }
  return js::BufferOf(env, std::move(slab), ToU64(length));
}

napi_value Release(napi_env env, napi_callback_info info) {
  std::array<napi_value, 1> arguments;
  void* base;
  size_t length;
  if (!js::Arguments(env, info, arguments) || napi_get_arraybuffer_info(env, arguments[0], &base, &length) != napi_ok) {
    return js::Throw(env, "release takes an ArrayBuffer");
  }
  pixel_pressure::Closed(env, base);
  if (napi_detach_arraybuffer(env, arguments[0]) != napi_ok) {
    return js::Throw(env, "release takes an ArrayBuffer that can be detached");
  }
  return nullptr;
}

napi_value SlabOf(napi_env env, ScopedSlab&& slab, size_t length) {
  auto* handle = new SlabHandle{.slab = std::move(slab), .length = length};
  const auto finalize = [](napi_env env, void* data, void*) {
    auto* own = static_cast<SlabHandle*>(data);
    if (own->slab) pixel_pressure::Changed(env, -static_cast<int64_t>(own->length));
    delete own;
  };
  pixel_pressure::Changed(env, static_cast<int64_t>(length));
  napi_value value;
  if (napi_create_external(env, handle, finalize, nullptr, &value) == napi_ok) return value;
  finalize(env, handle, nullptr);
  return nullptr;
}

/* The handle that the only argument is, if it still holds a slab. */
static SlabHandle* HolderIn(napi_env env, napi_callback_info info) {
  std::array<napi_value, 1> arguments;
  auto* handle = js::Arguments(env, info, arguments) ? HandleOf<SlabHandle>(env, arguments[0]) : nullptr;
  return handle != nullptr && handle->slab ? handle : nullptr;
}

napi_value OpenSlab(napi_env env, napi_callback_info info) {
  SlabHandle* handle = HolderIn(env, info);
  if (handle == nullptr) return js::Throw(env, "openSlab takes a slab that has been neither opened nor released");
  // What had to be copied stays with the handle: an encoder may be reading it.
  const napi_value buffer = js::BufferOf(env, std::move(handle->slab), handle->length);
  if (!handle->slab) pixel_pressure::Changed(env, -static_cast<int64_t>(handle->length));
  return buffer;
}

napi_value ReleaseSlab(napi_env env, napi_callback_info info) {
  SlabHandle* handle = HolderIn(env, info);
  if (handle == nullptr) return nullptr;
  handle->slab.Reset();
  pixel_pressure::Changed(env, -static_cast<int64_t>(handle->length));
  return nullptr;
}

napi_value Transform(napi_env env, napi_callback_info info) {
  std::array<napi_value, 3> arguments;
  js::Bytes source, target;
  const double* fields;
  size_t count;
  if (!js::Arguments(env, info, arguments) || !js::Read(env, arguments[0], source) ||
      !js::Read(env, arguments[1], target) || !js::ReadNumbers(env, arguments[2], &fields, &count) ||
      count != transform_field::count) {
    return js::Throw(env, "transform takes source, target and TRANSFORM_FIELDS numbers");
  }
  const polycodec_layout from = LayoutAt(fields, transform_field::source);
  const polycodec_layout to = LayoutAt(fields, transform_field::final);
  const pixels::TransformSpec spec = TransformAt(fields + transform_field::orientation);
  if (!pixels::CanTransform(from, to) || !pixels::Fits(spec, pixels::ShrunkenLayout(spec.shrink, from), to) || ExtentOf(from) > source.size ||
      ExtentOf(to) > target.size) {
    return js::Throw(env, "transform: there is no such conversion, or the pixels do not fit");
  }
  const polycodec_layout shrunken = pixels::Shrink(spec.shrink, source.data, from);
  pixels::Transform(spec, source.data, shrunken, target.data, to);
  return nullptr;
}

napi_value WriteTensor(napi_env env, napi_callback_info info) {
  std::array<napi_value, 4> arguments;
  js::Bytes picture, slot;
  const double* fields;
  size_t count;
  double max_scratch_bytes;
  if (!js::Arguments(env, info, arguments) || !js::Read(env, arguments[0], picture) ||
      !js::Read(env, arguments[1], slot) || !js::ReadNumbers(env, arguments[2], &fields, &count) ||
      count != tensor_field::count || !js::Read(env, arguments[3], max_scratch_bytes)) {
    return js::Throw(env, "writeTensor takes a picture, a slot, TENSOR_FIELDS numbers and a limit");
  }
  const polycodec_layout layout = LayoutAt(fields, tensor_field::picture);
  const tensor::Spec spec = SlotAt(fields + tensor_field::channelsLast);
  const uint64_t bytes = tensor::SlotBytes(spec, layout), extent = ExtentOf(layout);
  if (bytes == 0 || bytes > slot.size || extent > picture.size || picture.size - extent < resample::kSlack) {
    return js::Throw(env, "writeTensor: the picture cannot be written there");
  }
  std::string why;
  const polycodec_status status = tensor::Write(spec, picture.data, layout, ToU64(max_scratch_bytes), slot.data, why);
  return js::Number(env, status);
}

}  // namespace polycodec
