/** What stream.ts asks of decoding, encoding and transcoding: how their items are planned, run and given out. */

/** One item on its way. */
export interface Entry<Item, State, Result> {
  readonly index: number;
  readonly item: Item;
  readonly state: State;
  /** Bytes that it will hold, or holds. */
  bytes: number;
  result: Result | undefined;
}

/** What a stream does with its items. */
export interface Work<Item, State, Result, Out> {
  /** Aborted by the user or a deadline, with the reason. */
  readonly signal: AbortSignal;
  /** Looks at an item. What it throws is the caller's error: the stream ends with it, after the results before. */
  open(item: Item, index: number): State;
  /** Bytes that an item holds already when it is drawn. */
  weigh?(item: Item): number;
  /** Sets what each entry will hold, or its result if there is nothing to run. Never rejects. */
  plan(entries: readonly Entry<Item, State, Result>[]): Promise<void>;
  /** Runs entries, and settles each once: with its result, and the bytes that this holds. Never rejects. */
  run(
    entries: readonly Entry<Item, State, Result>[],
    settle: (entry: Entry<Item, State, Result>, result: Result, bytes: number) => void,
  ): Promise<void>;
  /** What the consumer gets. */
  give(entry: Entry<Item, State, Result>): Out;
  /** Lets go of an entry that the consumer will not get. */
  discard(entry: Entry<Item, State, Result>): void;
  /** Stops what runs and drops what is queued. */
  cancel(): void;
  /** Nothing runs any more, or nothing is waited for. */
  end(): void;
}

export interface StreamSettings {
  /** Give results out in the order of the items, or as they finish? */
  readonly ordered: boolean;
  readonly windowItems: number;
  readonly windowBytes: number;
}
