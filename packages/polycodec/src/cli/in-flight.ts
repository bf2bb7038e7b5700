/** Work that goes on in the background, a bounded number of pieces at a time. */
export class InFlight {
  readonly #running = new Set<Promise<void>>();
  #error: unknown;

  constructor(private readonly limit: number) {}

  /** Starts a piece of work, once there is room for it. Throws what an earlier one has thrown. */
  async add(start: () => Promise<void>): Promise<void> {
    while (this.#running.size >= this.limit) await Promise.race(this.#running);
    if (this.#error !== undefined) throw this.#error;
    const work = start()
      .catch((error: unknown) => {
        this.#error ??= error ?? new Error("failed without a reason");
      })
      .finally(() => this.#running.delete(work));
    this.#running.add(work);
  }

  /** Waits for all of it, whatever becomes of it, then throws the first error. */
  async finish(): Promise<void> {
    await this.settle();
    if (this.#error !== undefined) throw this.#error;
  }

  /** Waits for all of it; for cleaning up on the way out. */
  async settle(): Promise<void> {
    while (this.#running.size > 0) await Promise.all(this.#running);
  }
}
