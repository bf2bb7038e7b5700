/** One stream of encodes for many batches: its pieces are as large as there is work, however small the batches are. */
import type { EncodeItem, EncodeOptions, Encoder } from "@polycodec/core";

/** An image, its file, and who is told when that is whole, or why it is not. */
export interface EncodeJob extends Required<Pick<EncodeItem, "image" | "path">> {
  settle(error?: Error): void;
}

export class EncodeQueue {
  readonly #encoder: Encoder;
  readonly #options: EncodeOptions;
  /** Jobs from `#next` on wait to be drawn. */
  #waiting: EncodeJob[] = [];
  #next = 0;
  #wake: (() => void) | undefined;
  #isEnding = false;
  #running: Promise<void> | undefined;

  constructor(encoder: Encoder, options: EncodeOptions) {
    this.#encoder = encoder;
    this.#options = options;
  }

  add(jobs: readonly EncodeJob[]): void {
    for (const job of jobs) this.#waiting.push(job);
    this.#running ??= this.#run();
    this.#wake?.();
  }

  /** Waits for what is under way. Later jobs begin anew. */
  async end(): Promise<void> {
    this.#isEnding = true;
    this.#wake?.();
    await this.#running;
    this.#isEnding = false;
  }

  async #run(): Promise<void> {
    const drawn = new Map<number, EncodeJob>();
    try {
      const items = this.#items(drawn);
      for await (const { index, result } of this.#encoder.encodeStream(items, { ...this.#options, ordered: false })) {
        const job = drawn.get(index)!;
        drawn.delete(index);
        job.settle(result.status === "rejected" ? result.reason : undefined);
      }
    } catch (error) {
      // An option that makes no sense, an abort: what is under way hears of it.
      const left = [...drawn.values(), ...this.#waiting.slice(this.#next)];
      this.#waiting = [];
      this.#next = 0;
      for (const job of left) job.settle(error as Error);
    } finally {
      this.#running = undefined;
    }
  }

  /** By hand, since a generator costs more than the rest of the queue: small images come by the ten thousand a second. */
  #items(drawn: Map<number, EncodeJob>): AsyncIterable<EncodeItem> {
    let index = 0;
    const next = (): IteratorResult<EncodeItem, undefined> | Promise<IteratorResult<EncodeItem, undefined>> => {
      if (this.#next === this.#waiting.length) {
        this.#waiting = [];
        this.#next = 0;
        if (this.#isEnding) return { value: undefined, done: true };
        return new Promise<void>((resolve) => {
          this.#wake = resolve;
        }).then(next);
      }
      const job = this.#waiting[this.#next++]!;
      drawn.set(index++, job);
      return { value: { image: job.image, path: job.path }, done: false };
    };
    return { [Symbol.asyncIterator]: () => ({ next: async () => next() }) };
  }
}
