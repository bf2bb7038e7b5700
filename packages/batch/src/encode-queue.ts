/** One stream of encodes for many batches: its pieces are as large as there is work, however small the batches are. */
import type { EncodeItem, EncodeOptions, Encoder, Image } from "@polycodec/core";

interface Waiting {
  readonly item: EncodeItem;
  readonly resolve: () => void;
  readonly reject: (reason: unknown) => void;
}

export class EncodeQueue {
  readonly #encoder: Encoder;
  readonly #options: EncodeOptions;
  readonly #waiting: Waiting[] = [];
  #wake = () => {};
  #isEnding = false;
  #running: Promise<void> | undefined;

  constructor(encoder: Encoder, options: EncodeOptions) {
    this.#encoder = encoder;
    this.#options = options;
  }

  /** Encodes into a file. Resolves when it is whole. */
  encode(image: Image, path: string): Promise<void> {
    const written = new Promise<void>((resolve, reject) => {
      this.#waiting.push({ item: { image, path }, resolve, reject });
    });
    this.#running ??= this.#run();
    this.#wake();
    return written;
  }

  /** Waits for what is under way. Later encodes begin anew. */
  async end(): Promise<void> {
    this.#isEnding = true;
    this.#wake();
    await this.#running;
    this.#isEnding = false;
  }

  async #run(): Promise<void> {
    const drawn = new Map<number, Waiting>();
    try {
      const items = this.#items(drawn);
      for await (const { index, result } of this.#encoder.encodeStream(items, { ...this.#options, ordered: false })) {
        const waiting = drawn.get(index)!;
        drawn.delete(index);
        if (result.status === "fulfilled") waiting.resolve();
        else waiting.reject(result.reason);
      }
    } catch (error) {
      // An image that was released, an option that makes no sense, an abort: what is under way hears of it.
      for (const { reject } of [...drawn.values(), ...this.#waiting.splice(0)]) reject(error);
    } finally {
      this.#running = undefined;
    }
  }

  async *#items(drawn: Map<number, Waiting>): AsyncGenerator<EncodeItem, void, void> {
    for (let index = 0; ; ) {
      const next = this.#waiting.shift();
      if (next) {
        drawn.set(index++, next);
        yield next.item;
      } else if (this.#isEnding) return;
      else
        await new Promise<void>((resolve) => {
          this.#wake = resolve;
        });
    }
  }
}
