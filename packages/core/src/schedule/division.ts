/**
 * Divides the samples of one codec among device groups: which samples a group gets next, and how many at once. No
 * clock and no backend in here, only numbers: the caller says when a group has room and when a chunk is done.
 *
 * IGNORE: a group that has room gets the next samples, in order.
 * FIXED: the same, but no group beyond its share of the batch; the last group takes the rest.
 * ADAPTIVE_MINIMIZE_IDLE_TIME: all groups shall finish together. From the measured speeds it follows when that will be,
 * and a group gets what it can do by then. The fastest takes the largest samples and the others the smallest, so that
 * what is left for the end is small on the fast side and finely divided on the slow one.
 */
import type { LoadHintPolicy } from "../enums.js";
import type { Speed } from "./speed.js";

/** What is known of a device group. */
export interface Share {
  readonly policy: LoadHintPolicy;
  /** Fraction of the codec's samples that the group should get: its share if FIXED, where it starts if adaptive. */
  readonly loadHint: number;
  /** Chunks are a multiple of this while enough samples are left. */
  readonly miniBatch: number;
  readonly speed: Speed;
}

/** One sample: how much work it is thought to be, and the groups that accept it. */
interface Waiting {
  readonly id: number;
  readonly work: number;
}

interface Chunk {
  readonly ids: readonly number[];
  readonly work: number;
  readonly expectedMs: number;
}

/** A chunk is about so much work, or ten times its start-up if that is more. */
const CHUNK_MS = 30;
/** Of what a group will still do, a chunk is at most this part: what is measured meanwhile can still correct the rest. */
const PART_OF_BUDGET = 1 / 4;

export class Division {
  readonly #shares: readonly Share[];
  /** Samples by the set of groups that accept them, each sorted by work, smallest first (or in order of arrival). */
  readonly #waiting = new Map<string, { readonly groups: readonly number[]; samples: Waiting[] }>();
  readonly #works = new Map<number, number>();
  readonly #inFlight: Chunk[][];
  /** When each group will be done with what it has, if its chunks take as long as expected. */
  readonly #readyAt: number[];
  readonly #taken: number[];
  readonly #exclusive: number[];
  readonly #total: number | undefined;
  #added = 0;

  /** `total`: how many samples there will be, if known; FIXED shares are counted over all of them. */
  constructor(shares: readonly Share[], total?: number) {
    this.#shares = shares;
    this.#total = total;
    this.#inFlight = shares.map(() => []);
    this.#readyAt = shares.map(() => 0);
    this.#taken = shares.map(() => 0);
    this.#exclusive = shares.map(() => 0);
  }

  /** Samples that wait, accepted by at least one group each. `again`: they come back from a group that failed them. */
  add(samples: readonly { readonly id: number; readonly work: number; readonly groups: readonly number[] }[], again = false): void {
    for (const { id, work, groups } of samples) {
      const key = groups.join();
      let bucket = this.#waiting.get(key);
      if (!bucket) this.#waiting.set(key, (bucket = { groups, samples: [] }));
      bucket.samples.push({ id, work });
      this.#works.set(id, work);
      if (groups.length === 1) this.#exclusive[groups[0]!]!++;
    }
    if (!again) this.#added += samples.length;
    if (this.#isAdaptive) for (const { samples: list } of this.#waiting.values()) list.sort((a, b) => a.work - b.work);
  }

  get #isAdaptive(): boolean {
    return this.#shares.some(({ policy }) => policy === "ADAPTIVE_MINIMIZE_IDLE_TIME");
  }

  /** How many samples wait. */
  get size(): number {
    let size = 0;
    for (const { samples } of this.#waiting.values()) size += samples.length;
    return size;
  }

  /** Chunks that a group has in flight. */
  inFlight(group: number): number {
    return this.#inFlight[group]!.length;
  }

  /** The next chunk for a group that has room, at time `now` in ms. Empty: nothing for it, or nothing now. */
  pull(group: number, now: number): readonly number[] {
    const { policy, speed } = this.#shares[group]!;
    // A group whose speed is not known has one chunk to show it: a dead one costs no more.
    if (!speed.isKnown && this.inFlight(group) > 0) return [];
    const chunk = policy === "ADAPTIVE_MINIMIZE_IDLE_TIME" ? this.#adaptive(group, now) : this.#inOrder(group, now);
    return chunk.length === 0 ? chunk : this.#handOut(group, chunk, now);
  }

  #handOut(group: number, ids: readonly number[], now: number): readonly number[] {
    let work = 0;
    for (const id of ids) work += this.#works.get(id)!;
    const expectedMs = this.#shares[group]!.speed.msFor(work);
    this.#inFlight[group]!.push({ ids, work, expectedMs });
    this.#readyAt[group] = Math.max(now, this.#readyAt[group]!) + expectedMs;
    this.#taken[group]! += ids.length;
    return ids;
  }

