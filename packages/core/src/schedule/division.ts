/**
 * Divides the samples of one codec among device groups: which samples a group gets next, and how many at once. No
 * clock and no backend in here, only numbers: the caller says when a group has room and when a chunk is done.
 *
 * IGNORE: a group that has room gets the next samples, in order.
 * FIXED: every sample is assigned when it arrives (fixed-shares.ts), and a group gets what is assigned to it.
 * ADAPTIVE_MINIMIZE_IDLE_TIME: all groups shall finish together. From the measured speeds it follows when that will be,
 * and a group gets what it can do by then. The fastest takes the largest samples and the others the smallest, so that
 * what is left for the end is small on the fast side and finely divided on the slow one.
 *
 * Samples are handed out bit by bit, in chunks that shrink towards the end, so nothing needs to be taken back from a
 * group that turns out slow. A group that fails a chunk whole gets no more of what others accept too, for a while.
 */
import type { LoadHintPolicy } from "../enums.js";
import { divideFixed, fixedShare } from "./fixed-shares.js";
import { doneTogether, type Worker } from "./forecast.js";
import type { Speed } from "./speed.js";
import { ChunkOf, competitors, Queue, sumOf, type WaitingSample } from "./waiting.js";

/** What is known of a device group. */
export interface Share {
  readonly policy: LoadHintPolicy;
  /** Fraction of the codec's samples that the group should get: its share if FIXED, where it starts if adaptive. */
  readonly loadHint: number;
  /** Chunks are a multiple of this while enough samples are left. */
  readonly miniBatch: number;
  readonly speed: Speed;
}

interface Chunk<T> {
  readonly samples: readonly T[];
  readonly work: number;
  readonly expectedMs: number;
}

/** A chunk is about so much work, or so many times its start-up if that is more. */
const CHUNK_MS = 30;
const START_UPS = 20;
/** Of what a group will still do, a chunk is at most this part: what is measured meanwhile can still correct the rest. */
const PART_OF_BUDGET = 1 / 4;
/** The same where start-up matters: each chunk more costs one. */
const PART_WITH_START_UP = 1 / 2;
/** How wrong a forecast may be, in parts of it. Where that is less than a start-up, another chunk does not pay. */
const FORECAST_ERROR = 0.1;
/** The first chunk of a group of unknown speed: this part of its hinted share, and at most so many mini-batches. */
const FIRST_PART = 1 / 16;
const FIRST_MINI_BATCHES = 16;
/** A group that has failed a chunk whole is tried again, in the same batch, after so long; then after twice that, and so on. */
const RETRY_MS = 10_000;

export class Division<T extends WaitingSample> {
  readonly #shares: readonly Share[];
  /** By the set of groups that may take from it, as a number of bits. */
  readonly #queues = new Map<number, Queue<T>>();
  readonly #bySize: boolean;
  readonly #inFlight: Chunk<T>[][];
  /** When each group will be done with what it has, if its chunks take as long as expected. */
  readonly #readyAt: number[];
  /** How many samples each group has been assigned, for FIXED. */
  readonly #assigned: number[];
  /** How many chunks a group has failed whole, and until when it then gets nothing that others accept too. */
  readonly #failed: number[];
  readonly #givenUpUntil: (number | undefined)[];
  readonly #total: number | undefined;
  #added = 0;

  /** `total`: how many samples there will be, if known; FIXED shares are counted over all of them. */
  constructor(shares: readonly Share[], total?: number) {
    this.#shares = shares;
    this.#total = total;
    this.#bySize = shares.some(({ policy }) => policy === "ADAPTIVE_MINIMIZE_IDLE_TIME");
    this.#inFlight = shares.map(() => []);
    this.#readyAt = shares.map(() => 0);
    this.#assigned = shares.map(() => 0);
    this.#failed = shares.map(() => 0);
    this.#givenUpUntil = shares.map(() => undefined);
  }

  /** Samples that wait, accepted by at least one group each. `again`: they come back from a group that failed them. */
  add(samples: readonly T[], again = false): void {
    if (!again) this.#added += samples.length;
    this.#place(samples);
  }

