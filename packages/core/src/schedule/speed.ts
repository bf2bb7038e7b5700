/**
 * How fast a device group works, learnt from what it has done: ms = startUp + work / speed. One page fault or one
 * stalled chunk does not turn the shares over; two chunks in a row that are off in the same direction do.
 */

/** How much of what is known remains after another chunk of the usual size; smaller ones take less away. */
const FADING = 0.75;
/** The same for the start-up, which changes less, and can only be told from chunks of different sizes. */
const START_UP_FADING = 0.9;
/** A measurement counts as at most so many times more or less than expected. */
const OUTLIER = 4;
/** Two in a row so many times more, or less, than expected: the device has changed, and what was known is forgotten. */
const CHANGED = 2;
/** So many standard errors from zero, a start-up is not noise; so many from what was thought, that was wrong. */
const CERTAIN = 3;

const NOTHING = { count: 0, inverse: 0, work: 0, ms: 0, pace: 0, squares: 0 };

export class Speed {
  #chunks = 0;
  #work = 0;
  #ms = 0;
  /** Work of a chunk of the usual size: the largest, fading. */
  #usual = 0;
  /** Sums over chunks of 1, 1 / work, work, ms, ms / work, ms x ms / work: for a line fitted with weights 1 / work, as noise grows with work. */
  #fit = { ...NOTHING };
  #startUpMs = 0;
  /** How often in a row measurements were too long (positive) or too short (negative). */
  #strayed = 0;
  #hasFailed = false;

  /** Has anything been measured? */
  get isKnown(): boolean {
    return this.#work > 0;
  }

  /** Has the group failed its last chunk whole? */
  get hasFailed(): boolean {
    return this.#hasFailed;
  }

  /** A chunk of so much work took the device so long. */
  observe(work: number, ms: number): void {
    if (!(work > 0) || !(ms >= 0)) return;
    this.#hasFailed = false;
    const counted = this.#counted(work, Math.max(ms, 1e-6));
    this.#usual = Math.max(work, this.#usual * 0.95);
    const fading = FADING ** (work / this.#usual);
    this.#chunks = this.#chunks * fading + 1;
    this.#work = this.#work * fading + work;
    this.#ms = this.#ms * fading + counted;
    this.#fitStartUp(work, counted);
  }

  /** A chunk failed whole, and through no fault of its samples: what was known does not hold any more. */
  fail(): void {
    this.#hasFailed = true;
    this.#forget();
  }

  #counted(work: number, ms: number): number {
    if (!this.isKnown) return ms;
    const expected = this.msFor(work);
    const off = ms / expected;
    const direction = off > CHANGED ? 1 : off < 1 / CHANGED ? -1 : 0;
    this.#strayed = direction === 0 || direction * this.#strayed < 0 ? direction : this.#strayed + direction;
    if (Math.abs(this.#strayed) >= 2) {
      this.#forget();
      return ms;
    }
    return Math.min(Math.max(ms, expected / OUTLIER), expected * OUTLIER);
  }

  #forget(): void {
    this.#chunks = this.#work = this.#ms = this.#usual = this.#strayed = 0;
    this.#fit = { ...NOTHING };
  }

  #fitStartUp(work: number, ms: number): void {
    const fit = this.#fit;
    fit.count = fit.count * START_UP_FADING + 1;
    fit.inverse = fit.inverse * START_UP_FADING + 1 / work;
    fit.work = fit.work * START_UP_FADING + work;
    fit.ms = fit.ms * START_UP_FADING + ms;
    fit.pace = fit.pace * START_UP_FADING + ms / work;
    fit.squares = fit.squares * START_UP_FADING + (ms * ms) / work;
    const spread = fit.inverse * fit.work - fit.count * fit.count;
    // Chunks of nearly one size say nothing of the start-up, nor do two: what was found before remains.
    if (fit.count < 2.5 || spread < 0.01 * fit.count * fit.count) return;
    const startUp = (fit.pace * fit.work - fit.count * fit.ms) / spread;
    const slope = (fit.ms - startUp * fit.count) / fit.work;
    const residue = Math.max(0, fit.squares - startUp * fit.pace - slope * fit.ms) / (fit.count - 2);
    const uncertain = CERTAIN * Math.sqrt((residue * fit.work) / spread);
    if (startUp > uncertain || startUp + uncertain < this.#startUpMs) this.#startUpMs = Math.max(0, startUp);
  }

  /** Milliseconds that a chunk costs before its first sample; 0 until chunks of different sizes have been seen. */
  get startUpMs(): number {
    // Not more than leaves every chunk some time for its work.
    return this.isKnown ? Math.min(this.#startUpMs, (0.9 * this.#ms) / this.#chunks) : 0;
  }

  /** Work done in a millisecond, start-up aside. 0 while nothing is known. */
  get perMs(): number {
    return this.isKnown ? this.#work / (this.#ms - this.#chunks * this.startUpMs) : 0;
  }

  /** What a chunk of so much work will take; 0 while nothing is known. */
  msFor(work: number): number {
    return this.isKnown ? this.startUpMs + work / this.perMs : 0;
  }
}
