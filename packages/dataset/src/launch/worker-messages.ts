/** What the launching process and its workers say to each other. */
import type { QueueOrders } from "./bullmq-queue.js";
import type { Failure } from "./errors.js";
import type { TaskOutcome } from "./shard-task.js";

export interface WorkerOrders {
  /** URL of the storage. */
  readonly output: string;
  /** Modules that register codecs, as URLs. */
  readonly imports: readonly string[];
  /** Where tasks come from. Without it they come as messages. */
  readonly queue?: QueueOrders;
}

export type ToWorker =
  | { readonly type: "start"; readonly orders: WorkerOrders }
  | { readonly type: "task"; readonly index: number }
  | { readonly type: "stop" };

export type FromWorker =
  | { readonly type: "ready" }
  | { readonly type: "progress"; readonly images: number; readonly sourceBytes: number }
  | { readonly type: "outcome"; readonly outcome: TaskOutcome }
  /** An attempt has failed; `isFinal`: another would fail as well. */
  | { readonly type: "error"; readonly index: number; readonly failure: Failure; readonly isFinal: boolean }
  /** No task can succeed: the storage is full, read-only, forbidden; the run cannot be opened. */
  | { readonly type: "fatal"; readonly failure: Failure; readonly isStorage: boolean };