  /** All that waits, as one chunk: for a group that is alone. */
  takeAll(now: number): readonly number[] {
    const ids: number[] = [];
    for (const { samples } of this.#waiting.values()) for (const { id } of samples.splice(0)) ids.push(id);
    return ids.length === 0 ? ids : this.#handOut(0, ids, now);
  }

  /** A chunk is done; the device was busy with it for `busyMs`. */
  finished(group: number, ids: readonly number[], busyMs: number, now: number): void {
    const chunks = this.#inFlight[group]!;
    const at = chunks.findIndex((chunk) => chunk.ids === ids);
    const [chunk] = chunks.splice(at, 1);
    this.#shares[group]!.speed.observe(chunk!.work, busyMs);
    this.#readyAt[group] = now + chunks.reduce((sum, { expectedMs }) => sum + expectedMs, 0);
    for (const id of ids) this.#works.delete(id);
  }

  /** How many samples FIXED leaves to a group: `min(eligible, roundUp(round(hint x samples), miniBatch))` less what it has had. */
  #quota(group: number): number {
    const { policy, loadHint, miniBatch } = this.#shares[group]!;
    if (policy !== "FIXED" || group === this.#shares.length - 1) return Infinity;
    const share = Math.ceil(Math.round(loadHint * (this.#total ?? this.#added)) / miniBatch) * miniBatch;
    return Math.max(0, Math.max(share, this.#exclusive[group]!) - this.#taken[group]!);
  }

  /** Is the sample's bucket open to a group that takes shares in order? FIXED: earlier groups come first. */
  #inOrder(group: number, now: number): number[] {
    const { speed, miniBatch, loadHint, policy } = this.#shares[group]!;
    const quota = this.#quota(group);
    const buckets = [...this.#waiting.values()].filter(({ groups, samples }) => samples.length > 0 && groups.includes(group)).sort((a, b) => a.groups.length - b.groups.length);
    const waiting = buckets.reduce((sum, { samples }) => sum + samples.length, 0);
    if (waiting === 0) return [];
    let room: number;
    if (policy === "FIXED") room = quota;
    else if (!speed.isKnown) room = Math.max(miniBatch, Math.floor((loadHint * waiting) / 16));
    else room = this.#countFor(group, waiting, now);
    const ids: number[] = [];
    for (const { groups, samples } of buckets) {
      // Others' shares of what they accept too stay theirs.
      const reserved = policy === "FIXED" ? groups.reduce((sum, g) => (g === group || g >= this.#shares.length - 1 ? sum : sum + Math.min(this.#quota(g), samples.length)), 0) : 0;
      const free = groups.length === 1 ? samples.length : group === this.#shares.length - 1 ? Math.max(0, samples.length - reserved) : samples.length;
      const take = groups.length === 1 && policy === "FIXED" ? free : Math.min(free, room - ids.length);
      for (const { id } of samples.splice(0, Math.max(0, take))) ids.push(id);
    }
    return ids;
  }

  /** IGNORE: as many as are a chunk's worth by the mean of what waits, and no more than a part of what is left for all. */
  #countFor(group: number, waiting: number, _now: number): number {
    const { speed, miniBatch } = this.#shares[group]!;
    const mean = [...this.#waiting.values()].reduce((sum, { samples }) => sum + samples.reduce((s, { work }) => s + work, 0), 0) / Math.max(1, this.size);
    const ms = Math.max(CHUNK_MS, 10 * speed.startUpMs);
    const all = this.#shares.reduce((sum, share) => sum + share.speed.perMs, 0);
    const part = (waiting * speed.perMs * PART_OF_BUDGET) / Math.max(all, speed.perMs);
    const count = Math.min((ms * speed.perMs) / mean, part);
    return Math.max(miniBatch, Math.floor(count / miniBatch) * miniBatch);
  }

  #adaptive(group: number, now: number): number[] {
    const { speed, miniBatch, loadHint } = this.#shares[group]!;
    const buckets = [...this.#waiting.values()].filter(({ groups, samples }) => samples.length > 0 && groups.includes(group)).sort((a, b) => a.groups.length - b.groups.length);
    if (buckets.length === 0) return [];
    if (!speed.isKnown) return this.#takeSmallest(buckets, Math.max(miniBatch, Math.floor((loadHint * this.size) / 16)));

    const left = buckets.reduce((sum, { samples }) => sum + samples.reduce((s, { work }) => s + work, 0), 0);
    const own = buckets.filter(({ groups }) => groups.length === 1).reduce((sum, { samples }) => sum + samples.reduce((s, { work }) => s + work, 0), 0);
    const others = this.#shares.map((_, g) => g).filter((g) => g !== group);
    const ready = this.#ready(group, now);
    const end = this.#endOf(left, [group, ...others], now);
    const endWithout = own > 0 ? Infinity : this.#endOf(left, others, now);
    const budget = Math.max((end - ready) * speed.perMs, 0);
    const chunkMs = Math.max(CHUNK_MS, 10 * speed.startUpMs);
    const want = Math.min(budget * PART_OF_BUDGET, chunkMs * speed.perMs);
    const isFastest = others.every((g) => this.#shares[g]!.speed.perMs <= speed.perMs);
    // Somebody must, or all would wait for each other.
    const must = isFastest && this.#inFlight.every((chunks) => chunks.length === 0);

    const ids: number[] = [];
    let work = 0;
    for (const { samples } of buckets) {
      while (samples.length > 0) {
        const next = isFastest ? fitting(samples, Math.max(budget - work, 0)) : 0;
        const sample = samples[next]!;
        const inBatch = ids.length % miniBatch !== 0;
        if (ids.length > 0 && !inBatch && work + sample.work > want) return ids;
        // The first of a mini-batch is taken only if the group is done with the whole of it before the others would be.
        if (!inBatch) {
          const batch = samples.slice(next, next + miniBatch).reduce((sum, s) => sum + s.work, 0);
          const mine = ready + speed.msFor(work + batch);
          if (mine > end && mine >= endWithout && !(must && ids.length === 0)) return ids;
        }
        samples.splice(next, 1);
        ids.push(sample.id);
        work += sample.work;
      }
    }
    return ids;
  }

  #takeSmallest(buckets: readonly { samples: Waiting[] }[], count: number): number[] {
    const ids: number[] = [];
    for (const { samples } of buckets) for (const { id } of samples.splice(0, count - ids.length)) ids.push(id);
    return ids;
  }

  /** When a group will have room. One that is late is taken to need as long again as it is late. */
  #ready(group: number, now: number): number {
    const ready = this.#readyAt[group]!;
    if (this.inFlight(group) === 0) return now;
    return ready >= now ? ready : now + (now - ready);
  }

  /** When `work` would be done by these groups together, each from when it is ready; Infinity if their speed is not known. */
  #endOf(work: number, groups: readonly number[], now: number): number {
    const ready = groups
      .filter((g) => this.#shares[g]!.speed.perMs > 0)
      .map((g) => [this.#ready(g, now) + this.#shares[g]!.speed.startUpMs, this.#shares[g]!.speed.perMs] as const)
      .sort((a, b) => a[0] - b[0]);
    let speed = 0;
    let sum = 0;
    let end = Infinity;
    for (const [at, perMs] of ready) {
      if (end <= at) break;
      speed += perMs;
      sum += at * perMs;
      end = (work + sum) / speed;
    }
    return end;
  }
}

/** Index of the largest sample of at most `work`; 0 if all are larger. `samples` is sorted by work, smallest first. */
function fitting(samples: readonly Waiting[], work: number): number {
  let low = 0;
  let high = samples.length;
  while (low < high) {
    const middle = (low + high) >> 1;
    if (samples[middle]!.work <= work) low = middle + 1;
    else high = middle;
  }
  return Math.max(0, low - 1);
}
