/**
 * How the samples of a call are settled: divided among the device groups of their codec, inside a group given to the
 * first lane that accepts, and on failure handed to the next lane, with every attempt written down. Lanes are finite,
 * so it ends. A state machine without promises or clock: batch.ts runs it, and so does the simulator of the tests.
 */
import type { Attempt } from "../errors.js";
import type { NativeOutcome } from "../runtime/native-backend.js";
import { isAboutTheRequest } from "../status.js";
import { Division } from "./division.js";
import type { Group, Lane } from "./lanes.js";

/** One sample on its way. */
export interface Sample<Task> {
  readonly place: number;
  readonly codec: string;
  /** As planned. */
  task: Task;
  /** What it is thought to cost, in whatever unit the speeds are measured in. */
  readonly work: number;
  readonly attempts: Attempt[];
  /** The task as the lane that has it got it: as planned, or plainer. */
  offered: Task;
  /** Set when the sample has settled well. */
  outcome?: NativeOutcome;
}

export function sampleOf<Task>(place: number, codec: string, task: Task, work = 1): Sample<Task> {
  return { place, codec, task, work, attempts: [], offered: task };
}

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
  /** @internal */
  readonly ids: readonly number[];
}

/** How tasks can be changed on their way. */
export interface Demands<Task> {
  /** The task without what was refused, or `undefined`: see plan/relax.ts. */
  relax(task: Task, refused: NativeOutcome["status"]): Task | undefined;
  /** The same task with memory of its own, for a backend that did not return may still write to the old; `undefined` if it cannot. */
  renew(task: Task): Task | undefined;
}

/** A sample with the lanes that would take it, one a group. */
interface Entry<Task> {
  readonly sample: Sample<Task>;
  readonly asked: Set<Lane<Task>>;
  readonly offers: Map<number, { readonly lane: Lane<Task>; readonly task: Task }>;
}

/** A group may have so many chunks in flight: one runs while the next is on its way. */
const CHUNKS_IN_FLIGHT = 2;
/** Each step takes one demand away, and there are four kinds of demand. */
const MAX_RELAXATIONS = 6;

export class Settlement<Task> {
  readonly #groupsOf: (codec: string) => readonly Group<Task>[];
  readonly #demands: Demands<Task>;
  readonly #strict: boolean;
  readonly #onSettled: (sample: Sample<Task>) => void;
  readonly #divisions = new Map<string, { readonly groups: readonly Group<Task>[]; readonly division: Division }>();
  readonly #entries = new Map<number, Entry<Task>>();
  #nextId = 0;

  /** `strict`: a verdict that the bytes are damaged is final. `onSettled` hears of every sample exactly once. */
  constructor(groupsOf: (codec: string) => readonly Group<Task>[], demands: Demands<Task>, strict: boolean, onSettled: (sample: Sample<Task>) => void) {
    this.#groupsOf = groupsOf;
    this.#demands = demands;
    this.#strict = strict;
    this.#onSettled = onSettled;
  }

  /** How many samples have not settled. */
  get size(): number {
    return this.#entries.size;
  }

  add(samples: readonly Sample<Task>[]): void {
    const byCodec = new Map<string, { id: number; work: number; groups: readonly number[] }[]>();
    for (const sample of samples) {
      const id = this.#nextId++;
      const entry: Entry<Task> = { sample, asked: new Set(), offers: new Map() };
      this.#entries.set(id, entry);
      const groups = this.#offer(entry);
      if (groups.length === 0) this.#settle(id);
      else {
        const list = byCodec.get(sample.codec);
        if (list) list.push({ id, work: sample.work, groups });
        else byCodec.set(sample.codec, [{ id, work: sample.work, groups }]);
      }
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
          if (groups.length > 1 && division.inFlight(g) >= CHUNKS_IN_FLIGHT) continue;
          const ids = groups.length === 1 ? division.takeAll(now) : division.pull(g, now);
          if (ids.length === 0) continue;
          more = groups.length > 1;
          handouts.push({ codec, group, ids, chunks: this.#chunks(ids, g) });
        }
      }
    }
    return handouts;
  }

