/**
 * Device groups on a virtual clock, driven by the scheduler that drives the real ones: Settlement decides who gets what
 * and when; here it only takes as long as the groups' speeds say. Work is in milliseconds of a group of speed 1.
 */

import { seededRandom } from "@polycodec/core/testing";
import type { LoadHintPolicy } from "#core/enums.js";
import type { NativeOutcome } from "#core/runtime/task-packing.js";
import type { Lane } from "#core/schedule/lane.js";
import type { Group } from "#core/schedule/lanes.js";
import { sampleOf } from "#core/schedule/sample.js";
import { type Demands, type Handout, Settlement } from "#core/schedule/settlement.js";
import { Speed } from "#core/schedule/speed.js";
import { GroupStats, LaneStats } from "#core/schedule/stats.js";

/** A device group as it shall behave. May be changed between batches. */
export interface Device {
  /** Work done in a millisecond. */
  speed: number;
  readonly policy?: LoadHintPolicy;
  readonly hint?: number;
  readonly miniBatch?: number;
  /** What every call costs before its first sample. */
  readonly startUpMs?: number;
  /** Part of the samples that it fails, with a verdict on their bytes. */
  failureRate?: number;
  /** Fails whatever it gets, each call after `startUpMs`. */
  isDead?: boolean;
  /** Which samples it accepts. Default all. */
  accepts?(place: number): boolean;
}

/** One call of a device, as it went. */
export interface Call {
  readonly start: number;
  readonly end: number;
  /** Samples. */
  readonly count: number;
}

export interface BatchReport {
  /** Part of the devices' time, from the first hand-out to the last outcome, in which they did nothing. */
  readonly idle: number;
  readonly makespanMs: number;
  /** Makespan by the time that the work as it turned out takes at the sum of the speeds. */
  readonly ratio: number;
  /** Calls by device. */
  readonly calls: readonly (readonly Call[])[];
  /** Samples that ended well, by device. */
  readonly samples: readonly number[];
  /** Samples that ended without an outcome. */
  readonly failed: number;
}

const plain: Demands<number> = { relax: () => undefined, renew: (place) => place };
const SUCCESS: NativeOutcome = { status: "SUCCESS" };
const CORRUPTED: NativeOutcome = { status: "IMAGE_CORRUPTED" };
const FAIL: NativeOutcome = { status: "FAIL", message: "the device is gone" };

interface Event {
  readonly at: number;
  readonly start: number;
  readonly device: number;
  readonly handout: Handout<number>;
}

/** What a Decoder is to real devices: speeds that have been learnt stay from batch to batch. */
export class Simulator {
  readonly #devices: readonly Device[];
  readonly #groups: readonly Group<number>[];
  readonly #random: () => number;
  readonly #noise: number;
  #now = 0;

