/** A batch of sources, window by window: headers, plans, chunks, images. */
import { parseAll, parseSync, type Source } from "../code-stream/source.js";
import type { CodeStreamView } from "../code-stream/view.js";
import { ArgumentRangeError, type Attempt, CodecError, codeOf, DecodeError, PolycodecError } from "../errors.js";
import { DeviceMemory } from "../image/device-memory.js";
import type { Image } from "../image/image.js";
import { internals } from "../image/internals.js";
import { byteLength } from "../image/layout.js";
import { SlabMemory } from "../image/slab-memory.js";
import type { TensorSlot } from "../image/tensor-slot.js";
import type { DecodeParams } from "../params/decode-params.js";
import { type PlannedDecode, planDecode } from "../plan/decode-plan.js";
import { relax } from "../plan/relax.js";
import type { Registry } from "../registry.js";
import { runtime } from "../runtime/load-addon.js";
import type { DeviceHandle } from "../runtime/runtime.js";
import type { NativeOutcome } from "../runtime/task-packing.js";
import { Batch, settleSync } from "./batch.js";
import type { Call } from "./call.js";
import { runDecode, runDecodeSync } from "./chunk.js";
import type { Lanes } from "./lanes.js";
import { type Sample, sampleOf } from "./sample.js";
import type { Demands } from "./settlement.js";
import { handedOut, windowsInFlight, windowsOf } from "./windows.js";

/** A value, or the reason why there is none, in the shape of `Promise.allSettled`. */
export type Settled<Value> =
  | { readonly status: "fulfilled"; readonly value: Value }
  | { readonly status: "rejected"; readonly reason: Error };

/** An image, or the reason why there is none: a `DecodeError`, or a RangeError about the image to reuse. */
export type DecodeResult = Settled<Image>;

/** What the user gets of a sample that was decoded. */
export type Deliver<Value> = (task: PlannedDecode, outcome: Partial<NativeOutcome>) => Value;

/** One source of a call, with what of it is wanted. */
export interface Opened {
  readonly source: Source;
  readonly imageIdx: number;
  readonly view: CodeStreamView;
  readonly reuse: Image | undefined;
  /** Was the source made for this call? Nobody asks for its metadata later. */
  readonly isOwn: boolean;
  /** Its part of a tensor, when that is what the user gets. */
  slot: TensorSlot | undefined;
}

/** A window that is planned, and on its way. */
interface PlannedWindow<Value> {
  readonly samples: readonly Sample<PlannedDecode>[];
  readonly results: (Settled<Value> | undefined)[];
  /** Place of its first sample in the call. */
  readonly first: number;
}

export async function decodeWindows<Value>(
  opened: readonly Opened[],
  registry: Registry,
  lanes: Lanes<PlannedDecode>,
  params: DecodeParams,
  call: Call,
  deliver: Deliver<Value>,
): Promise<Settled<Value>[]> {
  const { windowItems } = params.limits;
  const batch = batchOf(lanes, params, call);
  const inFlight: Promise<Settled<Value>[]>[] = [];
  const results: Settled<Value>[] = [];
  try {
    for (const [start, end] of windowsOf(opened.length, windowItems)) {
      if (inFlight.length >= windowsInFlight(windowItems)) results.push(...(await inFlight.shift()!));
      call.signal.throwIfAborted();
      const window = opened.slice(start, end);
      await parseAll(window, registry, params.limits, params.urgency === "interactive");
      const work = runWindow(planWindow(window, params, start, deliver), batch, lanes, deliver);
      work.catch(() => undefined); // awaited later; not unhandled meanwhile
      inFlight.push(work);
      if (end < opened.length) await handedOut();
    }
    for (const work of inFlight) results.push(...(await work));
    return results;
  } finally {
    // Also after an abort: when this settles, nobody writes to an image any more.
    await Promise.allSettled(inFlight);
  }
}

export function decodeWindowsSync(
  opened: readonly Opened[],
  registry: Registry,
  lanes: Lanes<PlannedDecode>,
  params: DecodeParams,
  call: Call,
): DecodeResult[] {
  for (const { source, imageIdx } of opened) parseSync(source, imageIdx, registry, params.limits);
  const planned = planWindow(opened, params, 0, imageOf);
  const { samples } = planned;
  settleSync(
    samples,
    (codec) => lanes.groupsOf(codec),
    demands,
    params.strict,
    (chunk) => runDecodeSync(chunk, call),
  );
  return finish(planned, lanes, imageOf);
}

const demands: Demands<PlannedDecode> = { relax, renew: (task) => task.renewed() };

/** Encoded bytes cost as much as so many pixels: entropy decoding against the rest, as measured for baseline JPEG. */
const PIXELS_PER_BYTE = 4;

/** What a sample is thought to cost, in pixels. */
function workOf({ final, source }: PlannedDecode): number {
  return final.width * final.height + PIXELS_PER_BYTE * (source.size ?? 0);
}

/** Plans every source whose headers could be read; the others have their error already. */
function planWindow<Value>(
  window: readonly Opened[],
  params: DecodeParams,
  first: number,
  deliver: Deliver<Value>,
): PlannedWindow<Value> {
  const samples: Sample<PlannedDecode>[] = [];
  const results: (Settled<Value> | undefined)[] = new Array(window.length);
  window.forEach((opened, i) => {
    const planned = planOne(opened, first + i, params, deliver);
    if (opened.isOwn) opened.source.forget();
    if ("status" in planned) results[i] = planned;
    else samples.push(planned);
  });
  return { samples, results, first };
}

