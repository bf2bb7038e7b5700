/** One live backend: how many runs of it there may be at a time, and what becomes of the others when one hangs. */
import type { BackendInstance, Outcome } from "../plugin.js";
import { LaneStats } from "./stats.js";

/** A backend as the scheduler sees it. */
export interface Lane<Task> {
  readonly id: string;
  readonly instance: BackendInstance<Task, Outcome>;
  readonly stats: LaneStats;
  /** A lane behind it does all that it does: what it passes on is not told. */
  readonly isShortcut?: boolean;
  /** It has not returned from a chunk, and gets no more until it does. */
  readonly isHung: boolean;
  /** Why it gets no more for good: it has found out in the middle of its work that it will never succeed here. */
  readonly off: string | undefined;
  switchOff(reason: string): void;
  /** Resolves when the `run`s before this one leave room for it; to false if the lane hangs, or is off. */
  enter(): Promise<boolean>;
  /** `afterAll`: the run had been given up, and has returned after all. */
  leave(afterAll?: boolean): void;
  /** The lane hangs in a run: those who wait need not wait for it. */
  giveUp(): void;
}

/** A lane lets `concurrency` runs in at a time; the others wait in line. */
export function laneOf<Task>(id: string, instance: BackendInstance<Task, Outcome>, isShortcut: boolean): Lane<Task> {
  let free = instance.concurrency ?? 1;
  let hanging = 0;
  let off: string | undefined;
  const waiting: ((entered: boolean) => void)[] = [];
  return {
    id,
    instance,
    isShortcut,
    stats: new LaneStats(),
    get isHung() {
      return hanging > 0;
    },
    get off() {
      return off;
    },
    switchOff(reason) {
      off ??= reason;
    },
    enter() {
      if (hanging > 0 || off !== undefined) return Promise.resolve(false);
      if (free > 0) {
        free--;
        return Promise.resolve(true);
      }
      return new Promise((resolve) => {
        waiting.push(resolve);
      });
    },
    leave(afterAll = false) {
      if (afterAll) hanging--;
      const next = waiting.shift();
      if (next) next(true);
      else free++;
    },
    giveUp() {
      hanging++;
      for (const next of waiting.splice(0)) next(false);
    },
  };
}
