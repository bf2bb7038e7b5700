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
  ...prefixed("final"),
] as const;

/** One encode task. */
export const ENCODE_FIELDS = ["maxScratchBytes", ...prefixed("input")] as const;

/** `runtime.transform`: takes `final`'s size from `source` at (y0, x0), turned by `orientation`, converting channels and dtype. */
export const TRANSFORM_FIELDS = ["orientation", "y0", "x0", ...prefixed("source"), ...prefixed("final")] as const;

/** One outcome. Times are nanoseconds of CLOCK_MONOTONIC, as in `process.hrtime`; `size` is an encoder's bytes. */
export const OUTCOME_FIELDS = ["status", "worker", "startNs", "endNs", "size"] as const;