  #place(samples: readonly T[]): void {
    const candidates = this.#candidatesOf(samples);
    samples.forEach((sample, i) => {
      let key = 0;
      for (const g of candidates[i]!) key += 2 ** g;
      let queue = this.#queues.get(key);
      if (!queue) this.#queues.set(key, (queue = new Queue(candidates[i]!, this.#bySize)));
      queue.push(sample);
    });
  }

  /** For each sample the groups that may take it now. */
  #candidatesOf(samples: readonly T[]): (readonly number[])[] {
    const isSound = (g: number) => this.#givenUpUntil[g] === undefined;
    const willing = this.#givenUpUntil.every((until) => until === undefined)
      ? samples
      : samples.map(({ groups }) => ({ groups: groups.some(isSound) ? groups.filter(isSound) : groups }));
    if (!this.#shares.some(({ policy }) => policy === "FIXED")) return willing.map(({ groups }) => groups);
    const due = this.#shares.map(({ policy, loadHint, miniBatch }, g) => {
      if (policy !== "FIXED") return undefined;
      return Math.max(0, fixedShare(loadHint, this.#total ?? this.#added, miniBatch) - this.#assigned[g]!);
    });
    const left = [...due];
    const candidates = divideFixed(willing, left);
    due.forEach((count, g) => {
      if (count !== undefined) this.#assigned[g]! += count - left[g]!;
    });
    return candidates;
  }

  /** How many samples wait. */
  get size(): number {
    let size = 0;
    for (const { length } of this.#queues.values()) size += length;
    return size;
  }

  /** Chunks that a group has in flight. */
  inFlight(group: number): number {
    return this.#inFlight[group]!.length;
  }

  /** The next chunk for a group that has room, at time `now` in ms. Empty: nothing for it, or nothing now. */
  pull(group: number, now: number): readonly T[] {
    const { policy, speed } = this.#shares[group]!;
    if (now >= (this.#givenUpUntil[group] ?? Infinity)) this.#giveUp(group, undefined);
    // A group whose speed is not known has one chunk to show it: a dead one costs no more.
    if (!speed.isKnown && this.inFlight(group) > 0) return [];
    const queues = this.#queuesFor(group);
    if (queues.length === 0) return [];
    const chunk = new ChunkOf<T>();
    if (!speed.isKnown) this.#first(group, queues, chunk);
    else if (policy === "ADAPTIVE_MINIMIZE_IDLE_TIME") this.#adaptive(group, queues, chunk, now);
    else this.#inOrder(group, queues, chunk);
    return this.#handOut(group, chunk, now);
  }

  /** What a group may take; first what nobody else may. */
  #queuesFor(group: number): Queue<T>[] {
    const queues: Queue<T>[] = [];
    for (const queue of this.#queues.values())
      if (queue.length > 0 && queue.candidates.includes(group)) queues.push(queue);
    return queues.sort((a, b) => a.candidates.length - b.candidates.length);
  }

  #handOut(group: number, { samples, work }: ChunkOf<T>, now: number): readonly T[] {
    if (samples.length === 0) return samples;
    const expectedMs = this.#shares[group]!.speed.msFor(work);
    this.#inFlight[group]!.push({ samples, work, expectedMs });
    this.#readyAt[group] = Math.max(now, this.#readyAt[group]!) + expectedMs;
    return samples;
  }

  /** All that waits, as one chunk: for a group that is alone. */
  takeAll(now: number): readonly T[] {
    const chunk = new ChunkOf<T>();
    for (const queue of this.#queues.values()) for (const sample of queue.clear()) chunk.push(sample);
    return this.#handOut(0, chunk, now);
  }

  /**
   * A chunk is done; the device was busy with it for `busyMs`. `verdict`: "failed" if the group failed all of it and not
   * for the samples' fault, "unclear" if the time says little, as when most samples were refused.
   */
  finished(
    group: number,
    samples: readonly T[],
    busyMs: number,
    now: number,
    verdict: "done" | "failed" | "unclear" = "done",
  ): void {
    const chunks = this.#inFlight[group]!;
    const [chunk] = chunks.splice(
      chunks.findIndex((one) => one.samples === samples),
      1,
    );
    const { speed } = this.#shares[group]!;
    if (verdict === "done") speed.observe(chunk!.work, busyMs);
    else if (verdict === "failed") {
      speed.fail();
      this.#giveUp(group, now + RETRY_MS * 2 ** this.#failed[group]!++);
    }
    this.#readyAt[group] = now + chunks.reduce((sum, { expectedMs }) => sum + expectedMs, 0);
  }

  /** Others get what they too accept; what only this group accepts stays, there is no other hope for it. */
  #giveUp(group: number, until: number | undefined): void {
    const isNews = (until === undefined) !== (this.#givenUpUntil[group] === undefined);
    this.#givenUpUntil[group] = until;
    if (!isNews) return;
    for (const queue of [...this.#queues.values()]) this.#place(queue.clear());
  }

  /** Nothing is known of the group's speed. After a failure it begins with one mini-batch, then more, lest each fail by itself. */
  #first(group: number, queues: readonly Queue<T>[], chunk: ChunkOf<T>): void {
    const { policy, loadHint, miniBatch, speed } = this.#shares[group]!;
    let count = miniBatch;
    if (this.#givenUpUntil[group] !== undefined) count *= 2 ** Math.min(this.#failed[group]!, 8);
    else if (policy === "ADAPTIVE_MINIMIZE_IDLE_TIME" && !speed.hasFailed) {
      const miniBatches = Math.floor((loadHint * this.size * FIRST_PART) / miniBatch);
      count *= Math.min(Math.max(1, miniBatches), FIRST_MINI_BATCHES);
    }
    for (const queue of queues) while (queue.length > 0 && chunk.samples.length < count) chunk.push(queue.take(0));
  }

  /** Milliseconds of a chunk that is large enough not to be all start-up. */
  #chunkMs(group: number): number {
    return Math.max(CHUNK_MS, START_UPS * this.#shares[group]!.speed.startUpMs);
  }

  /** FIXED and IGNORE: a chunk's worth, and for IGNORE no more than a part of what the group will do of the rest. */
  #inOrder(group: number, queues: readonly Queue<T>[], chunk: ChunkOf<T>): void {
    const { speed, miniBatch, policy } = this.#shares[group]!;
    let want = this.#chunkMs(group) * speed.perMs;
    if (policy !== "FIXED") {
      const left = sumOf(queues);
      const all = competitors(queues).reduce((sum, g) => sum + this.#shares[g]!.speed.perMs, 0);
      want = this.#wanted(group, left / all) * speed.perMs;
    }
    for (const queue of queues) {
      while (queue.length > 0) {
        if (chunk.samples.length % miniBatch === 0 && chunk.samples.length > 0 && chunk.work + queue.workAt(0) > want)
          return;
        chunk.push(queue.take(0));
      }
    }
  }

  #adaptive(group: number, queues: readonly Queue<T>[], chunk: ChunkOf<T>, now: number): void {
    const { speed, miniBatch } = this.#shares[group]!;
    const left = sumOf(queues);
    const own = queues[0]!.candidates.length === 1;
    const others = competitors(queues).filter((g) => g !== group);
    const ready = this.#ready(group, now);
    const end = this.#endOf(left, [group, ...others], group, now);
    const endWithout = own ? Infinity : this.#endOf(left, others, group, now);
    const budgetMs = Math.max(end - ready - speed.startUpMs, 0);
    const want = this.#wanted(group, budgetMs) * speed.perMs;
    const isFastest = others.every((g) => this.#shares[g]!.speed.perMs <= speed.perMs);
    // Somebody must, or all would wait for each other.
    const must = isFastest && this.#inFlight.every((chunks) => chunks.length === 0);

    for (const queue of queues) {
      while (queue.length > 0) {
        const next = isFastest ? queue.largestWithin(Math.max(budgetMs * speed.perMs - chunk.work, 0)) : 0;
        const isFirst = chunk.samples.length === 0;
        // Whole mini-batches only; the next one is taken if the group is done with it before the others would be.
        if (chunk.samples.length % miniBatch === 0) {
          if (!isFirst && chunk.work + queue.workAt(next) > want) return;
          let batch = 0;
          for (let i = next; i < Math.min(next + miniBatch, queue.length); i++) batch += queue.workAt(i);
          const mine = ready + speed.msFor(chunk.work + batch);
          if (mine > end && mine >= endWithout && !(must && isFirst)) return;
        }
        chunk.push(queue.take(Math.min(next, queue.length - 1)));
      }
    }
  }

  /** How many milliseconds of `budgetMs` shall be one chunk. */
  #wanted(group: number, budgetMs: number): number {
    const { startUpMs } = this.#shares[group]!.speed;
    if (budgetMs * FORECAST_ERROR <= startUpMs) return budgetMs;
    const part = startUpMs > 0 ? PART_WITH_START_UP : PART_OF_BUDGET;
    return Math.min(budgetMs * part, this.#chunkMs(group));
  }

  /** When a group will have room. One that is late is taken to need as long again as it is late. */
  #ready(group: number, now: number): number {
    if (this.inFlight(group) === 0) return now;
    const ready = this.#readyAt[group]!;
    return ready >= now ? ready : now + (now - ready);
  }

  /**
   * When `work` that `asking` may take would be done by these groups together, each from when it is ready and has done
   * what `asking` may not take; Infinity if their speed is not known.
   */
  #endOf(work: number, groups: readonly number[], asking: number, now: number): number {
    const ready: Worker[] = [];
    for (const g of groups) {
      const { perMs, startUpMs } = this.#shares[g]!.speed;
      if (perMs === 0) continue;
      let elsewhere = 0;
      for (const { candidates, work: waits } of this.#queues.values()) {
        if (candidates.includes(g) && !candidates.includes(asking)) elsewhere += waits / candidates.length;
      }
      ready.push([this.#ready(g, now) + startUpMs + elsewhere / perMs, perMs]);
    }
    return doneTogether(work, ready);
  }
}
