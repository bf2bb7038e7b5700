/** The progress line of `polycodec shard`: pictures and bytes a second, and what is left, on a terminal's standard error. */
import { formatTime } from "./table.js";

const INTERVAL_MS = 100;
/** The speed that is shown is that of the last so many milliseconds: workers start late, folders differ. */
const SPEED_MS = 10_000;

export class ShardProgress {
  #total = 0;
  #tasks = 0;
  #settled = 0;
  #images = 0;
  #bytes = 0;
  #shownAt = 0;
  readonly #marks: { at: number; images: number; bytes: number }[] = [];

  constructor(private readonly stream: NodeJS.WriteStream = process.stderr) {}

  /** Of a run that goes on, what is left is taken to be as large as the rest. */
  begin(images: number, tasks: number, pending: number): void {
    this.#total = Math.round((images * pending) / Math.max(1, tasks));
    this.#tasks = pending;
    this.#marks.push({ at: performance.now(), images: 0, bytes: 0 });
  }

  advance(images: number, bytes: number): void {
    this.#images += images;
    this.#bytes += bytes;
    this.#show();
  }

  settle(): void {
    this.#settled++;
    this.#show();
  }

  /** A message in a line of its own. */
  say(message: string): void {
    this.clear();
    this.stream.write(`${message}\n`);
  }

  clear(): void {
    if (this.stream.isTTY) this.stream.write("\r\x1b[K");
  }

  #show(): void {
    const now = performance.now();
    if (!this.stream.isTTY || now - this.#shownAt < INTERVAL_MS) return;
    this.#shownAt = now;
    this.#marks.push({ at: now, images: this.#images, bytes: this.#bytes });
    while (this.#marks.length > 2 && this.#marks[1]!.at < now - SPEED_MS) this.#marks.shift();
    this.stream.write(`\r\x1b[K${this.line(now).slice(0, (this.stream.columns || 80) - 1)}`);
  }

  /** What is shown at a time of `performance.now()`. */
  line(now: number): string {
    const since = this.#marks[0] ?? { at: now, images: 0, bytes: 0 };
    const seconds = Math.max(1e-3, (now - since.at) / 1000);
    const speed = (this.#images - since.images) / seconds;
    const left = speed > 0 ? formatTime(Math.max(0, this.#total - this.#images) / speed) : "?";
    return (
      `${this.#settled}/${this.#tasks} shards  ${this.#images}/${this.#total} pictures  ${speed.toFixed(0)}/s  ` +
      `${((this.#bytes - since.bytes) / 1e6 / seconds).toFixed(1)} MB/s  ${left} left`
    );
  }
}
