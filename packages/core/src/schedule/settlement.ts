/**
 * How the samples of a call are settled: divided among the device groups of their codec, inside a group given to the
 * first lane that accepts, and on failure handed to the next lane, with every attempt written down. Lanes are finite,
 * so it ends. A state machine without promises or clock: batch.ts runs it, and so does the simulator of the tests.
 */
import type { NativeOutcome } from "../runtime/task-packing.js";
import { accepted } from "./acceptance.js";
import { Division } from "./division.js";
import type { Lane } from "./lane.js";
import type { Group } from "./lanes.js";
import { hasTried, type Sample, tell } from "./sample.js";

/** What one lane gets in one call. */
export interface Chunk<Task> {
  readonly lane: Lane<Task>;
  readonly samples: readonly Sample<Task>[];
}

/** What a group got at once; its lanes' chunks run side by side. */
export interface Handout<Task> {
  readonly codec: string;
  readonly group: Group<Task>;
  readonly chunks: readonly Chunk<Task>[];
  /** @internal All of it as the division knows it, and chunk by chunk. */
  readonly entries: readonly Entry<Task>[];
  /** @internal */
  readonly entriesOf: readonly (readonly Entry<Task>[])[];
}

/** How tasks can be changed on their way. */
export interface Demands<Task> {
  /** The task without what was refused, or `undefined`: see plan/relax.ts. */
  relax(task: Task, refused: NativeOutcome["status"]): Task | undefined;
  /** The same task with memory of its own, for a backend that did not return may still write to the old; `undefined` if it cannot. */
  renew(task: Task): Task | undefined;
}

/** A sample with the groups that accept it and, by group, the lane that would take it and the task as it would. */
interface Entry<Task> {
  readonly sample: Sample<Task>;
  readonly work: number;
  groups: readonly number[];
  asked: readonly Lane<Task>[];
  readonly lanes: (Lane<Task> | undefined)[];
  readonly tasks: Task[];
}

/** What begins empty and mostly gets one element: a literal of one is a sixth of an array that an element was pushed to. */
const NONE: readonly never[] = [];
function withOne<T>(list: readonly T[], element: T): readonly T[] {
  return list.length === 0 ? [element] : [...list, element];
}

/** A group may have so many chunks in flight, unless it says otherwise: one runs while the next is on its way. */
const CHUNKS_IN_FLIGHT = 2;
export class Settlement<Task> {
  readonly #groupsOf: (codec: string) => readonly Group<Task>[];
  readonly #demands: Demands<Task>;
  readonly #strict: boolean;
  readonly #onSettled: (sample: Sample<Task>) => void;
  readonly #divisions = new Map<
    string,
    { readonly groups: readonly Group<Task>[]; readonly division: Division<Entry<Task>> }
  >();
  #size = 0;

  /** `strict`: a verdict that the bytes are damaged is final. `onSettled` hears of every sample exactly once. */
  constructor(
    groupsOf: (codec: string) => readonly Group<Task>[],
    demands: Demands<Task>,
    strict: boolean,
    onSettled: (sample: Sample<Task>) => void,
  ) {
    this.#groupsOf = groupsOf;
    this.#demands = demands;
    this.#strict = strict;
    this.#onSettled = onSettled;
  }

  /** How many samples have not settled. */
  get size(): number {
    return this.#size;
  }

  add(samples: readonly Sample<Task>[]): void {
    this.#size += samples.length;
    const byCodec = new Map<string, Entry<Task>[]>();
    for (const sample of samples) {
      const { length } = this.#of(sample.codec).groups;
      const entry: Entry<Task> = {
        sample,
        work: sample.work,
        groups: NONE,
        asked: NONE,
        lanes: new Array(length),
        tasks: new Array(length),
      };
      entry.groups = this.#offer(entry);
      const list = byCodec.get(sample.codec);
      if (entry.groups.length === 0) this.#settle(entry);
      else if (list) list.push(entry);
      else byCodec.set(sample.codec, [entry]);
    }
    for (const [codec, list] of byCodec) this.#of(codec).division.add(list);
  }

  /** What the groups that have room get now. */
  take(now: number): Handout<Task>[] {
    const handouts: Handout<Task>[] = [];
    for (const [codec, { groups, division }] of this.#divisions) {
      for (let more = true; more; ) {
        more = false;
        for (const [g, group] of groups.entries()) {
          if (groups.length > 1 && division.inFlight(g) >= (group.maxInFlight ?? CHUNKS_IN_FLIGHT)) continue;
          const entries = groups.length === 1 ? division.takeAll(now) : division.pull(g, now);
          if (entries.length === 0) continue;
          more = groups.length > 1;
          handouts.push({ codec, group, entries, ...chunksOf(entries, g) });
        }
      }
    }
    return handouts;
  }

