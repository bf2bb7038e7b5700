#include "field_values.hpp"

#include <algorithm>

namespace polycodec {

namespace {

int32_t ToI32(double value) {
  return value >= -2147483648.0 && value <= 2147483647.0 ? static_cast<int32_t>(value) : 0;
}

uint8_t ToByte(double value) { return static_cast<uint8_t>(std::min<uint32_t>(ToU32(value), 255)); }

}  // namespace

pixels::TransformSpec TransformAt(const double* fields) {
  const auto at = [&](size_t place) { return fields[place - transform_field::orientation]; };
  pixels::TransformSpec spec{.orientation = ToI32(at(transform_field::orientation)),
                             .y0 = ToU32(at(transform_field::y0)), .x0 = ToU32(at(transform_field::x0)),
                             .shrink = ToU32(at(transform_field::shrink)),
                             .flatten = at(transform_field::hasBackground) != 0, .background = {}};
  for (size_t c = 0; c < 3; c++) spec.background[c] = ToByte(at(transform_field::backgroundRed + c));
  return spec;
}

tensor::Spec SlotAt(const double* fields) {
  tensor::Spec spec{.channels_last = fields[slot_field::channelsLast] != 0,
                    .dtype = ToI32(fields[slot_field::tensorDtype]),
                    .filter = static_cast<resample::Filter>(ToI32(fields[slot_field::filter])),
                    .width = ToU32(fields[slot_field::tensorWidth]), .height = ToU32(fields[slot_field::tensorHeight]),
                    .resized_width = ToU32(fields[slot_field::resizedWidth]),
                    .resized_height = ToU32(fields[slot_field::resizedHeight]),
                    .left = ToI32(fields[slot_field::left]), .top = ToI32(fields[slot_field::top]),
                    .scale = {}, .bias = {}, .padding = {}};
  for (size_t c = 0; c < tensor::kMaxChannels; c++) {
    spec.scale[c] = static_cast<float>(fields[slot_field::scale0 + c]);
    spec.bias[c] = static_cast<float>(fields[slot_field::bias0 + c]);
    spec.padding[c] = ToByte(fields[slot_field::padding0 + c]);
  }
  return spec;
}

}  // namespace polycodec
