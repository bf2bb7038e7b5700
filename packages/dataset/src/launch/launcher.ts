/** The contract of a launcher: who runs which task where. */
import type { Storage } from "../storage/storage.js";
import type { RunRecord, Task } from "./run-record.js";
import type { TaskOutcome } from "./shard-task.js";

/**
 * Sees to it that every task is run. Running one twice does no harm: what makes its effect happen once is the storage
 * (`commit.ts`), not the launcher.
 */
export interface Launcher {
  /** For messages: `local`, `bullmq`. */
  readonly name: string;
  /** May others be at work in the same output? Then a run that is there already is joined, and needs no `resume`. */
  readonly isShared: boolean;
  /**
   * Resolves when every task of `work.pending` has an outcome. Rejects with a fatal StorageError, and with the signal's
   * reason; then nothing of it runs in this process or its children any more.
   */
  launch(work: Work): Promise<void>;
}

/** A run that is opened: what a launcher works with. */
export interface Work {
  readonly storage: Storage;
  readonly record: RunRecord;
  /** A short name, the same on every machine. */
  readonly run: string;
  /** Tasks that are not committed, ascending. */
  readonly pending: readonly number[];
  readonly signal: AbortSignal;
  /** Modules that worker processes import first, as URLs: they register codecs. */
  readonly imports: readonly string[];
  taskAt(index: number): Promise<Task>;
  /** One attempt in this process. Throws what a further attempt may mend, and a DatasetError for what it cannot. */
  runTask(index: number, signal: AbortSignal, onProgress?: OnProgress): Promise<TaskOutcome>;
  /** Called once for every task that this launcher has dealt with. */
  onOutcome(outcome: TaskOutcome): void;
  /** More images and bytes are done, ahead of their task's outcome. */
  readonly onProgress: OnProgress;
  /** Something that users may want to know: a worker that died, a connection that is lost. */
  onWarning(message: string): void;
}

export type OnProgress = (images: number, sourceBytes: number) => void;
