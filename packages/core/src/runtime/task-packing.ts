/** Tasks as rows of numbers in the order of task-fields.ts, and outcomes out of such rows. */
import {
  CHROMA_SUBSAMPLINGS,
  COLOR_SPECS,
  QUALITY_TYPES,
  RESIZE_FILTERS,
  SAMPLE_DATA_TYPES,
  SAMPLE_FORMATS,
} from "../enums.js";
import { byteLength } from "../image/layout.js";
import type { PlacedSlot } from "../image/tensor-slot.js";
import type { Transform } from "../image/transform.js";
import type { PlannedDecode } from "../plan/decode-plan.js";
import type { PlannedEncode } from "../plan/encode-plan.js";
import type { ImageInfo, Outcome } from "../plugin.js";
import { statusOf } from "../status.js";
import type { ChunkResult, DeviceHandle, SlabHandle } from "./runtime.js";
import { DECODE_FIELDS, OUTCOME_FIELDS } from "./task-fields.js";

/** Options and parameters by name, closed sets as numbers. */
export type Values = Readonly<Record<string, boolean | number | string>>;

/** An outcome with the memory that the runtime made for it. */
export interface NativeOutcome extends Outcome {
  readonly slab?: SlabHandle;
  /** The same, of a device. */
  readonly device?: DeviceHandle;
  /** An encoder's code stream. */
  readonly buffer?: ArrayBuffer;
  /** Bytes of what was made. */
  readonly size?: number;
  /** The backend did not return in time and may still write to the task's memory. */
  readonly abandoned?: boolean;
}

const DTYPE_NUMBERS = numbers(SAMPLE_DATA_TYPES);
const FORMAT_NUMBERS = numbers(SAMPLE_FORMATS);
const COLOR_NUMBERS = numbers(COLOR_SPECS);

/** Each name's place in its list, which is its number in polycodec.h. */
function numbers<T extends string>(list: readonly T[]): Readonly<Record<T, number>> {
  return Object.fromEntries(list.map((name, i) => [name, i])) as Record<T, number>;
}

/** In the order of DECODE_FIELDS. */
export function packDecode(
  to: Float64Array,
  at: number,
  task: PlannedDecode,
  maxScratchBytes: number,
  backendDeviceId: number | undefined,
): void {
  const { info, region, output, target, outOfBounds, transform } = task;
  let i = at;
  to[i++] = task.imageIdx;
  to[i++] = info.width;
  to[i++] = info.height;
  to[i++] = info.channels;
  to[i++] = task.scale;
  to[i++] = task.orientation;
  if (region) {
    to[i++] = 1;
    to[i++] = region.start[0];
    to[i++] = region.start[1];
    to[i++] = region.end[0];
    to[i++] = region.end[1];
  } else i += 5;
  to[i++] = task.onTruncated === "partial" ? 1 : 0;
  to[i++] = task.maxScans;
  to[i++] = task.maxScanPixels;
  to[i++] = maxScratchBytes;
  i = packLayout(to, i, output);
  to[i++] = byteLength(target);
  to[i++] = task.targetOffset;
  if (outOfBounds) {
    const { samples } = outOfBounds;
    to[i++] = 1;
    for (let c = 0; c < 5; c++) to[i++] = samples.length === 1 ? samples[0]! : (samples[c] ?? 0);
  } else i += 6;
  i = packLayout(to, i, target);
  if (transform) {
    to[i++] = 1;
    i = packLayout(to, packTransform(to, i, transform), task.final);
  } else i += 18;
  if (task.slot) {
    to[i++] = 1;
    packSlot(to, i, task.slot);
  }
  i = at + DECODE_FIELDS.length - 3;
  to[i++] = 1 + (task.deviceFor(backendDeviceId) ?? -1);
  packStream(to, i, task.params.cudaStream);
}

