/** Counters of the scheduler: what `decoder.stats()` and `encoder.stats()` tell. */
import type { NativeOutcome } from "../runtime/task-packing.js";

export interface LaneReport {
  readonly backend: string;
  /** Samples that succeeded on this lane, and their pixels. */
  readonly samples: number;
  readonly pixels: number;
  /** Samples that it failed, and that went on to another lane or ended. */
  readonly failures: number;
  /** Milliseconds that its samples took, summed over threads. */
  readonly busyMs: number;
  /** Samples handed to it and not yet done. */
  readonly queued: number;
  /** Has it not returned from a chunk? Then it gets no more. */
  readonly isHung?: boolean;
}

export interface DeviceReport {
  readonly codec: string;
  /** `cpu`, `gpu:0`, `gpu:0.jpeg`. */
  readonly device: string;
  /** Samples it works on at a time. */
  readonly slots: number;
  /** Milliseconds summed over slots: at work, and without while the batch went on. */
  readonly busyMs: number;
  readonly idleMs: number;
  readonly policy: string;
  readonly loadHint: number;
  /** The part of a batch that it would do if all devices finish together, by the speeds measured so far. */
  readonly measuredShare: number | undefined;
  readonly lanes: readonly LaneReport[];
}

export interface SchedulerStats {
  readonly devices: readonly DeviceReport[];
}

/** What the counters look at in a sample. */
interface Counted {
  readonly pixels: number;
}

export class LaneStats {
  #samples = 0;
  #pixels = 0;
  #failures = 0;
  #busyMs = 0;
  queued = 0;

  count(samples: readonly Counted[], outcomes: readonly NativeOutcome[]): void {
    samples.forEach(({ pixels }, i) => {
      const outcome = outcomes[i];
      if (outcome?.status === "SUCCESS") {
        this.#samples++;
        this.#pixels += pixels;
      } else this.#failures++;
      if (outcome?.startNs !== undefined && outcome.endNs !== undefined)
        this.#busyMs += (outcome.endNs - outcome.startNs) / 1e6;
    });
  }

  report(backend: string): LaneReport {
    return {
      backend,
      samples: this.#samples,
      pixels: this.#pixels,
      failures: this.#failures,
      busyMs: this.#busyMs,
      queued: this.queued,
    };
  }
}

export class GroupStats {
  idleMs = 0;
  busyMs = 0;

  add(idleMs: number, busyMs: number): void {
    this.idleMs += idleMs;
    this.busyMs += busyMs;
  }
}
