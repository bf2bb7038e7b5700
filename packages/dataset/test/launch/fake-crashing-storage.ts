/** A storage whose process "dies" at a given step: from then on nothing that is asked of it happens. */
import { type Storage, StorageError, type StorageWriter } from "@polycodec/dataset";

/** What dead processes have open: kept, or the garbage collector would complain about it. */
const leftOpen: StorageWriter[] = [];

export class FakeCrashingStorage {
  steps = 0;
  crashed = false;

  /** Dies at `step`, before or after it has been done. */
  constructor(
    private readonly inner: Storage,
    private readonly step: number,
    private readonly when: "before" | "after",
  ) {}

  get storage(): Storage {
    const { inner } = this;
    return {
      url: inner.url,
      create: async (name, options) =>
        this.#writer(
          await this.#do(async () => {
            const writer = await inner.create(name, options);
            leftOpen.push(writer);
            return writer;
          }),
        ),
      read: (name) => this.#do(() => inner.read(name)),
      readStream: (name) => inner.readStream(name),
      list: (prefix) => inner.list(prefix),
      remove: (name) => this.#do(() => inner.remove(name)),
      sweep: (options) => this.#do(() => inner.sweep(options)),
      close: () => inner.close(),
    };
  }

  #writer(writer: StorageWriter): StorageWriter {
    return {
      write: (bytes) => this.#do(() => writer.write(bytes)),
      commit: () => this.#do(() => writer.commit()),
      // A dead process cleans nothing up.
      abort: async () => (this.crashed ? undefined : writer.abort()),
    };
  }

  async #do<T>(work: () => Promise<T>): Promise<T> {
    const isLast = this.steps++ === this.step;
    if (this.crashed || (isLast && this.when === "before")) return this.#crash();
    const result = await work();
    return isLast ? this.#crash() : result;
  }

  #crash(): never {
    this.crashed = true;
    throw new StorageError("crashed", true);
  }
}
