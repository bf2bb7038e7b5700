/** Whether a lane takes a sample, if need be as a plainer task. */
import type { NativeOutcome } from "../runtime/task-packing.js";
import { isAboutTheRequest } from "../status.js";
import type { Lane } from "./lane.js";
import { type Sample, tell } from "./sample.js";

/** Each step takes one demand away, and there are five kinds of demand. */
const MAX_RELAXATIONS = 6;

/**
 * The task as the lane accepts it, as it is or relaxed; `undefined` and an attempt if it does not. `"later"`: it might, if
 * the picture may be shrunk by core.
 */
export function accepted<Task>(
  lane: Lane<Task>,
  sample: Sample<Task>,
  relax: (task: Task, refused: NativeOutcome["status"]) => Task | undefined,
  mayShrink: boolean,
): Task | undefined | "later" {
  let task = sample.task;
  let first: NativeOutcome["status"] | undefined;
  for (let step = 0; step <= MAX_RELAXATIONS; step++) {
    let status: NativeOutcome["status"];
    try {
      status = lane.instance.accepts(task);
    } catch (error) {
      sample.attempts.push({
        backend: lane.id,
        status: "FAIL",
        message: `accepts: ${error instanceof Error ? error.message : String(error)}`,
      });
      return undefined;
    }
    if (status === "SUCCESS") return task;
    first ??= status;
    if (status === "SCALE_UNSUPPORTED") {
      if (lane.isShortcut) break; // the lane behind it scales
      if (!mayShrink) return "later";
    }
    const plainer = isAboutTheRequest(status) ? relax(task, status) : undefined;
    if (!plainer) break;
    task = plainer;
  }
  tell(sample, lane, { status: first! });
  return undefined;
}
