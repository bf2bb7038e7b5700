/**
 * What decodeStream, encodeStream and transcodeStream have in common: items are drawn and planned in groups, run in
 * pieces while there is room for what they will hold, and given out in order or as they finish. What is running, what is
 * finished and what the consumer has in hand together stay within the window; a single larger item goes alone.
 */
import { availableParallelism } from "node:os";
import { type Tracing, traced } from "./diagnostics.js";
import { Holdings } from "./holdings.js";
import { Intake, type Sources } from "./intake.js";
import type { Entry, StreamSettings, Work } from "./stream-work.js";

/** Items that are planned together, and at most so many that are run together: enough that each costs next to nothing. */
const GROUP = 32;
/** So many items may be running: two groups, and more where there are many cores. */
const RUNNING = Math.max(2 * GROUP, 4 * availableParallelism());
/** A backend that does not look at its signal is not waited for longer than this. */
const WIND_DOWN_MS = 2000;

interface Waiter<T> {
  resolve(result: T): void;
  reject(reason: unknown): void;
}

/** The results of a stream. Nothing happens before the first `next`; `return` may be called at any time. */
export class Stream<Item, State, Result, Out> implements AsyncIterableIterator<Out> {
  readonly #sources: Sources<Item>;
  readonly #tracing: Tracing;
  readonly #begin: () => Work<Item, State, Result, Out>;
  readonly #settings: StreamSettings;
  readonly #groupItems: number;
  #work: Work<Item, State, Result, Out> | undefined;
  #intake: Intake<Item> | undefined;
  #nextIndex = 0;
  #isFilling = false;
  /** Planned and not yet running, in order. */
  readonly #planned: Entry<Item, State, Result>[] = [];
  /** To be given out, in order; or, unordered, those that have finished. */
  readonly #queue: Entry<Item, State, Result>[] = [];
  readonly #runs = new Set<Promise<void>>();
  #running = 0;
  readonly #held: Holdings;
  /** What the consumer has in hand. */
  #given: Entry<Item, State, Result> | undefined;
  readonly #waiting: Waiter<IteratorResult<Out, undefined>>[] = [];
  /** Told when nothing is running. */
  #idle = () => {};
  #isOver = false;
  #onEnd: Waiter<void> | undefined;
  #stopped: Promise<void> | undefined;
  #failure: { readonly error: unknown } | undefined;

  constructor(
    sources: Sources<Item>,
    settings: StreamSettings,
    tracing: Tracing,
    begin: () => Work<Item, State, Result, Out>,
  ) {
    this.#sources = sources;
    this.#settings = settings;
    this.#tracing = tracing;
    this.#begin = begin;
    this.#held = new Holdings(settings.windowItems, settings.windowBytes);
    this.#groupItems = Math.max(1, Math.min(GROUP, Math.floor(settings.windowItems / 2)));
  }

  [Symbol.asyncIterator](): this {
    return this;
  }

  next(): Promise<IteratorResult<Out, undefined>> {
    if (!this.#work && !this.#isOver) this.#start();
    this.#takeBack();
    if (this.#isOver) return this.#ending();
    const entry = this.#waiting.length === 0 ? this.#finished() : undefined;
    if (entry) {
      this.#pump();
      return Promise.resolve({ value: this.#give(entry), done: false });
    }
    return new Promise((resolve, reject) => {
      this.#waiting.push({ resolve, reject });
      this.#pump();
    });
  }

  /** Cancels what is not done and lets go of what is. Resolves when nothing runs any more. */
  async return(): Promise<IteratorResult<Out, undefined>> {
    this.#stop();
    this.#failure = undefined;
    await this.#stopped;
    return { value: undefined, done: true };
  }

  async throw(error: unknown): Promise<IteratorResult<Out, undefined>> {
    await this.return();
    throw error;
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.return();
  }

  #start(): void {
    traced(
      this.#tracing,
      undefined,
      () =>
        new Promise<void>((resolve, reject) => {
          this.#onEnd = { resolve, reject };
        }),
    ).catch(() => undefined);
    try {
      this.#intake = new Intake(this.#sources);
      this.#work = this.#begin();
      this.#work.signal.addEventListener("abort", this.#onAbort, { once: true });
    } catch (error) {
      this.#stop({ error });
    }
  }

  readonly #onAbort = (): void => {
    this.#stop({ error: this.#work!.signal.reason });
  };

  /** The consumer is done with what it was given. */
  #takeBack(): void {
    if (!this.#given) return;
    this.#held.giveBack(this.#given.bytes);
    this.#given = undefined;
  }

  /** The next entry that can be given out. */
  #finished(): Entry<Item, State, Result> | undefined {
    return this.#queue[0]?.result === undefined ? undefined : this.#queue.shift();
  }

  #give(entry: Entry<Item, State, Result>): Out {
    this.#takeBack();
    this.#given = entry;
    return this.#work!.give(entry);
  }

