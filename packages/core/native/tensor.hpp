/*
 * A picture's place in a batch tensor: resized, put at its position, normalised and laid out, in one go, by the thread
 * that has just decoded it.
 */
#ifndef POLYCODEC_TENSOR_HPP
#define POLYCODEC_TENSOR_HPP

#include <cstdint>
#include <string>

#include "polycodec.h"
#include "resample.hpp"

namespace polycodec::tensor {

inline constexpr uint32_t kMaxChannels = 3;

struct Spec {
  bool channels_last;  /* NHWC; else NCHW */
  int32_t dtype;       /* polycodec_dtype: uint8, float16 or float32 */
  resample::Filter filter;
  uint32_t width, height;                 /* of the tensor */
  uint32_t resized_width, resized_height; /* what the picture is resized to */
  int32_t left, top;                      /* where its first pixel lies in the tensor; what is outside is cut off */
  float scale[kMaxChannels], bias[kMaxChannels]; /* element = sample * scale + bias; not for uint8 */
  uint8_t padding[kMaxChannels];          /* the sample where there is no picture */
};

/* Bytes of one picture's slot; 0: the specification makes no sense, or the picture is none that can be written. */
uint64_t SlotBytes(const Spec& spec, const polycodec_layout& picture) noexcept;

/* Are the slot's bytes those of the picture itself, so that it can be decoded there? */
bool IsPicture(const Spec& spec, const polycodec_layout& picture) noexcept;

/*
 * Fills a slot of SlotBytes. The picture is interleaved uint8 with one or three channels; resample::kSlack bytes behind
 * its last pixel can be read. LIMIT_EXCEEDED if it would take more than max_scratch_bytes (0: no limit), with `why`.
 */
polycodec_status Write(const Spec& spec, const uint8_t* pixels, const polycodec_layout& picture,
                       uint64_t max_scratch_bytes, uint8_t* slot, std::string& why) noexcept;

}  // namespace polycodec::tensor

#endif
