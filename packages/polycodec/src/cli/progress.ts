/** A progress bar on standard error, when that is a terminal; nothing at all when it is not. */
import { formatTime, shorten } from "./table.js";

const BAR_WIDTH = 24;
/** More often than this nobody can read. */
const INTERVAL_MS = 80;

export class Progress {
  #done = 0;
  #failed = 0;
  #shownAt = 0;
  readonly #start = performance.now();
  readonly #enabled: boolean;

  constructor(
    private readonly total: number,
    private readonly verb: string,
    private readonly stream: NodeJS.WriteStream = process.stderr,
  ) {
    this.#enabled = stream.isTTY === true && total > 1;
  }

  /** One more is done. */
  advance(name: string, ok = true): void {
    this.#done++;
    if (!ok) this.#failed++;
    const now = performance.now();
    if (!this.#enabled || (now - this.#shownAt < INTERVAL_MS && this.#done < this.total)) return;
    this.#shownAt = now;
    const line = this.#line((now - this.#start) / 1000);
    // A terminal that does not know its width says 0.
    const room = (this.stream.columns || 80) - 1 - line.length;
    this.stream.write(`\r\x1b[K${line}${room > 8 ? shorten(name, room) : ""}`);
  }

  /** Removes the bar, so that what is printed next stands in a clean line. Safe to call again. */
  clear(): void {
    if (this.#enabled) this.stream.write("\r\x1b[K");
  }

  #line(seconds: number): string {
    const filled = Math.round((this.#done / this.total) * BAR_WIDTH);
    const bar = "█".repeat(filled) + "░".repeat(BAR_WIDTH - filled);
    const left = (seconds / this.#done) * (this.total - this.#done);
    const failed = this.#failed > 0 ? `, ${this.#failed} failed` : "";
    const speed = `${(this.#done / seconds).toFixed(0)}/s`;
    return `${this.verb} ${bar} ${this.#done}/${this.total}${failed}  ${speed}  ${formatTime(left)} left  `;
  }
}
