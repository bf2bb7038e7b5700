/** Runs a settlement: hands chunks to lanes, measures them, and says when the samples that were added have settled. */
import type { NativeOutcome } from "../runtime/task-packing.js";
import { within } from "../runtime/within.js";
import { type ChunkMessage, chunkChannel } from "./diagnostics.js";
import type { Lane } from "./lane.js";
import type { Group } from "./lanes.js";
import type { Sample } from "./sample.js";
import { type Chunk, type Demands, type Handout, Settlement } from "./settlement.js";

export type RunChunk<Task> = (chunk: Chunk<Task>) => Promise<readonly NativeOutcome[]>;

/** What a batch is told about its call. */
export interface BatchSettings {
  /** For those who watch. Default `"decode"`. */
  readonly operation?: "decode" | "encode";
  readonly strict: boolean;
  /** A backend that has not returned after so long is given up; 0: never. */
  readonly watchdogMs: number;
  /** Hears of each backend that is given up. */
  readonly onHung?: () => void;
}

/** A group's busy slot-time, and when it began and ended, in one batch. */
interface Activity {
  readonly first: number;
  last: number;
  busy: number;
}

/** The samples of one user's call; they may be added bit by bit. */
export class Batch<Task> {
  readonly #settlement: Settlement<Task>;
  readonly #operation: "decode" | "encode";
  readonly #run: RunChunk<Task>;
  readonly #watchdogMs: number;
  readonly #onHung: (() => void) | undefined;
  /** What `add` waits for: by sample, how many of its fellows have not settled. */
  readonly #waiting = new Map<
    Sample<Task>,
    { left: number; done(): void; each?: ((sample: Sample<Task>) => void) | undefined }
  >();
  readonly #activity = new Map<Group<Task>, Activity>();
  #running = 0;

  constructor(
    groupsOf: (codec: string) => readonly Group<Task>[],
    demands: Demands<Task>,
    run: RunChunk<Task>,
    { operation = "decode", strict, watchdogMs, onHung }: BatchSettings,
  ) {
    this.#settlement = new Settlement(groupsOf, demands, strict, (sample) => this.#settled(sample));
    this.#operation = operation;
    this.#run = run;
    this.#watchdogMs = watchdogMs;
    this.#onHung = onHung;
  }

  /** Resolves when all of these samples have settled, well or not. Never rejects. `each` hears of every one. */
  add(samples: readonly Sample<Task>[], each?: (sample: Sample<Task>) => void): Promise<void> {
    if (samples.length === 0) return Promise.resolve();
    return new Promise((resolve) => {
      const fellows = { left: samples.length, done: resolve, each };
      for (const sample of samples) this.#waiting.set(sample, fellows);
      this.#settlement.add(samples);
      this.#handOut();
    });
  }

