/** Samples that wait for a device group, in order of arrival or by work, and what is taken of them at once. */

/** How much work a sample is thought to be, and the groups that accept it, by number, ascending. */
export interface WaitingSample {
  readonly work: number;
  readonly groups: readonly number[];
}

/** Samples that the same groups may take. Taking from either end is cheap, and so is knowing the sum of their work. */
export class Queue<T extends WaitingSample> {
  readonly candidates: readonly number[];
  readonly #bySize: boolean;
  #samples: T[] = [];
  #head = 0;
  #work = 0;
  #isSorted = true;

  /** `bySize`: smallest first, whatever the order of arrival. */
  constructor(candidates: readonly number[], bySize: boolean) {
    this.candidates = candidates;
    this.#bySize = bySize;
  }

  get length(): number {
    return this.#samples.length - this.#head;
  }

  /** Sum over what waits. */
  get work(): number {
    return this.#work;
  }

  push(sample: T): void {
    this.#samples.push(sample);
    this.#work += sample.work;
    this.#isSorted = !this.#bySize;
  }

  workAt(place: number): number {
    this.#sort();
    return this.#samples[this.#head + place]!.work;
  }

  take(place: number): T {
    this.#sort();
    const at = this.#head + place;
    const sample = this.#samples[at]!;
    if (place === 0) this.#head++;
    else if (at === this.#samples.length - 1) this.#samples.pop();
    else this.#samples.splice(at, 1);
    this.#work -= sample.work;
    if (this.length === 0) this.clear();
    return sample;
  }

  /** Place of the largest sample of at most `work`; 0 if all are larger. For queues by size. */
  largestWithin(work: number): number {
    this.#sort();
    let low = this.#head;
    let high = this.#samples.length;
    while (low < high) {
      const middle = (low + high) >> 1;
      if (this.#samples[middle]!.work <= work) low = middle + 1;
      else high = middle;
    }
    return Math.max(0, low - 1 - this.#head);
  }

  /** Takes all. */
  clear(): readonly T[] {
    this.#sort();
    const all = this.#samples.slice(this.#head);
    this.#samples = [];
    this.#head = 0;
    this.#work = 0; // and no rounding errors are carried on
    return all;
  }

  #sort(): void {
    if (this.#isSorted) return;
    this.#samples = this.#samples.slice(this.#head).sort((a, b) => a.work - b.work);
    this.#head = 0;
    this.#isSorted = true;
  }
}

/** A chunk in the making. */
export class ChunkOf<T extends WaitingSample> {
  readonly samples: T[] = [];
  work = 0;

  push(sample: T): void {
    this.samples.push(sample);
    this.work += sample.work;
  }
}

/** The work of all of it. */
export function sumOf(queues: readonly { readonly work: number }[]): number {
  return queues.reduce((sum, { work }) => sum + work, 0);
}

/** The groups that may take any of it. */
export function competitors(queues: readonly { readonly candidates: readonly number[] }[]): number[] {
  return queues.length === 1
    ? [...queues[0]!.candidates]
    : [...new Set(queues.flatMap(({ candidates }) => candidates))];
}