  /** A handout is done. `outcomes[c][i]` belongs to sample i of chunk c; the device was busy with it for `busyMs`. */
  done(handout: Handout<Task>, outcomes: readonly (readonly NativeOutcome[])[], busyMs: number, now: number): void {
    const { groups, division } = this.#of(handout.codec);
    division.finished(groups.indexOf(handout.group), handout.ids, busyMs, now);
    const again: { id: number; work: number; groups: readonly number[] }[] = [];
    const ids = new Map(handout.ids.map((id) => [this.#entries.get(id)!.sample, id]));
    handout.chunks.forEach(({ lane, samples }, c) => {
      const results = outcomes[c]!;
      samples.forEach((sample, i) => {
        const id = ids.get(sample)!;
        const outcome: NativeOutcome = results[i] ?? { status: "FAIL", message: `returned ${results.length} outcomes for ${samples.length} tasks` };
        if (outcome.status === "SUCCESS") {
          sample.outcome = outcome;
          this.#settle(id);
          return;
        }
        sample.attempts.push(attempt(lane.id, outcome));
        const next = this.#isFinal(outcome) || !this.#renewed(sample, outcome) ? [] : this.#offer(this.#entries.get(id)!);
        if (next.length === 0) this.#settle(id);
        else again.push({ id, work: sample.work, groups: next });
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
  #renewed(sample: Sample<Task>, { abandoned }: NativeOutcome): boolean {
    if (!abandoned) return true;
    const task = this.#demands.renew(sample.task);
    if (task === undefined) return false;
    sample.task = task;
    return true;
  }

  #settle(id: number): void {
    const { sample } = this.#entries.get(id)!;
    this.#entries.delete(id);
    this.#onSettled(sample);
  }

  #of(codec: string): { readonly groups: readonly Group<Task>[]; readonly division: Division } {
    let known = this.#divisions.get(codec);
    if (!known) {
      const groups = this.#groupsOf(codec);
      known = { groups, division: new Division(groups.map(({ share }) => share)) };
      this.#divisions.set(codec, known);
    }
    return known;
  }

  /** Asks, in every group, the lanes not asked yet, up to the first that accepts. Refusals are attempts too. */
  #offer(entry: Entry<Task>): number[] {
    const { sample, asked, offers } = entry;
    const willing: number[] = [];
    for (const [g, { lanes }] of this.#of(sample.codec).groups.entries()) {
      const offered = offers.get(g);
      if (offered && !sample.attempts.some(({ backend }) => backend === offered.lane.id)) {
        willing.push(g);
        continue;
      }
      offers.delete(g);
      for (const lane of lanes) {
        if (asked.has(lane)) continue;
        asked.add(lane);
        const task = accepted(lane, sample, this.#demands.relax);
        if (task === undefined) continue;
        offers.set(g, { lane, task });
        willing.push(g);
        break;
      }
    }
    return willing;
  }

  #chunks(ids: readonly number[], group: number): Chunk<Task>[] {
    const shares = new Map<Lane<Task>, Sample<Task>[]>();
    for (const id of ids) {
      const { sample, offers } = this.#entries.get(id)!;
      const { lane, task } = offers.get(group)!;
      sample.offered = task;
      const share = shares.get(lane);
      if (share) share.push(sample);
      else shares.set(lane, [sample]);
    }
    return [...shares].map(([lane, samples]) => ({ lane, samples }));
  }
}

/** The task as the lane accepts it, as it is or relaxed; `undefined` and an attempt if it does not. */
function accepted<Task>(lane: Lane<Task>, sample: Sample<Task>, relax: Demands<Task>["relax"]): Task | undefined {
  let task = sample.task;
  let first: NativeOutcome["status"] | undefined;
  for (let step = 0; step <= MAX_RELAXATIONS; step++) {
    let status: NativeOutcome["status"];
    try {
      status = lane.instance.accepts(task);
    } catch (error) {
      sample.attempts.push({ backend: lane.id, status: "FAIL", message: `accepts: ${error instanceof Error ? error.message : String(error)}` });
      return undefined;
    }
    if (status === "SUCCESS") return task;
    first ??= status;
    const plainer = isAboutTheRequest(status) ? relax(task, status) : undefined;
    if (!plainer) break;
    task = plainer;
  }
  sample.attempts.push({ backend: lane.id, status: first! });
  return undefined;
}

function attempt(backend: string, { status, message }: NativeOutcome): Attempt {
  return message === undefined ? { backend, status } : { backend, status, message };
}
