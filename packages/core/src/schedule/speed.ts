/**
 * How fast a device group works, learnt from what it has done: ms = startUp + work / speed. A line is fitted to the
 * last chunks (least squares, older ones fading), after cutting each measurement to within a factor of four of what
 * was expected, so that one page fault or one stalled chunk does not turn the shares over.
 */

/** How much an old chunk counts against the next one. */
const FADING = 0.75;
/** A measurement counts as at most so many times more or less than expected. */
const OUTLIER = 4;

export class Speed {
  #count = 0;
  #work = 0;
  #ms = 0;
  #workWork = 0;
  #workMs = 0;

  /** Has anything been measured? */
  get isKnown(): boolean {
    return this.#count > 0;
  }

  /** A chunk of so much work took the device so long. */
  observe(work: number, ms: number): void {
    if (!(work > 0) || !(ms >= 0)) return;
    const expected = this.isKnown ? this.msFor(work) : ms;
    const counted = Math.min(Math.max(ms, expected / OUTLIER, 1e-6), expected > 0 ? expected * OUTLIER : ms);
    this.#count = this.#count * FADING + 1;
    this.#work = this.#work * FADING + work;
    this.#ms = this.#ms * FADING + counted;
    this.#workWork = this.#workWork * FADING + work * work;
    this.#workMs = this.#workMs * FADING + work * counted;
  }

  /** Milliseconds that a chunk costs before its first sample; 0 until chunks of different sizes have been seen. */
  get startUpMs(): number {
    const [startUp] = this.#line();
    return startUp;
  }

  /** Work done in a millisecond, start-up aside. 0 while nothing is known. */
  get perMs(): number {
    const [, slope] = this.#line();
    return slope > 0 ? 1 / slope : 0;
  }

  /** What a chunk of so much work will take. */
  msFor(work: number): number {
    const [startUp, slope] = this.#line();
    return startUp + slope * work;
  }

  /** Start-up and milliseconds per unit of work; through the origin where the fit would make either negative. */
  #line(): [startUp: number, slope: number] {
    if (this.#count === 0) return [0, 0];
    const spread = this.#count * this.#workWork - this.#work * this.#work;
    // Chunks of nearly one size say nothing of the start-up.
    if (spread > 1e-3 * this.#work * this.#work) {
      const slope = (this.#count * this.#workMs - this.#work * this.#ms) / spread;
      const startUp = (this.#ms - slope * this.#work) / this.#count;
      if (slope > 0 && startUp > 0) return [startUp, slope];
    }
    return [0, this.#ms / this.#work];
  }
}