  /** Gives out what can be, runs what there is room for, and sees to it that there is more. */
  #pump(): void {
    if (this.#isOver) return;
    while (this.#waiting.length > 0) {
      const entry = this.#finished();
      if (!entry) break;
      this.#waiting.shift()!.resolve({ value: this.#give(entry), done: false });
    }
    while (this.#planned.length > 0 && this.#running <= RUNNING - GROUP) {
      const count = this.#held.roomFor(this.#planned, GROUP);
      if (count === 0) break;
      this.#run(this.#planned.splice(0, count));
    }
    if (this.#isFilling) return;
    if (!this.#intake!.hasEnded) {
      const { room } = this.#held;
      // Few at a time would be many calls; but somebody who has nothing to do takes what there is room for.
      if (this.#planned.length < this.#groupItems && room > 0 && (room >= this.#groupItems || this.#running === 0))
        void this.#fill(Math.min(room, this.#groupItems));
    } else if (this.#planned.length === 0 && this.#queue.length === 0 && this.#running === 0) {
      this.#stop(this.#intake!.failure);
    }
  }

  #run(piece: readonly Entry<Item, State, Result>[]): void {
    this.#running += piece.length;
    for (const { bytes } of piece) this.#held.start(bytes);
    const run = this.#work!.run(piece, this.#settle).then(() => {
      this.#runs.delete(run);
      this.#pump();
    });
    this.#runs.add(run);
  }

  readonly #settle = (entry: Entry<Item, State, Result>, result: Result, bytes: number): void => {
    entry.result = result;
    this.#held.change(entry.bytes, bytes);
    entry.bytes = bytes;
    if (--this.#running === 0) this.#idle();
    if (this.#isOver) this.#work!.discard(entry);
    else {
      if (!this.#settings.ordered) this.#queue.push(entry);
      this.#pump();
    }
  };

  /** Draws and plans a group. */
  async #fill(most: number): Promise<void> {
    this.#isFilling = true;
    const intake = this.#intake!;
    const work = this.#work!;
    let drawnBytes = 0;
    const isEnough = (item: Item) => {
      if (!work.weigh) return false;
      const weight = work.weigh(item);
      drawnBytes += weight;
      return this.#held.isFullAfter(drawnBytes, weight);
    };
    const items = await intake.draw(most, isEnough, this.#starving);
    const entries: Entry<Item, State, Result>[] = [];
    if (!this.#isOver) {
      for (const item of items) {
        try {
          const index = this.#nextIndex++;
          entries.push({
            index,
            item,
            state: work.open(item, index),
            bytes: work.weigh?.(item) ?? 0,
            result: undefined,
          });
        } catch (error) {
          intake.fail(error);
          break;
        }
      }
      this.#held.draw(entries.length);
      await work.plan(entries);
    }
    this.#isFilling = false;
    for (const entry of entries) {
      if (this.#isOver) work.discard(entry);
      else {
        this.#held.plan(entry.bytes);
        if (entry.result === undefined) this.#planned.push(entry);
        else this.#held.start(entry.bytes);
        if (this.#settings.ordered || entry.result !== undefined) this.#queue.push(entry);
      }
    }
    this.#pump();
  }

  /** Resolves when nothing is running, and the sources have had a turn of the event loop to come. */
  readonly #starving = (): Promise<void> =>
    new Promise((resolve) => {
      if (this.#running > 0) this.#idle = resolve;
      else setImmediate(resolve);
    });

  #stop(failure?: { readonly error: unknown }): void {
    if (this.#isOver) return;
    this.#isOver = true;
    this.#failure = failure;
    const isDone =
      this.#running === 0 && this.#planned.length === 0 && this.#queue.length === 0 && this.#intake?.hasEnded !== false;
    this.#stopped = this.#windDown(!isDone);
    if (failure) this.#onEnd?.reject(failure.error);
    else this.#onEnd?.resolve();
    for (const waiter of this.#waiting.splice(0)) this.#ending().then(waiter.resolve, waiter.reject);
  }

  async #windDown(isEarly: boolean): Promise<void> {
    const work = this.#work;
    if (!work) return this.#intake?.stop(); // it has not begun
    work.signal.removeEventListener("abort", this.#onAbort);
    for (const entry of this.#planned.splice(0)) work.discard(entry);
    for (const entry of this.#queue.splice(0)) if (entry.result !== undefined) work.discard(entry);
    if (isEarly) work.cancel();
    this.#idle();
    const stopped = this.#intake!.stop();
    if (this.#runs.size > 0) await atMost(WIND_DOWN_MS, Promise.all(this.#runs));
    await stopped;
    work.end();
  }

  /** What `next` says once the stream is over: its error, once, and then that it is over. */
  async #ending(): Promise<IteratorResult<Out, undefined>> {
    const failure = this.#failure;
    this.#failure = undefined;
    await this.#stopped;
    if (failure) throw failure.error;
    return { value: undefined, done: true };
  }
}

async function atMost(ms: number, work: Promise<unknown>): Promise<void> {
  let timer: NodeJS.Timeout | undefined;
  const late = new Promise((resolve) => {
    timer = setTimeout(resolve, ms);
  });
  await Promise.race([work, late]);
  clearTimeout(timer);
}