  #settled(sample: Sample<Task>): void {
    const fellows = this.#waiting.get(sample)!;
    this.#waiting.delete(sample);
    fellows.each?.(sample);
    if (--fellows.left === 0) fellows.done();
  }

  #handOut(): void {
    const now = performance.now();
    for (const handout of this.#settlement.take(now)) {
      this.#running++;
      if (!this.#activity.has(handout.group)) this.#activity.set(handout.group, { first: now, last: now, busy: 0 });
      void this.#runHandout(handout);
    }
  }

  async #runHandout(handout: Handout<Task>): Promise<void> {
    const { group, chunks } = handout;
    const runs = await Promise.all(chunks.map((chunk) => this.#runChunk(chunk)));
    const outcomes = runs.map((run) => run.outcomes);
    const now = performance.now();
    const busySlotMs = outcomes.reduce((sum, share) => sum + slotTime(share), 0);
    const activity = this.#activity.get(group)!;
    // Backends that do not say when they worked are taken to have worked since their turn came, or the chunk before ended.
    const start = Math.max(activity.last, Math.min(...runs.map(({ entered }) => entered)));
    const busyMs = busySlotMs > 0 ? busySlotMs / group.slots : now - start;
    activity.last = now;
    activity.busy += busyMs * group.slots;
    chunks.forEach(({ lane, samples }, c) => {
      lane.stats.count(samples, outcomes[c]!);
    });
    if (chunkChannel.hasSubscribers) chunkChannel.publish(this.#message(handout, outcomes, now - start));
    this.#running--;
    this.#settlement.done(handout, outcomes, busyMs, now);
    this.#handOut();
    if (this.#running === 0 && this.#settlement.size === 0) this.#end();
  }

  #message(
    { codec, group: { device, slots }, chunks }: Handout<Task>,
    outcomes: readonly (readonly NativeOutcome[])[],
    ms: number,
  ): ChunkMessage {
    const endNs = Number(process.hrtime.bigint());
    return {
      operation: this.#operation,
      codec,
      device,
      slots,
      startNs: endNs - ms * 1e6,
      endNs,
      chunks: chunks.map(({ lane, samples }, c) => ({
        backend: lane.id,
        places: samples.map(({ place }) => place),
        outcomes: outcomes[c]!,
      })),
    };
  }

  /** The outcomes, and when the lane had room for it. */
  async #runChunk(chunk: Chunk<Task>): Promise<{ outcomes: readonly NativeOutcome[]; entered: number }> {
    const { lane, samples } = chunk;
    lane.stats.queued += samples.length;
    const mayRun = await lane.enter();
    const entered = performance.now();
    const outcomes = mayRun
      ? await this.#runEntered(chunk)
      : allFailed(samples, lane.off ?? "has not returned from an earlier chunk");
    switchOff(lane, outcomes);
    lane.stats.queued -= samples.length;
    return { outcomes, entered };
  }

  async #runEntered(chunk: Chunk<Task>): Promise<readonly NativeOutcome[]> {
    const { lane, samples } = chunk;
    let returned = true;
    try {
      const work = this.#run(chunk);
      const outcomes = this.#watchdogMs > 0 ? await within(work, this.#watchdogMs) : await work;
      if (outcomes) return outcomes;
      returned = false;
      lane.giveUp();
      this.#onHung?.();
      work.then(
        () => lane.leave(true),
        () => lane.leave(true),
      );
      return allFailed(samples, `did not return within ${this.#watchdogMs} ms`, { abandoned: true });
    } catch (error) {
      return allFailed(samples, error instanceof Error ? error.message : String(error));
    } finally {
      if (returned) lane.leave();
    }
  }

  /** Idle time counts for devices that had something to do, from their first hand-out to the last outcome of all. */
  #end(): void {
    const last = Math.max(...[...this.#activity.values()].map((activity) => activity.last));
    for (const [group, { first, busy }] of this.#activity)
      group.stats.add(Math.max(0, group.slots * (last - first) - busy), busy);
    this.#activity.clear();
  }
}

function allFailed(samples: readonly unknown[], message: string, more: Partial<NativeOutcome> = {}): NativeOutcome[] {
  return samples.map(() => ({ status: "FAIL", message, ...more }));
}

/** BACKEND_UNSUPPORTED says that no sample will ever succeed: the lane gets no more. */
function switchOff<Task>(lane: Lane<Task>, outcomes: readonly NativeOutcome[]): void {
  const telling = outcomes.find(({ status }) => status === "BACKEND_UNSUPPORTED");
  if (telling) lane.switchOff(telling.message ?? "does not work here");
}

/** Milliseconds that the samples took on their slots; 0 if the backend does not say. Samples run in one piece count once. */
function slotTime(outcomes: readonly NativeOutcome[]): number {
  let sum = 0;
  let start = -1;
  let end = -1;
  for (const { startNs, endNs } of outcomes) {
    if (startNs === undefined || endNs === undefined || (startNs === start && endNs === end)) continue;
    start = startNs;
    end = endNs;
    sum += endNs - startNs;
  }
  return sum / 1e6;
}

/** The same, blocking: chunk after chunk on this thread. */
export function settleSync<Task>(
  samples: readonly Sample<Task>[],
  groupsOf: (codec: string) => readonly Group<Task>[],
  demands: Demands<Task>,
  strict: boolean,
  run: (chunk: Chunk<Task>) => readonly NativeOutcome[],
): void {
  const settlement = new Settlement(groupsOf, demands, strict, () => undefined);
  settlement.add(samples);
  for (let handouts = settlement.take(0); handouts.length > 0; handouts = settlement.take(performance.now())) {
    for (const handout of handouts) {
      const start = performance.now();
      const outcomes = handout.chunks.map((chunk) => {
        const ofChunk = run(chunk);
        switchOff(chunk.lane, ofChunk);
        chunk.lane.stats.count(chunk.samples, ofChunk);
        return ofChunk;
      });
      settlement.done(handout, outcomes, performance.now() - start, performance.now());
    }
  }
}
