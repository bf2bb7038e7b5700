/*
 * How a chunk of tasks is packed into numbers. The lists are those of src/runtime/task-fields.ts, in the same order;
 * a test compares the two. A name is the number's place: `fields[decode_field::scale]`; a layout's name is the
 * place of its first number, of nine.
 */
#ifndef POLYCODEC_TASK_FIELDS_HPP
#define POLYCODEC_TASK_FIELDS_HPP

#include <cstddef>
#include <cstdint>

#include "polycodec.h"

/* A picture's place in a tensor, and what its elements are. */
#define POLYCODEC_SLOT_FIELDS(NUMBER, LAYOUT)                                                                        \
  NUMBER(channelsLast) NUMBER(tensorDtype) NUMBER(filter) NUMBER(tensorWidth) NUMBER(tensorHeight)                   \
  NUMBER(resizedWidth) NUMBER(resizedHeight) NUMBER(left) NUMBER(top) NUMBER(scale0) NUMBER(scale1) NUMBER(scale2)   \
  NUMBER(bias0) NUMBER(bias1) NUMBER(bias2) NUMBER(padding0) NUMBER(padding1) NUMBER(padding2)

#define POLYCODEC_DECODE_FIELDS(NUMBER, LAYOUT)                                                                \
  NUMBER(imageIdx) NUMBER(infoWidth) NUMBER(infoHeight) NUMBER(infoChannels) NUMBER(scale) NUMBER(orientation) \
  NUMBER(hasRegion) NUMBER(y0) NUMBER(x0) NUMBER(y1) NUMBER(x1)                                                \
  NUMBER(allowPartial) NUMBER(maxScans) NUMBER(maxScanPixels) NUMBER(maxScratchBytes)                          \
  LAYOUT(output)                                                                                               \
  NUMBER(byteLength) NUMBER(targetOffset)                                                                      \
  NUMBER(hasFill) NUMBER(fill0) NUMBER(fill1) NUMBER(fill2) NUMBER(fill3) NUMBER(fill4)                        \
  LAYOUT(target)                                                                                               \
  NUMBER(transform) NUMBER(transformOrientation) NUMBER(transformY0) NUMBER(transformX0)                       \
  NUMBER(transformShrink) NUMBER(transformHasBackground) NUMBER(transformBackgroundRed)                        \
  NUMBER(transformBackgroundGreen) NUMBER(transformBackgroundBlue)                                             \
  LAYOUT(final)                                                                                                \
  NUMBER(tensor) POLYCODEC_SLOT_FIELDS(NUMBER, LAYOUT)                                                         \
  NUMBER(onDevice) NUMBER(hasCudaStream) NUMBER(cudaStream)

#define POLYCODEC_ENCODE_FIELDS(NUMBER, LAYOUT) \
  NUMBER(maxScratchBytes) LAYOUT(input) NUMBER(hasCudaStream) NUMBER(cudaStream)

#define POLYCODEC_TRANSFORM_FIELDS(NUMBER, LAYOUT) \
  NUMBER(orientation) NUMBER(y0) NUMBER(x0) NUMBER(shrink) NUMBER(hasBackground) NUMBER(backgroundRed) \
  NUMBER(backgroundGreen) NUMBER(backgroundBlue) LAYOUT(source) LAYOUT(final)

#define POLYCODEC_TENSOR_FIELDS(NUMBER, LAYOUT) LAYOUT(picture) POLYCODEC_SLOT_FIELDS(NUMBER, LAYOUT)

#define POLYCODEC_OUTCOME_FIELDS(NUMBER, LAYOUT) \
  NUMBER(status) NUMBER(worker) NUMBER(startNs) NUMBER(endNs) NUMBER(size)

namespace polycodec {

/* The nine numbers of a layout, as suffixes of its name. */
inline constexpr const char* kLayoutFields[] = {"width", "height", "channels", "dtype", "sampleFormat",
                                                "colorSpec", "precision", "rowStride", "planeStride"};

#define POLYCODEC_NUMBER_PLACE(name) name,
#define POLYCODEC_LAYOUT_PLACE(name) name, name##Last = name + 8,
#define POLYCODEC_PLACES(space, LIST) \
  namespace space {                   \
  enum : size_t { LIST(POLYCODEC_NUMBER_PLACE, POLYCODEC_LAYOUT_PLACE) count }; \
  }
POLYCODEC_PLACES(decode_field, POLYCODEC_DECODE_FIELDS)
POLYCODEC_PLACES(encode_field, POLYCODEC_ENCODE_FIELDS)
POLYCODEC_PLACES(transform_field, POLYCODEC_TRANSFORM_FIELDS)
POLYCODEC_PLACES(slot_field, POLYCODEC_SLOT_FIELDS)
POLYCODEC_PLACES(tensor_field, POLYCODEC_TENSOR_FIELDS)
POLYCODEC_PLACES(outcome_field, POLYCODEC_OUTCOME_FIELDS)
#undef POLYCODEC_PLACES
#undef POLYCODEC_LAYOUT_PLACE
#undef POLYCODEC_NUMBER_PLACE

/* A JavaScript number as an unsigned one: what is none (NaN, negative) is 0, what is too large is the largest. */
inline uint64_t ToU64(double value) {
  if (!(value > 0)) return 0;
  return value >= 18446744073709551615.0 ? UINT64_MAX : static_cast<uint64_t>(value);
}
inline uint32_t ToU32(double value) {
  const uint64_t wide = ToU64(value);
  return wide > UINT32_MAX ? UINT32_MAX : static_cast<uint32_t>(wide);
}

inline polycodec_layout LayoutAt(const double* fields, size_t place) {
  const double* f = fields + place;
  return {.width = ToU32(f[0]), .height = ToU32(f[1]), .channels = ToU32(f[2]),
          .dtype = static_cast<int32_t>(ToU32(f[3])), .sample_format = static_cast<int32_t>(ToU32(f[4])),
          .color_spec = static_cast<int32_t>(ToU32(f[5])), .precision = ToU32(f[6]), .reserved = 0,
          .row_stride = ToU64(f[7]), .plane_stride = ToU64(f[8])};
}

/* A cudaStream_t: addresses are below 2^53. */
inline void* StreamAt(double value) { return reinterpret_cast<void*>(static_cast<uintptr_t>(ToU64(value))); }

/* Bytes from a layout's first pixel to its last one's end; UINT64_MAX where that is no sensible number. */
uint64_t ExtentOf(const polycodec_layout& layout);

}  // namespace polycodec

#endif