  /** A handout is done. `outcomes[c][i]` belongs to sample i of chunk c; the device was busy with it for `busyMs`. */
  done(handout: Handout<Task>, outcomes: readonly (readonly NativeOutcome[])[], busyMs: number, now: number): void {
    const { groups, division } = this.#of(handout.codec);
    division.finished(groups.indexOf(handout.group), handout.entries, busyMs, now, verdictOn(outcomes.flat()));
    const again: Entry<Task>[] = [];
    handout.chunks.forEach(({ lane, samples }, c) => {
      const results = outcomes[c]!;
      samples.forEach((sample, i) => {
        const entry = handout.entriesOf[c]![i]!;
        const outcome: NativeOutcome = results[i] ?? {
          status: "FAIL",
          message: `returned ${results.length} outcomes for ${samples.length} tasks`,
        };
        if (outcome.status === "SUCCESS") {
          sample.outcome = outcome;
          this.#settle(entry);
          return;
        }
        tell(sample, lane, outcome);
        entry.groups = this.#isFinal(outcome) || !this.#renewed(entry, outcome) ? [] : this.#offer(entry);
        if (entry.groups.length === 0) this.#settle(entry);
        else again.push(entry);
      });
    });
    division.add(again, true);
  }

  /** Another backend would not make the picture cheaper, nor the caller change its mind. */
  #isFinal({ status }: NativeOutcome): boolean {
    if (status === "LIMIT_EXCEEDED" || status === "CANCELLED") return true;
    return this.#strict && (status === "IMAGE_CORRUPTED" || status === "IMAGE_TRUNCATED");
  }

  /** After a backend that did not return the sample goes on with another task. false: it cannot go on. */
  #renewed({ sample, lanes, tasks }: Entry<Task>, { abandoned }: NativeOutcome): boolean {
    if (!abandoned) return true;
    const task = this.#demands.renew(sample.task);
    if (task === undefined) return false;
    sample.task = task;
    // What other groups have accepted was made of the old task, and would be written to its memory.
    lanes.forEach((lane, g) => {
      const again = lane && !hasTried(sample, lane) ? accepted(lane, sample, this.#demands.relax, true) : undefined;
      if (again === undefined || again === "later") lanes[g] = undefined;
      else tasks[g] = again;
    });
    return true;
  }

  #settle({ sample }: Entry<Task>): void {
    this.#size--;
    this.#onSettled(sample);
  }

  #of(codec: string): { readonly groups: readonly Group<Task>[]; readonly division: Division<Entry<Task>> } {
    let known = this.#divisions.get(codec);
    if (!known) {
      const groups = this.#groupsOf(codec);
      known = { groups, division: new Division(groups.map(({ share }) => share)) };
      this.#divisions.set(codec, known);
    }
    return known;
  }

  /**
   * Asks, in every group, the lanes not asked yet, up to the first that accepts. Refusals are attempts too. A codec's own
   * way of scaling down comes before core's, whose pixels are others: the latter is for when no lane scales.
   */
  #offer(entry: Entry<Task>): readonly number[] {
    const willing = this.#ask(entry, false);
    return willing.length > 0 ? willing : this.#ask(entry, true);
  }

  /** `mayShrink`: core may decode the whole picture and average it, which only those may cause who cannot else. */
  #ask(entry: Entry<Task>, mayShrink: boolean): readonly number[] {
    const { sample, lanes, tasks } = entry;
    let willing: readonly number[] = NONE;
    const { groups } = this.#of(sample.codec);
    for (let g = 0; g < groups.length; g++) {
      const offered = lanes[g];
      if (offered && !hasTried(sample, offered)) {
        willing = withOne(willing, g);
        continue;
      }
      lanes[g] = undefined;
      for (const lane of groups[g]!.lanes) {
        if (entry.asked.includes(lane)) continue;
        const task = accepted(lane, sample, this.#demands.relax, mayShrink);
        if (task === "later") continue;
        entry.asked = withOne(entry.asked, lane);
        if (task === undefined) continue;
        lanes[g] = lane;
        tasks[g] = task;
        willing = withOne(willing, g);
        break;
      }
    }
    return willing;
  }
}

function chunksOf<Task>(
  entries: readonly Entry<Task>[],
  group: number,
): { chunks: Chunk<Task>[]; entriesOf: Entry<Task>[][] } {
  const chunks: { lane: Lane<Task>; samples: Sample<Task>[] }[] = [];
  const entriesOf: Entry<Task>[][] = [];
  for (const entry of entries) {
    const { sample } = entry;
    const lane = entry.lanes[group]!;
    sample.offered = entry.tasks[group]!;
    let c = chunks.length - 1;
    while (c >= 0 && chunks[c]!.lane !== lane) c--;
    if (c < 0) {
      c = chunks.push({ lane, samples: [] }) - 1;
      entriesOf.push([]);
    }
    chunks[c]!.samples.push(sample);
    entriesOf[c]!.push(entry);
  }
  return { chunks, entriesOf };
}

/** What a chunk's outcomes say of the group: verdicts on the bytes, limits and aborts are not its fault. */
function verdictOn(outcomes: readonly NativeOutcome[]): "done" | "failed" | "unclear" {
  let good = 0;
  let ownFault = 0;
  for (const { status } of outcomes) {
    if (status === "SUCCESS") good++;
    else if (status === "FAIL" || status === "BACKEND_UNSUPPORTED" || status === "OUT_OF_MEMORY") ownFault++;
  }
  if (ownFault === outcomes.length) return "failed";
  return 2 * good >= outcomes.length ? "done" : "unclear";
}
