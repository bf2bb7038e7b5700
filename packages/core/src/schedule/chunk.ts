/** One chunk on one lane: what core does before and after a backend runs, which native backends do themselves. */
import { readFile } from "node:fs/promises";
import { PolycodecError } from "../errors.js";
import { internals } from "../image/internals.js";
import { byteLength } from "../image/layout.js";
import type { PlacedSlot } from "../image/tensor-slot.js";
import type { PlannedDecode } from "../plan/decode-plan.js";
import type { PlannedEncode } from "../plan/encode-plan.js";
import type { BackendInstance, ProcessingStatus } from "../plugin.js";
import { runtime } from "../runtime/load-addon.js";
import { isNative, type NativeExecution } from "../runtime/native-backend.js";
import { TENSOR_FIELDS, TRANSFORM_FIELDS } from "../runtime/task-fields.js";
import type { NativeOutcome } from "../runtime/task-packing.js";
import { packLayout, packSlot, packTransform } from "../runtime/task-packing.js";
import { statusOf } from "../status.js";
import type { Chunk } from "./settlement.js";

/** A backend in TypeScript gets so many samples at a time: their files are in memory all at once. */
const TYPESCRIPT_CHUNK = 8;
const CANCELLED: NativeOutcome = { status: "CANCELLED" };
const RELEASED: NativeOutcome = { status: "FAIL", message: "the image was released before its turn came" };

export async function runDecode(
  { lane: { instance }, samples }: Chunk<PlannedDecode>,
  execution: NativeExecution,
): Promise<readonly NativeOutcome[]> {
  const tasks = samples.map(({ offered }) => offered);
  const run = (share: readonly PlannedDecode[]) => instance.run(share, execution);
  // Native backends read files themselves; bytes of random access they cannot.
  if (isNative(instance)) return tasks.some(({ source }) => source.access) ? runLoaded(tasks, run) : run(tasks);
  const outcomes: NativeOutcome[] = [];
  for (let start = 0; start < tasks.length; start += TYPESCRIPT_CHUNK) {
    if (execution.signal?.aborted) return [...outcomes, ...tasks.slice(start).map(() => CANCELLED)];
    outcomes.push(
      ...(await runLoaded(tasks.slice(start, start + TYPESCRIPT_CHUNK), async (share) => {
        const done = await run(share);
        if (done.length !== share.length) throw new Error(`returned ${done.length} outcomes for ${share.length} tasks`);
        return Promise.all(done.map((outcome, i) => toDevice(share[i]!, finish(share[i]!, outcome))));
      })),
    );
  }
  return outcomes;
}

export function runDecodeSync(
  { lane: { id, instance }, samples }: Chunk<PlannedDecode>,
  execution: NativeExecution,
): readonly NativeOutcome[] {
  if (!instance.runSync)
    throw new PolycodecError("ERR_POLYCODEC_SYNC_UNSUPPORTED", `${id} has no blocking form; use decode`);
  const tasks = samples.map(({ offered }) => offered);
  if (isNative(instance)) return instance.runSync(tasks, execution);
  for (const task of tasks)
    if (!task.source.bytes)
      throw new PolycodecError(
        "ERR_POLYCODEC_SYNC_UNSUPPORTED",
        `${id}: ${task.source.name} is not in memory; use decode`,
      );
  return instance.runSync(tasks, execution).map((outcome, i) => finish(tasks[i]!, outcome));
}

/** Reads the sources whole, and runs those that could be read. */
async function runLoaded(
  tasks: readonly PlannedDecode[],
  run: (tasks: readonly PlannedDecode[]) => Promise<readonly NativeOutcome[]>,
): Promise<NativeOutcome[]> {
  const failures = await Promise.all(tasks.map(load));
  const ready = tasks.filter((_, i) => !failures[i]);
  const outcomes = ready.length === 0 ? [] : await run(ready);
  let next = 0;
  return tasks.map((task, i) => {
    task.loaded = undefined;
    return failures[i] ?? outcomes[next++]!;
  });
}

/** Reads a source whole. Returns the outcome if that fails. */
async function load(task: PlannedDecode): Promise<NativeOutcome | undefined> {
  const { source } = task;
  if (source.bytes) return undefined;
  try {
    const bytes =
      source.path !== undefined ? await readFile(source.path) : await source.access!.readAt(0, source.access!.size);
    if (!(bytes instanceof Uint8Array)) throw new Error("readAt gave no Uint8Array");
    task.loaded = bytes;
    return undefined;
  } catch (error) {
    return { status: "IO_ERROR", message: (error as Error).message };
  }
}

