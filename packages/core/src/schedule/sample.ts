/** One sample of a call, and what the lanes that were asked had to say of it. */
import type { Attempt } from "../errors.js";
import type { NativeOutcome } from "../runtime/task-packing.js";
import type { Lane } from "./lane.js";

/** One sample on its way. */
export interface Sample<Task> {
  readonly place: number;
  readonly codec: string;
  /** As planned. */
  task: Task;
  /** What it is thought to cost, in whatever unit the speeds are measured in. */
  readonly work: number;
  /** For the statistics. */
  readonly pixels: number;
  readonly attempts: Attempt[];
  /** Shortcuts that have passed it on: tried as well, but not told of. */
  readonly passed: string[];
  /** The task as the lane that has it got it: as planned, or plainer. */
  offered: Task;
  /** Set when the sample has settled well. */
  outcome?: NativeOutcome;
}

export function sampleOf<Task>(place: number, codec: string, task: Task, work = 1, pixels = work): Sample<Task> {
  return { place, codec, task, work, pixels, attempts: [], passed: [], offered: task };
}

/** Has the lane failed the sample, or refused it? */
export function hasTried<Task>({ attempts, passed }: Sample<Task>, { id }: Lane<Task>): boolean {
  return attempts.some(({ backend }) => backend === id) || passed.includes(id);
}

/** Writes down what a lane had to say. */
export function tell<Task>(
  { attempts, passed }: Sample<Task>,
  lane: Lane<Task>,
  { status, message }: NativeOutcome,
): void {
  const backend = lane.id;
  if (lane.isShortcut && status.endsWith("_UNSUPPORTED")) passed.push(backend);
  else attempts.push(message === undefined ? { backend, status } : { backend, status, message });
}
