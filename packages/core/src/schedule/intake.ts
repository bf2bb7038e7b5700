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
  /** Has an item been asked for that has not come yet? */
  #isAsked = false;
  /** One that has come to nobody. */
  #unclaimed: IteratorYieldResult<T> | undefined;
  /** Looks at what has come, or at the end. */
  #receive: (() => void) | undefined;
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
  draw(most: number, isEnough: (item: T) => boolean, starving: () => Promise<unknown>): Promise<T[]> {
    return this.#sync
      ? Promise.resolve(this.#pullAll(this.#sync, most, isEnough))
      : this.#receiveAll(most, isEnough, starving);
  }

  #pullAll(iterator: Iterator<T>, most: number, isEnough: (item: T) => boolean): T[] {
    const group: T[] = [];
    while (group.length < most && !this.#ended) {
      const came = this.#pull(iterator);
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

  /** One promise an item besides the iterator's own: small pictures come by the ten thousand a second. */
  #receiveAll(most: number, isEnough: (item: T) => boolean, starving: () => Promise<unknown>): Promise<T[]> {
    return new Promise((resolve) => {
      const group: T[] = [];
      const give = () => {
        if (this.#receive === receive) this.#receive = undefined;
        resolve(group);
      };
      const receive = () => {
        const came = this.#unclaimed;
        this.#unclaimed = undefined;
        if (came) group.push(came.value);
        if (this.#ended || group.length >= most || (came && isEnough(came.value))) return give();
        if (group.length === 1) void starving().then(give);
        this.#ask();
      };
      this.#receive = receive;
      if (this.#unclaimed || this.#ended) receive();
      else this.#ask();
    });
  }

  #ask(): void {
    if (this.#isAsked) return;
    this.#isAsked = true;
    try {
      Promise.resolve(this.#async!.next()).then(this.#onCome, this.#onBroken);
    } catch (error) {
      this.#onBroken(error);
    }
  }

  readonly #onCome = (came: IteratorResult<T>): void => {
    this.#isAsked = false;
    if (typeof came !== "object" || came === null) {
      this.#onBroken(new TypeError(`an iterator's result is an object, got ${String(came)}`));
      return;
    }
    if (came.done) this.#ended = true;
    else this.#unclaimed = came;
    this.#receive?.();
  };

  readonly #onBroken = (error: unknown): void => {
    this.#isAsked = false;
    this.#failure ??= { error };
    this.#ended = true;
    this.#receive?.();
  };

  /** Tells the iterable that nothing more is wanted. One that is asked for its next item hears of it when that has come. */
  async stop(): Promise<void> {
    if (this.#ended) return;
    this.#ended = true;
    try {
      const returned = (this.#sync ?? this.#async!).return?.();
      if (this.#isAsked) Promise.resolve(returned).catch(() => undefined);
      else await returned;
    } catch (error) {
      this.#failure ??= { error };
    }
  }
}
