/**
 * How a chunk of tasks is packed into numbers for the runtime. native/task_fields.hpp has the same lists in the same
 * order; a test compares the two through `runtime.tables()`.
 */

/** The nine numbers of a layout. */
const LAYOUT = [
  "width",
  "height",
  "channels",
  "dtype",
  "sampleFormat",
  "colorSpec",
  "precision",
  "rowStride",
  "planeStride",
] as const;
const prefixed = <P extends string>(prefix: P) => LAYOUT.map((name) => `${prefix}.${name}` as const);

/** A picture's slot in a tensor: the numbers of `tensor::Spec` in native/tensor.hpp. */
const SLOT = [
  "channelsLast",
  "tensorDtype",
  "filter",
  "tensorWidth",
  "tensorHeight",
  "resizedWidth",
  "resizedHeight",
  "left",
  "top",
  "scale0",
  "scale1",
  "scale2",
  "bias0",
  "bias1",
  "bias2",
  "padding0",
  "padding1",
  "padding2",
] as const;

/**
 * One decode task. `output` is what the backend produces. With `transform` 1 the runtime gives the backend scratch
 * memory of `output`'s size and then converts it to `final` with the transform's fields; otherwise the backend writes to the target itself,
 * from `targetOffset` on, and `final` is unused.
 */
export const DECODE_FIELDS = [
  "imageIdx",
  "infoWidth",
  "infoHeight",
  "infoChannels",
  "scale",
  "orientation",
  "hasRegion",
  "y0",
  "x0",
  "y1",
  "x1",
  "allowPartial",
  "maxScans",
  "maxScanPixels",
  "maxScratchBytes",
  ...prefixed("output"),
  /** Bytes to take for a new target, and where in it `output`'s (or `final`'s) first row begins. */
  "byteLength",
  "targetOffset",
  /** Bytes of the whole target to set to `fill` first (a region that reaches past the edge): 0 or 1. */
  "hasFill",
  "fill0",
  "fill1",
  "fill2",
  "fill3",
  "fill4",
  /** The whole target's layout, for the fill. */
  ...prefixed("target"),
  "transform",
  "transformOrientation",
  "transformY0",
  "transformX0",
  "transformShrink",
  "transformHasBackground",
  "transformBackgroundRed",
  "transformBackgroundGreen",
  "transformBackgroundBlue",
  ...prefixed("final"),
  /** 1: `target` is a picture on its way; what is written to memory is its slot of a tensor. */
  "tensor",
  ...SLOT,
  /** Where a new target is taken: 0 the host, else 1 + the CUDA device's number. */
  "onDevice",
  /** The user's stream: 0 or 1, and its address. */
  "hasCudaStream",
  "cudaStream",
] as const;

/** One encode task. */
export const ENCODE_FIELDS = ["maxScratchBytes", ...prefixed("input"), "hasCudaStream", "cudaStream"] as const;

/** `runtime.transform`: shrinks `source`, takes `final`'s size at (y0, x0), turned by `orientation`, converting channels and dtype. */
export const TRANSFORM_FIELDS = [
  "orientation",
  "y0",
  "x0",
  "shrink",
  "hasBackground",
  "backgroundRed",
  "backgroundGreen",
  "backgroundBlue",
  ...prefixed("source"),
  ...prefixed("final"),
] as const;

/** `runtime.writeTensor`: a decoded picture, and its slot. */
export const TENSOR_FIELDS = [...prefixed("picture"), ...SLOT] as const;

/** One outcome. Times are nanoseconds of CLOCK_MONOTONIC, as in `process.hrtime`; `size` is an encoder's bytes. */
export const OUTCOME_FIELDS = ["status", "worker", "startNs", "endNs", "size"] as const;
