/** What the items of a stream hold, and how many more its window has room for. */

/** A piece holds at most this part of the window, so that there are several to run side by side. */
const PART_OF_WINDOW = 1 / 4;

export class Holdings {
  readonly #windowItems: number;
  readonly #windowBytes: number;
  /** Everything that is drawn and has not been given back by the consumer. */
  #items = 0;
  /** Of what is running or has run. */
  #bytes = 0;
  /** Of what is planned and not yet running. */
  #plannedBytes = 0;
  /** Of the item drawn last, where items hold bytes when they are drawn: the next one is taken to be like it. */
  #lastWeight = 0;

  constructor(windowItems: number, windowBytes: number) {
    this.#windowItems = windowItems;
    this.#windowBytes = windowBytes;
  }

  /** How many items may be drawn now. */
  get room(): number {
    const isFull = this.#lastWeight > 0 && this.#items > 0 && this.isFullAfter(0, this.#lastWeight);
    return isFull ? 0 : this.#windowItems - this.#items;
  }

  /** Would one item more of `weight` bytes be too much, after so many drawn bytes that are not planned yet? */
  isFullAfter(drawnBytes: number, weight: number): boolean {
    this.#lastWeight = weight;
    return this.#bytes + this.#plannedBytes + drawnBytes + weight > this.#windowBytes;
  }

  /** How many of the planned entries may run next, together; a single one that is too large runs alone. */
  roomFor(planned: readonly { readonly bytes: number }[], most: number): number {
    let count = 0;
    let bytes = 0;
    for (const entry of planned) {
      const isAlone = this.#bytes === 0 && count === 0;
      if (count === most || (!isAlone && this.#bytes + bytes + entry.bytes > this.#windowBytes)) break;
      if (count > 0 && bytes + entry.bytes > this.#windowBytes * PART_OF_WINDOW) break;
      bytes += entry.bytes;
      count++;
    }
    return count;
  }

  draw(items: number): void {
    this.#items += items;
  }

  plan(bytes: number): void {
    this.#plannedBytes += bytes;
  }

  /** What was planned is running. */
  start(bytes: number): void {
    this.#plannedBytes -= bytes;
    this.#bytes += bytes;
  }

  /** What is running, or has run, holds another number of bytes than was thought. */
  change(before: number, after: number): void {
    this.#bytes += after - before;
  }

  /** The consumer is done with an item. */
  giveBack(bytes: number): void {
    this.#items--;
    this.#bytes -= bytes;
  }
}
