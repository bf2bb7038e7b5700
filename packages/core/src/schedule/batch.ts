/**
 * How a window of samples is settled: each goes to the first lane that accepts it, what fails goes to the next lane,
 * and every failure is written down. Lanes are finite, so it ends. The algorithm is a generator that yields chunks to
 * run; one driver awaits them, the other blocks.
 */
import type { Attempt } from "../errors.js";
import type { NativeOutcome } from "../runtime/native-backend.js";
import { isAboutTheRequest } from "../status.js";
import type { Lane } from "./lanes.js";

/** One sample on its way: `task` as planned, `offered` as the present lane gets it. */
export interface Sample<Task> {
  readonly place: number;
  readonly codec: string;
  readonly task: Task;
  offered: Task;
  /** Index of the lane to ask next. */
  lane: number;
  readonly attempts: Attempt[];
  /** Set when the sample has settled well. */
  outcome?: NativeOutcome;
}

/** What one lane gets in one call. */
export interface Chunk<Task> {
  readonly lane: Lane<Task>;
  readonly samples: readonly Sample<Task>[];
}

/** The task without what was refused, or `undefined`: see plan/relax.ts. */
export type Relax<Task> = (task: Task, refused: NativeOutcome["status"]) => Task | undefined;

export function sampleOf<Task>(place: number, codec: string, task: Task): Sample<Task> {
  return { place, codec, task, offered: task, lane: 0, attempts: [] };
}

/** Yields the chunks of a round, is given their outcomes, and goes on until every sample has an outcome or no lane is left. */
export function* settle<Task>(
  samples: readonly Sample<Task>[],
  lanesOf: (codec: string) => readonly Lane<Task>[],
  relax: Relax<Task>,
): Generator<readonly Chunk<Task>[], void, readonly (readonly NativeOutcome[])[]> {
  let waiting = samples;
  while (true) {
    const chunks = assign(waiting, lanesOf, relax);
    if (chunks.length === 0) return;
    const results = yield chunks;
    const failed: Sample<Task>[] = [];
    chunks.forEach(({ lane, samples: share }, c) => {
      share.forEach((sample, i) => {
        const outcome = results[c]![i] ?? {
          status: "FAIL",
          message: `returned ${results[c]!.length} outcomes for ${share.length} tasks`,
        };
        if (outcome.status === "SUCCESS") {
          sample.outcome = outcome;
          return;
        }
        sample.attempts.push(attempt(lane.id, outcome));
        // Another backend would not make the picture cheaper, nor the caller change its mind.
        if (outcome.status === "LIMIT_EXCEEDED" || outcome.status === "CANCELLED") return;
        sample.lane++;
        sample.offered = sample.task;
        failed.push(sample);
      });
    });
    waiting = failed;
  }
}

/** Groups samples by the first lane that accepts them, as they are or relaxed. Refusals are attempts too. */
function assign<Task>(
  samples: readonly Sample<Task>[],
  lanesOf: (codec: string) => readonly Lane<Task>[],
  relax: Relax<Task>,
): Chunk<Task>[] {
  const shares = new Map<Lane<Task>, Sample<Task>[]>();
  for (const sample of samples) {
    const lanes = lanesOf(sample.codec);
    for (; sample.lane < lanes.length; sample.lane++) {
      const lane = lanes[sample.lane]!;
      if (!accepts(lane, sample, relax)) continue;
      const share = shares.get(lane);
      if (share) share.push(sample);
      else shares.set(lane, [sample]);
      break;
    }
  }
  return [...shares].map(([lane, share]) => ({ lane, samples: share }));
}

/** Each step takes one demand away, and there are four kinds of demand. */
const MAX_RELAXATIONS = 6;

function accepts<Task>(lane: Lane<Task>, sample: Sample<Task>, relax: Relax<Task>): boolean {
  let task = sample.task;
  let first: NativeOutcome["status"] | undefined;
  for (let step = 0; step <= MAX_RELAXATIONS; step++) {
    let status: NativeOutcome["status"];
    try {
      status = lane.instance.accepts(task);
    } catch (error) {
      sample.attempts.push({
        backend: lane.id,
        status: "FAIL",
        message: `accepts: ${error instanceof Error ? error.message : String(error)}`,
      });
      return false;
    }
    if (status === "SUCCESS") {
      sample.offered = task;
      return true;
    }
    first ??= status;
    const plainer = isAboutTheRequest(status) ? relax(task, status) : undefined;
    if (!plainer) break;
    task = plainer;
  }
  sample.attempts.push({ backend: lane.id, status: first! });
  return false;
}

function attempt(backend: string, { status, message }: NativeOutcome): Attempt {
  return message === undefined ? { backend, status } : { backend, status, message };
}

/** Runs the chunks of every round side by side. */
export async function settleAsync<Task>(
  rounds: ReturnType<typeof settle<Task>>,
  run: (chunk: Chunk<Task>) => Promise<readonly NativeOutcome[]>,
): Promise<void> {
  for (let step = rounds.next(); !step.done; ) {
    const results = await Promise.all(
      step.value.map(async (chunk) => {
        await chunk.lane.enter();
        try {
          return await run(chunk);
        } catch (error) {
          const message = error instanceof Error ? error.message : String(error);
          return chunk.samples.map((): NativeOutcome => ({ status: "FAIL", message }));
        } finally {
          chunk.lane.leave();
        }
      }),
    );
    step = rounds.next(results);
  }
}

/** The same, one chunk after the other, on this thread. */
export function settleSync<Task>(
  rounds: ReturnType<typeof settle<Task>>,
  run: (chunk: Chunk<Task>) => readonly NativeOutcome[],
): void {
  for (let step = rounds.next(); !step.done; ) step = rounds.next(step.value.map(run));
}
