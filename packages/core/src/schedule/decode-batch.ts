/** A batch of sources, window by window: headers, plans, chunks, images. */
import { parseAll, parseSync, type Source } from "../code-stream/source.js";
import type { CodeStreamView } from "../code-stream/view.js";
import { type Attempt, CodecError, codeOf, DecodeError, PolycodecError } from "../errors.js";
import { type Image, internals } from "../image/image.js";
import type { DecodeParams } from "../params/decode-params.js";
import { type PlannedDecode, planDecode } from "../plan/decode-plan.js";
import { relax } from "../plan/relax.js";
import type { Registry } from "../registry.js";
import { runtime } from "../runtime/load-addon.js";
import type { NativeOutcome } from "../runtime/native-backend.js";
import { Batch, settleSync } from "./batch.js";
import type { Call } from "./call.js";
import { runDecode, runDecodeSync } from "./chunk.js";
import type { Lanes } from "./lanes.js";
import { type Demands, type Sample, sampleOf } from "./settlement.js";
import { handedOut, windowsInFlight, windowsOf } from "./windows.js";

/** An image, or the reason why there is none: a `DecodeError`, or a RangeError about the image to reuse. */
export type DecodeResult =
  | { readonly status: "fulfilled"; readonly value: Image }
  | { readonly status: "rejected"; readonly reason: Error };

/** One source of a call, with what of it is wanted. */
export interface Opened {
  readonly source: Source;
  readonly imageIdx: number;
  readonly view: CodeStreamView;
  readonly reuse: Image | undefined;
  /** Was the source made for this call? Nobody asks for its metadata later. */
  readonly isOwn: boolean;
}

/** A window that is planned, and on its way. */
interface PlannedWindow {
  readonly samples: readonly Sample<PlannedDecode>[];
  readonly results: (DecodeResult | undefined)[];
  /** Place of its first sample in the call. */
  readonly first: number;
}

export async function decodeWindows(
  opened: readonly Opened[],
  registry: Registry,
  lanes: Lanes<PlannedDecode>,
  params: DecodeParams,
  call: Call,
): Promise<DecodeResult[]> {
  const { windowItems } = params.limits;
  const batch = batchOf(lanes, params, call);
  const inFlight: Promise<DecodeResult[]>[] = [];
  const results: DecodeResult[] = [];
  try {
    for (const [start, end] of windowsOf(opened.length, windowItems)) {
      if (inFlight.length >= windowsInFlight(windowItems)) results.push(...(await inFlight.shift()!));
      call.signal.throwIfAborted();
      const window = opened.slice(start, end);
      await parseAll(window, registry, params.limits, params.urgency === "interactive");
      const work = runWindow(planWindow(window, params, start), batch, lanes);
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
  const planned = planWindow(opened, params, 0);
  const { samples } = planned;
  settleSync(
    samples,
    (codec) => lanes.groupsOf(codec),
    demands,
    params.strict,
    (chunk) => runDecodeSync(chunk, call),
  );
  return finish(planned, lanes);
}

const demands: Demands<PlannedDecode> = { relax, renew: (task) => task.renewed() };

/** Encoded bytes cost as much as so many pixels: entropy decoding against the rest, as measured for baseline JPEG. */
const PIXELS_PER_BYTE = 4;

/** What a sample is thought to cost, in pixels. */
function workOf({ final, source }: PlannedDecode): number {
  return final.width * final.height + PIXELS_PER_BYTE * (source.size ?? 0);
}

/** Plans every source whose headers could be read; the others have their error already. */
function planWindow(window: readonly Opened[], params: DecodeParams, first: number): PlannedWindow {
  const samples: Sample<PlannedDecode>[] = [];
  const results: (DecodeResult | undefined)[] = new Array(window.length);
  window.forEach((opened, i) => {
    const planned = planOne(opened, first + i, params);
    if (opened.isOwn) opened.source.forget();
    if ("status" in planned) results[i] = planned;
    else samples.push(planned);
  });
  return { samples, results, first };
}

/** A sample to run; or its result, if the headers could not be read or there is nothing to decode. */
export function planOne(
  { source, imageIdx, view, reuse }: Opened,
  place: number,
  params: DecodeParams,
): Sample<PlannedDecode> | DecodeResult {
  try {
    const info = source.infos[imageIdx]!;
    if (info instanceof Error) throw info;
    const task = planDecode(source, info, view, params, reuse);
    return task.isEmpty
      ? { status: "fulfilled", value: imageOf(task, {}) }
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

async function runWindow(
  window: PlannedWindow,
  batch: Batch<PlannedDecode>,
  lanes: Lanes<PlannedDecode>,
): Promise<DecodeResult[]> {
  await batch.add(window.samples);
  return finish(window, lanes);
}

function finish({ samples, results, first }: PlannedWindow, lanes: Lanes<PlannedDecode>): DecodeResult[] {
  for (const sample of samples) results[sample.place - first] = resultOf(sample, lanes);
  return results as DecodeResult[];
}

/** What came of a sample that has settled. */
export function resultOf(sample: Sample<PlannedDecode>, lanes: Lanes<PlannedDecode>): DecodeResult {
  const { offered, outcome } = sample;
  return outcome
    ? { status: "fulfilled", value: imageOf(offered, outcome) }
    : { status: "rejected", reason: decodeError(sample, lanes) };
}

const NO_WARNINGS: readonly string[] = Object.freeze([]);

function imageOf(task: PlannedDecode, { buffer, warnings = NO_WARNINGS }: Partial<NativeOutcome>): Image {
  const inverted = task.target.colorSpec === "CMYK" && task.info.inverted === true;
  if (task.reuse) {
    if (task.isEmpty) task.memory();
    internals.relayout(task.reuse, task.target, inverted, warnings);
    return task.reuse;
  }
  // Memory that was given to a native backend is filled and painted already.
  const memory = buffer ? new Uint8Array(buffer) : task.isEmpty ? task.memory() : (task.given ?? task.memory());
  return internals.create(task.target, memory, inverted, warnings, release);
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