/** A sample to run; or its result, if the headers could not be read or there is nothing to decode. */
export function planOne<Value>(
  { source, imageIdx, view, reuse, slot }: Opened,
  place: number,
  params: DecodeParams,
  deliver: Deliver<Value>,
): Sample<PlannedDecode> | Settled<Value> {
  try {
    const info = source.infos[imageIdx]!;
    if (info instanceof Error) throw info;
    const task = planDecode(source, info, view, params, reuse, slot);
    return task.isEmpty
      ? { status: "fulfilled", value: deliver(task, {}) }
      : sampleOf(place, info.codec, task, workOf(task), task.final.width * task.final.height);
  } catch (error) {
    return { status: "rejected", reason: sourceError(source, error as Error) };
  }
}

/** A call's samples on their way, window after window. */
export function batchOf(lanes: Lanes<PlannedDecode>, params: DecodeParams, call: Call): Batch<PlannedDecode> {
  return new Batch(
    (codec) => lanes.groupsOf(codec),
    demands,
    (chunk) => call.on(chunk.lane.id, () => runDecode(chunk, call)),
    { operation: "decode", strict: params.strict, watchdogMs: call.watchdogMs, onHung: () => call.giveUp() },
  );
}

async function runWindow<Value>(
  window: PlannedWindow<Value>,
  batch: Batch<PlannedDecode>,
  lanes: Lanes<PlannedDecode>,
  deliver: Deliver<Value>,
): Promise<Settled<Value>[]> {
  await batch.add(window.samples);
  return finish(window, lanes, deliver);
}

function finish<Value>(
  { samples, results, first }: PlannedWindow<Value>,
  lanes: Lanes<PlannedDecode>,
  deliver: Deliver<Value>,
): Settled<Value>[] {
  for (const sample of samples) results[sample.place - first] = resultOf(sample, lanes, deliver);
  return results as Settled<Value>[];
}

/** What came of a sample that has settled. */
export function resultOf<Value>(
  sample: Sample<PlannedDecode>,
  lanes: Lanes<PlannedDecode>,
  deliver: Deliver<Value>,
): Settled<Value> {
  const { offered, outcome } = sample;
  return outcome
    ? { status: "fulfilled", value: deliver(offered, outcome) }
    : { status: "rejected", reason: decodeError(sample, lanes) };
}

const NO_WARNINGS: readonly string[] = Object.freeze([]);

/** The image that a task has produced. */
export function imageOf(task: PlannedDecode, outcome: Partial<NativeOutcome>): Image {
  const { slab, device, warnings = NO_WARNINGS } = outcome;
  const inverted = task.target.colorSpec === "CMYK" && task.info.inverted === true;
  if (task.reuse) {
    if (task.isEmpty) fillReused(task);
    internals.relayout(task.reuse, task.target, inverted, warnings);
    return task.reuse;
  }
  if (task.deviceFor(undefined) !== undefined) {
    const handle = device ?? uploaded(task);
    return internals.create(task.target, new DeviceMemory(handle), inverted, warnings);
  }
  // Memory that was given to a native backend is filled and painted already.
  const given = task.isEmpty ? undefined : (task.given as Uint8Array | undefined);
  const memory = slab ? new SlabMemory(slab, outcome.size!) : (given ?? task.memory());
  return internals.create(task.target, memory, inverted, warnings, release);
}

/** Pixels that lie in the host's memory on their way to a device: where nothing was decoded, and in blocking calls. */
function uploaded(task: PlannedDecode): DeviceHandle {
  const bytes = byteLength(task.target);
  return runtime().uploadSync(task.memory().subarray(0, bytes), task.deviceFor(undefined)!, bytes);
}

/** A region wholly outside of the picture, into an image of the user's. */
function fillReused(task: PlannedDecode): void {
  if (task.reuse!.bufferKind === "STRIDED_HOST") task.memory();
  else throw new ArgumentRangeError("the region lies outside of the picture, and the image to reuse is on a device");
}

function release(buffer: ArrayBufferLike): void {
  runtime().release(buffer as ArrayBuffer);
}

/** Why the headers gave nothing to decode. */
function sourceError(source: Source, error: Error): Error {
  if (!(error instanceof PolycodecError)) return error; // a RangeError about the caller's arguments
  return new DecodeError(error.code, `${source.name}: ${error.message}`, [], { cause: error });
}

function decodeError({ task, codec, attempts }: Sample<PlannedDecode>, lanes: Lanes<PlannedDecode>): DecodeError {
  const { source, info } = task;
  const name = `${source.name} (${codec}, ${info.width}x${info.height}, ${info.dtype})`;
  if (attempts.length === 0) return new DecodeError("ERR_POLYCODEC_NO_BACKEND", `${name}: ${lanes.whyNone(codec)}`, []);
  const telling = tellingOf(attempts);
  const cause =
    telling.status === "SUCCESS" ? undefined : new CodecError(telling.status, telling.message ?? telling.status);
  return new DecodeError(codeOf(telling.status), `${name}: no backend could decode it`, attempts, { cause });
}

/** The attempt that says most about whose turn it is: the last that got as far as the bytes, else the last. */
export function tellingOf(attempts: readonly Attempt[]): Attempt {
  return attempts.findLast(({ status }) => !status.endsWith("_UNSUPPORTED")) ?? attempts.at(-1)!;
}