/** Converts what a relaxed task produced into what the user asked for, as native/decode.cpp does. */
function finish(task: PlannedDecode, outcome: NativeOutcome): NativeOutcome {
  const { transform, slot } = task;
  if (outcome.status !== "SUCCESS") return outcome;
  if (transform) {
    const fields = new Float64Array(TRANSFORM_FIELDS.length);
    packLayout(fields, packLayout(fields, packTransform(fields, 0, transform), task.output), task.final);
    runtime().transform(task.pixels, task.memory().subarray(task.targetOffset), fields);
  }
  if (!slot) return outcome;
  const status = writeSlot(task, slot);
  return status === "SUCCESS" ? outcome : { ...outcome, status, message: "the picture could not be resized" };
}

/** Pixels of a backend in TypeScript, copied to the device they are wanted on. */
async function toDevice(task: PlannedDecode, outcome: NativeOutcome): Promise<NativeOutcome> {
  const deviceId = task.deviceFor(undefined);
  if (deviceId === undefined || outcome.status !== "SUCCESS") return outcome;
  if (task.reuse) return { status: "SAMPLE_FORMAT_UNSUPPORTED", message: "does not write into images on a device" };
  const bytes = byteLength(task.target);
  try {
    const device = await runtime().upload(task.memory().subarray(0, bytes), deviceId, bytes, streamOf(task.params));
    return { ...outcome, device };
  } catch (error) {
    return { status: "FAIL", message: (error as Error).message };
  }
}

function streamOf({ cudaStream }: { readonly cudaStream: bigint | undefined }): number | undefined {
  return cudaStream === undefined ? undefined : Number(cudaStream);
}

/** The other way round: pixels on a device, for an encoder in TypeScript. */
async function toHost(task: PlannedEncode): Promise<void> {
  const { devicePixels, image, input } = task;
  if (!devicePixels) return;
  const bytes = byteLength(input);
  const buffer = await runtime().download(devicePixels, image.deviceId!, bytes, streamOf(task));
  task.copied = new Uint8Array(buffer);
}

/** Writes a task's picture to its slot of a tensor. */
export function writeSlot(task: PlannedDecode, slot: PlacedSlot): ProcessingStatus {
  const fields = new Float64Array(TENSOR_FIELDS.length);
  packSlot(fields, packLayout(fields, 0, task.target), slot);
  const { maxScratchBytes } = task.params.limits;
  return statusOf(runtime().writeTensor(task.memory(), slot.memory, fields, maxScratchBytes));
}

/** The images are held meanwhile. Those that were released before their turn came are outcomes at once. */
export async function runEncode(
  { lane: { instance }, samples }: Chunk<PlannedEncode>,
  execution: NativeExecution,
): Promise<readonly NativeOutcome[]> {
  const tasks = samples.map(({ offered }) => offered);
  const held = tasks.filter(({ image }) => !image.isReleased);
  for (const { image } of held) internals.hold(image);
  try {
    const outcomes = held.length === 0 ? [] : await encodeHeld(held, instance, execution);
    let next = 0;
    return held.length === tasks.length
      ? outcomes
      : tasks.map((task) => (task === held[next] ? outcomes[next++]! : RELEASED));
  } finally {
    for (const { image } of held) internals.letGo(image);
  }
}

async function encodeHeld(
  tasks: readonly PlannedEncode[],
  instance: BackendInstance<PlannedEncode, NativeOutcome>,
  execution: NativeExecution,
): Promise<readonly NativeOutcome[]> {
  if (isNative(instance)) return instance.run(tasks, execution);
  await Promise.all(tasks.map(toHost));
  const outcomes = await instance.run(tasks, execution);
  for (const task of tasks) task.copied = undefined;
  return Promise.all(
    outcomes.map(withBytes).map((outcome, i) => (tasks[i]?.path === undefined ? outcome : write(tasks[i], outcome))),
  );
}

export function runEncodeSync(
  { lane: { id, instance }, samples }: Chunk<PlannedEncode>,
  execution: NativeExecution,
): readonly NativeOutcome[] {
  if (!instance.runSync)
    throw new PolycodecError("ERR_POLYCODEC_SYNC_UNSUPPORTED", `${id} has no blocking form; use encode`);
  const outcomes = instance.runSync(
    samples.map(({ offered }) => offered),
    execution,
  );
  return isNative(instance) ? outcomes : outcomes.map(withBytes);
}

/** An encoder's success has bytes, or is none. */
function withBytes(outcome: NativeOutcome & { bytes?: unknown }): NativeOutcome {
  if (outcome.status !== "SUCCESS" || outcome.bytes instanceof Uint8Array) return outcome;
  return { status: "FAIL", message: "reported success without bytes" };
}

async function write(
  { path, overwrite }: PlannedEncode,
  outcome: NativeOutcome & { bytes?: Uint8Array },
): Promise<NativeOutcome> {
  if (outcome.status !== "SUCCESS") return outcome;
  try {
    await runtime().writeFile(path!, outcome.bytes!, overwrite);
    return { ...outcome, size: outcome.bytes!.length };
  } catch (error) {
    return { status: "IO_ERROR", message: (error as Error).message };
  }
}
