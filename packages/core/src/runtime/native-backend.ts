/** A backend of a shared library as a BackendInstance: packs a share into one call and unpacks what comes back. */
import {
  CHROMA_SUBSAMPLINGS,
  COLOR_SPECS,
  METADATA_KINDS,
  QUALITY_TYPES,
  RESIZE_FILTERS,
  SAMPLE_DATA_TYPES,
  SAMPLE_FORMATS,
} from "../enums.js";
import { CodecError } from "../errors.js";
import { byteLength } from "../image/layout.js";
import type { PlacedSlot } from "../image/tensor-slot.js";
import type { Transform } from "../image/transform.js";
import type { PlannedDecode } from "../plan/decode-plan.js";
import type { PlannedEncode } from "../plan/encode-plan.js";
import type { BackendInstance, EncodeParams, Execution, ImageInfo, Outcome, ProcessingStatus } from "../plugin.js";
import { statusOf } from "../status.js";
import { runtime } from "./load-addon.js";
import { borrow, giveBack } from "./numbers.js";
import type { CallHandle, ChunkResult, InstanceHandle } from "./runtime.js";
import { DECODE_FIELDS, ENCODE_FIELDS, OUTCOME_FIELDS } from "./task-fields.js";

/** Execution as core hands it to native backends: with the runtime's side of the user's call. */
export interface NativeExecution extends Execution {
  readonly call: CallHandle;
}
/** An outcome with the memory that the runtime made for it. */
export interface NativeOutcome extends Outcome {
  readonly buffer?: ArrayBuffer;
  /** Bytes of an encoder's code stream. */
  readonly size?: number;
  /** The backend did not return in time and may still write to the task's memory. */
  readonly abandoned?: boolean;
}
/** Marks instances that read files, and make memory, themselves. */
export interface NativeInstance<Task> extends BackendInstance<Task, NativeOutcome> {
  readonly isNative: true;
  /** What the shared library is made of: `libjpeg-turbo 2.1.5`. */
  readonly libraries?: string;
}

export function isNative(instance: object): boolean {
  return (instance as { isNative?: boolean }).isNative === true;
}

type Values = Readonly<Record<string, boolean | number | string>>;

/** Opens backend `id` of the library at `path`. Throws `CodecError("BACKEND_UNSUPPORTED")` with the reason if it cannot. */
export function openNative<Task>(
  path: string,
  id: string,
  direction: "decode" | "encode",
  accepts: (task: Task) => ProcessingStatus,
  options: Values,
): NativeInstance<Task> {
  const { handle, libraries } = open(path, id, direction, options);
  const instance = direction === "decode" ? decoder(handle, accepts as never) : encoder(handle, accepts as never);
  return { ...(instance as unknown as NativeInstance<Task>), libraries };
}

function open(
  path: string,
  id: string,
  direction: "decode" | "encode",
  options: Values,
): { handle: InstanceHandle; libraries: string } {
  try {
    const library = runtime().openLibrary(path);
    return { handle: runtime().createInstance(library.handle, id, direction, options), libraries: library.libraries };
  } catch (error) {
    throw new CodecError("BACKEND_UNSUPPORTED", (error as Error).message, { cause: error });
  }
}

function decoder(
  handle: InstanceHandle,
  accepts: (task: PlannedDecode) => ProcessingStatus,
): NativeInstance<PlannedDecode> {
  const pack = (tasks: readonly PlannedDecode[], maxScratchBytes: number) => {
    const fields = borrow(tasks.length * DECODE_FIELDS.length);
    const sources: (Uint8Array | string)[] = [];
    const targets: (Uint8Array | undefined)[] = [];
    for (let i = 0; i < tasks.length; i++) {
      const task = tasks[i]!;
      sources.push(task.source.bytes ?? task.loaded ?? task.source.path!);
      targets.push(task.given);
      packDecode(fields, i * DECODE_FIELDS.length, task, maxScratchBytes);
    }
    return [sources, targets, fields] as const;
  };
  return {
    isNative: true,
    concurrency: Infinity,
    accepts,
    async run(tasks, execution) {
      const { call, threads, maxScratchBytes } = execution as NativeExecution;
      const packed = pack(tasks, maxScratchBytes);
      const result = await runtime().decode(call, handle, ...packed, threads);
      giveBack(packed[2]);
      return unpack(result, tasks.length);
    },
    runSync(tasks, execution) {
      const { call, threads, maxScratchBytes } = execution as NativeExecution;
      const packed = pack(tasks, maxScratchBytes);
      const result = runtime().decodeSync(call, handle, ...packed, threads);
      giveBack(packed[2]);
      return unpack(result, tasks.length);
    },
    dispose: () => runtime().destroyInstance(handle),
  };
}

