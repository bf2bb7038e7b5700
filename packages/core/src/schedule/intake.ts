/** Drawing from an iterable, sync or async: in groups, without ever waiting for a source that is slow to come. */
import { expected } from "../params/options.js";

export type Sources<T> = Iterable<T> | AsyncIterable<T>;

/** @throws TypeError for what is not iterable; a string is one path, not many letters */
export function checkSources(sources: unknown, name: string): void {
  if (
    typeof sources !== "object" ||
    sources === null ||
    !(Symbol.iterator in sources || Symbol.asyncIterator in sources)
  ) {
    throw expected(name, "an iterable or async iterable", sources);
  }
}

export class Intake<T> {
  readonly #sync: Iterator<T> | undefined;
  readonly #async: AsyncIterator<T> | undefined;
  /** Asked for, and not come yet. */
  #next: Promise<IteratorResult<T>> | undefined;
  #ended = false;
  #failure: { readonly error: unknown } | undefined;

  constructor(sources: Sources<T>) {
    if (Symbol.iterator in sources) this.#sync = sources[Symbol.iterator]();
    else this.#async = sources[Symbol.asyncIterator]();
  }

  /** Will nothing more come? */
  get hasEnded(): boolean {
    return this.#ended;
  }

  /** What the iterable has thrown, after which nothing more comes. */
  get failure(): { readonly error: unknown } | undefined {
    return this.#failure;
  }

  /** Nothing more is wanted, because of an error that is not the iterable's. Tells it so. */
  fail(error: unknown): void {
    this.#failure = { error };
    void this.stop();
  }

  /**
   * Draws up to `most` items, fewer if `isEnough` says so after one. If the next one does not come, those that have are
   * given out once `starving` resolves. Empty only at the end.
   */
  async draw(most: number, isEnough: (item: T) => boolean, starving: () => Promise<unknown>): Promise<T[]> {
    const group: T[] = [];
    while (group.length < most && !this.#ended) {
      const came = this.#sync ? this.#pull(this.#sync) : await this.#come(group.length > 0 ? starving : undefined);
      if (!came) break;
      group.push(came.value);
      if (isEnough(came.value)) break;
    }
    return group;
  }

  #pull(iterator: Iterator<T>): IteratorYieldResult<T> | undefined {
    try {
      const { done, value } = iterator.next();
      if (!done) return { value };
    } catch (error) {
      this.#failure = { error };
    }
    this.#ended = true;
    return undefined;
  }

  /** The next item, or `undefined` at the end, or if those who starve are not to wait for it. */
  async #come(starving: (() => Promise<unknown>) | undefined): Promise<IteratorYieldResult<T> | undefined> {
    try {
      this.#next ??= Promise.resolve(this.#async!.next());
      this.#next.catch(() => undefined); // it may come to nobody
      const came = await (starving ? Promise.race([this.#next, starving().then(() => undefined)]) : this.#next);
      if (!came) return undefined;
      this.#next = undefined;
      if (!came.done) return came;
    } catch (error) {
      this.#next = undefined;
      this.#failure ??= { error };
    }
    this.#ended = true;
    return undefined;
  }

  /** Tells the iterable that nothing more is wanted. One that is asked for its next item hears of it when that has come. */
  async stop(): Promise<void> {
    if (this.#ended) return;
    this.#ended = true;
    try {
      const returned = (this.#sync ?? this.#async!).return?.();
      if (this.#next) Promise.resolve(returned).catch(() => undefined);
      else await returned;
    } catch (error) {
      this.#failure ??= { error };
    }
  }
}
