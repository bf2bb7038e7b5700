/** A batch of images, window by window: the mirror of decode-batch.ts. */
import { CodecError, codeOf, EncodeError, type ErrorCode } from "../errors.js";
import type { PlannedEncode } from "../plan/encode-plan.js";
import type { NativeOutcome } from "../runtime/task-packing.js";
import { Batch, settleSync } from "./batch.js";
import type { Call } from "./call.js";
import { runEncode, runEncodeSync } from "./chunk.js";
import { tellingOf } from "./decode-batch.js";
import type { Lanes } from "./lanes.js";
import { type Sample, sampleOf } from "./sample.js";
import type { Demands } from "./settlement.js";
import { handedOut, windowsInFlight, windowsOf } from "./windows.js";

/** The code stream or the file's path, or the reason why there is none: an `EncodeError`. */
export type EncodeResult<T> =
  | { readonly status: "fulfilled"; readonly value: T }
  | { readonly status: "rejected"; readonly reason: Error };

/** There is no plainer way to encode than the one asked for; and the result's memory is always the backend's own. */
const demands: Demands<PlannedEncode> = { relax: () => undefined, renew: (task) => task };

export async function encodeWindows<T extends Uint8Array | string>(
  tasks: readonly PlannedEncode[],
  lanes: Lanes<PlannedEncode>,
  windowItems: number,
  call: Call,
): Promise<EncodeResult<T>[]> {
  const batch = batchOf(lanes, call);
  const results: EncodeResult<T>[] = [];
  const inFlight: Promise<EncodeResult<T>[]>[] = [];
  try {
    for (const [start, end] of windowsOf(tasks.length, windowItems)) {
      if (inFlight.length >= windowsInFlight(windowItems)) results.push(...(await inFlight.shift()!));
      call.signal.throwIfAborted();
      const samples = tasks.slice(start, end).map((task, i) => encodeSample(start + i, task));
      inFlight.push(batch.add(samples).then(() => samples.map((sample) => resultOf<T>(sample, lanes))));
      if (end < tasks.length) await handedOut();
    }
    for (const work of inFlight) results.push(...(await work));
    return results;
  } finally {
    // Also after an abort: when this settles, nobody reads an image any more.
    await Promise.allSettled(inFlight);
  }
}

export function encodeWindowsSync(
  tasks: readonly PlannedEncode[],
  lanes: Lanes<PlannedEncode>,
  call: Call,
): EncodeResult<Uint8Array>[] {
  const samples = tasks.map((task, i) => encodeSample(i, task));
  settleSync(
    samples,
    (codec) => lanes.groupsOf(codec),
    demands,
    false,
    (chunk) => runEncodeSync(chunk, call),
  );
  return samples.map((sample) => resultOf(sample, lanes));
}

/** A call's samples on their way. */
export function batchOf(lanes: Lanes<PlannedEncode>, call: Call): Batch<PlannedEncode> {
  return new Batch(
    (codec) => lanes.groupsOf(codec),
    demands,
    (chunk) => call.on(chunk.lane.id, () => runEncode(chunk, call)),
    { operation: "encode", strict: false, watchdogMs: call.watchdogMs, onHung: () => call.giveUp() },
  );
}

export function encodeSample(place: number, task: PlannedEncode): Sample<PlannedEncode> {
  return sampleOf(place, task.codec, task, task.input.width * task.input.height);
}

/** What came of a sample that has settled. */
export function resultOf<T extends Uint8Array | string>(
  sample: Sample<PlannedEncode>,
  lanes: Lanes<PlannedEncode>,
): EncodeResult<T> {
  const { task, outcome } = sample;
  if (!outcome) return { status: "rejected", reason: encodeError(sample, lanes) };
  return { status: "fulfilled", value: (task.path ?? bytesOf(outcome)) as T };
}

function bytesOf(outcome: NativeOutcome & { bytes?: Uint8Array }): Uint8Array {
  return outcome.bytes ?? new Uint8Array(outcome.buffer!, 0, outcome.size!);
}

function encodeError({ task, codec, attempts }: Sample<PlannedEncode>, lanes: Lanes<PlannedEncode>): EncodeError {
  const { width, height, channels, dtype } = task.input;
  const name = `${task.path ?? "image"} (${codec}, ${width}x${height}x${channels}, ${dtype})`;
  if (attempts.length === 0) return new EncodeError("ERR_POLYCODEC_NO_BACKEND", `${name}: ${lanes.whyNone(codec)}`, []);
  const telling = tellingOf(attempts);
  const cause =
    telling.status === "SUCCESS" ? undefined : new CodecError(telling.status, telling.message ?? telling.status);
  return new EncodeError(
    codeForEncode(telling.status, telling.message),
    `${name}: no backend could encode it`,
    attempts,
    { cause },
  );
}

function codeForEncode(status: NativeOutcome["status"], message: string | undefined): ErrorCode {
  return status === "IO_ERROR" && message?.includes("EEXIST") ? "ERR_POLYCODEC_FILE_EXISTS" : codeOf(status);
}