function encoder(
  handle: InstanceHandle,
  accepts: (task: PlannedEncode) => ProcessingStatus,
): NativeInstance<PlannedEncode> {
  const pack = (tasks: readonly PlannedEncode[], maxScratchBytes: number) => {
    const fields = borrow(tasks.length * ENCODE_FIELDS.length);
    tasks.forEach((task, i) => {
      fields[i * ENCODE_FIELDS.length] = maxScratchBytes;
      packLayout(fields, i * ENCODE_FIELDS.length + 1, task.input);
    });
    return [
      tasks.map(({ pixels }) => pixels),
      fields,
      flatten(tasks[0]!),
      tasks.map(({ metadata }) =>
        metadata.length === 0
          ? undefined
          : metadata.flatMap(({ kind, bytes }) => [METADATA_KINDS.indexOf(kind), bytes]),
      ),
      tasks.map(({ path }) => path),
      tasks[0]!.overwrite,
    ] as const;
  };
  return {
    isNative: true,
    concurrency: Infinity,
    accepts,
    async run(tasks, execution) {
      const { call, threads, maxScratchBytes } = execution as NativeExecution;
      const outcomes: NativeOutcome[] = new Array(tasks.length);
      // One call has one set of parameters: gray and colour images in one share make two.
      await Promise.all(
        groups(tasks).map(async (places) => {
          const share = places.map((i) => tasks[i]!);
          const packed = pack(share, maxScratchBytes);
          const done = unpack(await runtime().encode(call, handle, ...packed, threads), share.length);
          giveBack(packed[1]);
          places.forEach((i, k) => {
            outcomes[i] = done[k]!;
          });
        }),
      );
      return outcomes;
    },
    runSync(tasks, execution) {
      const { call, threads, maxScratchBytes } = execution as NativeExecution;
      const outcomes: NativeOutcome[] = new Array(tasks.length);
      for (const places of groups(tasks)) {
        const share = places.map((i) => tasks[i]!);
        const packed = pack(share, maxScratchBytes);
        const done = unpack(runtime().encodeSync(call, handle, ...packed, threads), share.length);
        giveBack(packed[1]);
        places.forEach((i, k) => {
          outcomes[i] = done[k]!;
        });
      }
      return outcomes;
    },
    dispose: () => runtime().destroyInstance(handle),
  };
}

/** The places of tasks with the same parameters. */
function groups(tasks: readonly PlannedEncode[]): number[][] {
  const found: { readonly params: EncodeParams; readonly inverted: boolean; readonly places: number[] }[] = [];
  tasks.forEach(({ params, inverted }, i) => {
    const group = found.find((one) => one.params === params && one.inverted === inverted);
    if (group) group.places.push(i);
    else found.push({ params, inverted, places: [i] });
  });
  return found.map(({ places }) => places);
}

/** In the order of DECODE_FIELDS. */
function packDecode(to: Float64Array, at: number, task: PlannedDecode, maxScratchBytes: number): void {
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

const DTYPE_NUMBERS = numbers(SAMPLE_DATA_TYPES);
const FORMAT_NUMBERS = numbers(SAMPLE_FORMATS);
const COLOR_NUMBERS = numbers(COLOR_SPECS);

/** Each name's place in its list, which is its number in polycodec.h. */
function numbers<T extends string>(list: readonly T[]): Readonly<Record<T, number>> {
  return Object.fromEntries(list.map((name, i) => [name, i])) as Record<T, number>;
}

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
function flatten({ inverted, params }: PlannedEncode): Values {
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

function unpack({ outcomes, messages, warnings, buffers }: ChunkResult, count: number): NativeOutcome[] {
  const unpacked: NativeOutcome[] = new Array(count);
  for (let i = 0; i < count; i++) {
    const at = i * OUTCOME_FIELDS.length;
    const message = messages?.[i];
    const warned = warnings?.[i];
    const buffer = buffers?.[i];
    unpacked[i] = {
      status: statusOf(outcomes[at]!),
      worker: outcomes[at + 1]!,
      startNs: outcomes[at + 2]!,
      endNs: outcomes[at + 3]!,
      size: outcomes[at + 4]!,
      ...(message === undefined ? undefined : { message }),
      ...(warned === undefined ? undefined : { warnings: warned }),
      ...(buffer === undefined ? undefined : { buffer }),
    };
  }
  return unpacked;
}