/** A user's stream, if any. Addresses are below 2^53. */
export function packStream(to: Float64Array, at: number, cudaStream: bigint | undefined): void {
  if (cudaStream === undefined) return;
  to[at] = 1;
  to[at + 1] = Number(cudaStream);
}

/** In the order of TRANSFORM_FIELDS, without the layouts. */
export function packTransform(to: Float64Array, at: number, transform: Transform): number {
  const { orientation, y0, x0, shrink, background } = transform;
  to[at] = orientation;
  to[at + 1] = y0;
  to[at + 2] = x0;
  to[at + 3] = shrink;
  if (background) {
    to[at + 4] = 1;
    for (let c = 0; c < 3; c++) to[at + 5 + c] = background[c]!;
  }
  return at + 8;
}

/** In the order of TENSOR_FIELDS, without the picture's layout. */
export function packSlot(to: Float64Array, at: number, { spec, placement }: PlacedSlot): number {
  const { resizedWidth, resizedHeight, left, top } = placement;
  let i = at;
  to[i++] = spec.layout === "NHWC" ? 1 : 0;
  to[i++] = DTYPE_NUMBERS[spec.dtype];
  to[i++] = RESIZE_FILTERS.indexOf(spec.filter);
  to[i++] = spec.width;
  to[i++] = spec.height;
  to[i++] = resizedWidth;
  to[i++] = resizedHeight;
  to[i++] = left;
  to[i++] = top;
  for (const list of [spec.scale, spec.bias, spec.padding]) for (let c = 0; c < 3; c++) to[i++] = list[c] ?? 0;
  return i;
}

/** The nine numbers of a layout; returns the place after them. */
export function packLayout(to: Float64Array, at: number, layout: ImageInfo): number {
  to[at] = layout.width;
  to[at + 1] = layout.height;
  to[at + 2] = layout.channels;
  to[at + 3] = DTYPE_NUMBERS[layout.dtype];
  to[at + 4] = FORMAT_NUMBERS[layout.sampleFormat];
  to[at + 5] = COLOR_NUMBERS[layout.colorSpec];
  to[at + 6] = layout.precision;
  to[at + 7] = layout.rowStride;
  to[at + 8] = layout.planeStride;
  return at + 9;
}

/** Parameters as native encoders read them: by name, closed sets as numbers. `quality` is there if one was asked for. */
export function flatten({ inverted, params }: PlannedEncode): Values {
  const { qualityType, qualityValue, colorSpec, chromaSubsampling, codecParams } = params;
  return {
    inverted,
    ...codecParams,
    qualityType: QUALITY_TYPES.indexOf(qualityType),
    qualityValue,
    ...(qualityType === "QUALITY" ? { quality: qualityValue } : {}),
    colorSpec: COLOR_NUMBERS[colorSpec],
    chromaSubsampling: CHROMA_SUBSAMPLINGS.indexOf(chromaSubsampling),
  };
}

/** The outcomes of a chunk of `count` tasks, in their order. */
export function unpack(
  { outcomes, messages, warnings, slabs, buffers, deviceBuffers }: ChunkResult,
  count: number,
): NativeOutcome[] {
  const unpacked: NativeOutcome[] = new Array(count);
  for (let i = 0; i < count; i++) {
    const at = i * OUTCOME_FIELDS.length;
    const message = messages?.[i];
    const warned = warnings?.[i];
    const slab = slabs?.[i];
    const buffer = buffers?.[i];
    const device = deviceBuffers?.[i];
    unpacked[i] = {
      status: statusOf(outcomes[at]!),
      worker: outcomes[at + 1]!,
      startNs: outcomes[at + 2]!,
      endNs: outcomes[at + 3]!,
      size: outcomes[at + 4]!,
      ...(message === undefined ? undefined : { message }),
      ...(warned === undefined ? undefined : { warnings: warned }),
      ...(slab === undefined ? undefined : { slab }),
      ...(buffer === undefined ? undefined : { buffer }),
      ...(device === undefined ? undefined : { device }),
    };
  }
  return unpacked;
}
