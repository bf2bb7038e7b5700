/** One chunk on one lane: what core does before and after a backend runs, which native backends do themselves. */
import { readFile } from "node:fs/promises";
import { CodecError, PolycodecError } from "../errors.js";
import { internals } from "../image/image.js";
import type { PlannedDecode } from "../plan/decode-plan.js";
import type { PlannedEncode } from "../plan/encode-plan.js";
import type { Outcome } from "../plugin.js";
import { isNative, type NativeExecution, type NativeOutcome, packLayout } from "../runtime/native-backend.js";
import { runtime } from "../runtime/load-addon.js";
import { TRANSFORM_FIELDS } from "../runtime/task-fields.js";
import type { Chunk } from "./batch.js";

/** A backend in TypeScript gets so many samples at a time: their files are in memory all at once. */
const TYPESCRIPT_CHUNK = 8;

export async function runDecode({ lane: { instance }, samples }: Chunk<PlannedDecode>, execution: NativeExecution): Promise<readonly NativeOutcome[]> {
  const tasks = samples.map(({ offered }) => offered);
  const reused = tasks.flatMap(({ reuse }) => reuse ?? []);
  for (const image of reused) internals.setBusy(image, true);
  try {
    if (isNative(instance)) {
      await Promise.all(tasks.map((task) => (task.source.access ? load(task) : undefined)));
      return await instance.run(tasks, execution);
    }
    const outcomes: NativeOutcome[] = [];
    for (let start = 0; start < tasks.length; start += TYPESCRIPT_CHUNK) {
      outcomes.push(...(await runTypeScript(tasks.slice(start, start + TYPESCRIPT_CHUNK), (share) => instance.run(share, execution))));
    }
    return outcomes;
  } finally {
    for (const image of reused) internals.setBusy(image, false);
  }
}

export function runDecodeSync({ lane: { id, instance }, samples }: Chunk<PlannedDecode>, execution: NativeExecution): readonly NativeOutcome[] {
  if (!instance.runSync) throw new PolycodecError("ERR_POLYCODEC_SYNC_UNSUPPORTED", `${id} has no blocking form; use decode`);
  const tasks = samples.map(({ offered }) => offered);
  if (isNative(instance)) return instance.runSync(tasks, execution);
  for (const task of tasks) if (!task.source.bytes) throw new PolycodecError("ERR_POLYCODEC_SYNC_UNSUPPORTED", `${id}: ${task.source.name} is not in memory; use decode`);
  const outcomes = instance.runSync(tasks, execution);
  outcomes.forEach((outcome, i) => { finish(tasks[i]!, outcome); });
  return outcomes;
}

async function runTypeScript(tasks: readonly PlannedDecode[], run: (tasks: readonly PlannedDecode[]) => Promise<readonly Outcome[]>): Promise<NativeOutcome[]> {
  const failures = await Promise.all(tasks.map(load));
  const ready = tasks.filter((_, i) => !failures[i]);
  const outcomes = ready.length === 0 ? [] : await run(ready);
  if (outcomes.length !== ready.length) throw new Error(`returned ${outcomes.length} outcomes for ${ready.length} tasks`);
  outcomes.forEach((outcome, i) => { finish(ready[i]!, outcome); });
  let next = 0;
  return tasks.map((task, i) => {
    task.loaded = undefined;
    return failures[i] ?? outcomes[next++]!;
  });
}

/** Reads a source whole. Returns the outcome if that fails. */
async function load(task: PlannedDecode): Promise<NativeOutcome | undefined> {
  const { source, params: { limits } } = task;
  if (source.bytes) return undefined;
  try {
    if ((source.size ?? 0) > limits.maxEncodedBytes) throw new CodecError("LIMIT_EXCEEDED", `${source.size} bytes, maxEncodedBytes allows ${limits.maxEncodedBytes}`);
    task.loaded = source.path !== undefined ? await readFile(source.path) : await source.access!.readAt(0, source.access!.size);
    return undefined;
  } catch (error) {
    return { status: error instanceof CodecError ? error.status : "IO_ERROR", message: (error as Error).message };
  }
}

/** Converts what a relaxed task produced into what the user asked for. */
function finish(task: PlannedDecode, { status }: Outcome): void {
  const { transform } = task;
  if (status !== "SUCCESS" || !transform) return;
  const fields = new Float64Array(TRANSFORM_FIELDS.length);
  fields[0] = transform.orientation;
  fields[1] = transform.y0;
  fields[2] = transform.x0;
  packLayout(fields, packLayout(fields, 3, task.output), task.final);
  runtime().transform(task.pixels, task.memory().subarray(task.targetOffset), fields);
}

export async function runEncode({ lane: { instance }, samples }: Chunk<PlannedEncode>, execution: NativeExecution): Promise<readonly NativeOutcome[]> {
  const tasks = samples.map(({ offered }) => offered);
  const outcomes = await instance.run(tasks, execution);
  if (isNative(instance)) return outcomes;
  return Promise.all(outcomes.map((outcome, i) => (tasks[i]?.path === undefined ? outcome : write(tasks[i], outcome))));
}

export function runEncodeSync({ lane: { id, instance }, samples }: Chunk<PlannedEncode>, execution: NativeExecution): readonly NativeOutcome[] {
  if (!instance.runSync) throw new PolycodecError("ERR_POLYCODEC_SYNC_UNSUPPORTED", `${id} has no blocking form; use encode`);
  return instance.runSync(samples.map(({ offered }) => offered), execution);
}

async function write({ path, overwrite }: PlannedEncode, outcome: NativeOutcome & { bytes?: Uint8Array }): Promise<NativeOutcome> {
  if (outcome.status !== "SUCCESS") return outcome;
  try {
    await runtime().writeFile(path!, outcome.bytes!, overwrite);
    return { ...outcome, size: outcome.bytes!.length };
  } catch (error) {
    return { status: "IO_ERROR", message: (error as Error).message };
  }
}