  /** `noise`: how much a sample's time differs from what its work says, relative, one sigma. */
  constructor(devices: readonly Device[], { seed = 1, noise = 0.1 } = {}) {
    this.#devices = devices;
    this.#random = seededRandom(seed);
    this.#noise = noise;
    this.#groups = devices.map((device, i) => ({
      device: `device:${i}`,
      slots: 1,
      lanes: [laneOf(i, device)],
      stats: new GroupStats(),
      share: {
        policy: device.policy ?? "ADAPTIVE_MINIMIZE_IDLE_TIME",
        loadHint: device.hint ?? 0.5,
        miniBatch: device.miniBatch ?? 1,
        speed: new Speed(),
      },
    }));
  }

  /** Runs a batch. `works`: what each sample is thought to cost; `onTake` looks on whenever the groups have been offered work. */
  batch(works: ArrayLike<number>, onTake?: (busy: readonly number[], waiting: readonly number[]) => void): BatchReport {
    const devices = this.#devices;
    const costs = Float64Array.from(works, (work) => work * Math.max(0.1, 1 + this.#noise * normal(this.#random)));
    let settled = 0;
    const settlement = new Settlement<number>(
      () => this.#groups,
      plain,
      false,
      () => {
        settled++;
      },
    );
    const first = this.#now;
    const freeAt = devices.map(() => first);
    const busy = devices.map(() => 0);
    const calls: Call[][] = devices.map(() => []);
    const samples = devices.map(() => 0);
    const events: Event[] = [];
    const waiting = new Set<number>();

    const handOut = (): void => {
      for (const handout of settlement.take(this.#now)) {
        const device = this.#groups.indexOf(handout.group);
        const { speed, startUpMs = 0, isDead } = devices[device]!;
        const start = Math.max(this.#now, freeAt[device]!);
        let ms = startUpMs;
        if (!isDead)
          for (const chunk of handout.chunks) for (const sample of chunk.samples) ms += costs[sample.task]! / speed;
        freeAt[device] = start + ms;
        busy[device]! += ms;
        const places = onTake ? handout.chunks.flatMap((chunk) => chunk.samples.map(({ task }) => task)) : [];
        for (const place of places) waiting.delete(place);
        calls[device]!.push({ start: start - first, end: start + ms - first, count: handout.entries.length });
        events.push({ at: start + ms, start, device, handout });
      }
      onTake?.(
        events.map(({ device }) => device),
        [...waiting],
      );
    };

    const batch = Array.from(works, (work, place) => sampleOf(place, "simulated", place, work));
    if (onTake) for (const { place } of batch) waiting.add(place);
    settlement.add(batch);
    handOut();
    while (events.length > 0) {
      let next = 0;
      for (let i = 1; i < events.length; i++) if (events[i]!.at < events[next]!.at) next = i;
      const [{ at, start, device, handout }] = events.splice(next, 1) as [Event];
      this.#now = at;
      const { isDead, failureRate = 0 } = devices[device]!;
      const outcomes: NativeOutcome[][] = [];
      for (const chunk of handout.chunks) {
        const share = new Array<NativeOutcome>(chunk.samples.length).fill(isDead ? FAIL : SUCCESS);
        if (failureRate > 0)
          share.forEach((outcome, i) => {
            if (outcome === SUCCESS && this.#random() < failureRate) share[i] = CORRUPTED;
          });
        outcomes.push(share);
        share.forEach((outcome, i) => {
          if (outcome === SUCCESS) samples[device]!++;
          else if (onTake) waiting.add(chunk.samples[i]!.task);
        });
      }
      settlement.done(handout, outcomes, at - start, at);
      handOut();
    }
    if (settled !== batch.length)
      throw new Error(
        `${batch.length - settled} of ${batch.length} samples have not settled, and no device is at work`,
      );

    const makespanMs = this.#now - first;
    const cost = costs.reduce((sum, ms) => sum + ms, 0);
    const ideal = cost / devices.reduce((sum, { speed, isDead }) => sum + (isDead ? 0 : speed), 0);
    const alive = devices.flatMap(({ isDead }, i) => (isDead ? [] : [busy[i]!]));
    const idle = 1 - alive.reduce((sum, ms) => sum + ms, 0) / (makespanMs * alive.length);
    return {
      idle,
      makespanMs,
      ratio: makespanMs / ideal,
      calls,
      samples,
      failed: batch.filter(({ outcome }) => !outcome).length,
    };
  }
}

function laneOf(i: number, { accepts }: Device): Lane<number> {
  return {
    id: `lane-${i}`,
    stats: new LaneStats(),
    isHung: false,
    off: undefined,
    switchOff: () => undefined,
    instance: {
      accepts: (place) => (accepts && !accepts(place) ? "ENCODING_UNSUPPORTED" : "SUCCESS"),
      run: () => Promise.reject(new Error("runs on the virtual clock only")),
    },
    enter: () => Promise.resolve(true),
    leave: () => undefined,
    giveUp: () => undefined,
  };
}

/** `count` samples of log-normal size. */
export function worksOf(count: number, seed: number, { medianMs = 2, sigma = 0.5 } = {}): Float64Array {
  const random = seededRandom(seed);
  return Float64Array.from({ length: count }, () => medianMs * Math.exp(sigma * normal(random)));
}

/** Normally distributed, of mean 0 and variance 1 (Box-Muller). */
export function normal(random: () => number): number {
  return Math.sqrt(-2 * Math.log(1 - random())) * Math.cos(2 * Math.PI * random());
}

export function mean(values: readonly number[]): number {
  return values.reduce((sum, value) => sum + value, 0) / values.length;
}
