/** Runs tasks of a run in this process, each with the same decoder and encoder. */
import { Decoder, Encoder } from "@polycodec/core";
import type { Storage } from "../storage/storage.js";
import type { OnProgress } from "./launcher.js";
import { taskReader } from "./plan.js";
import { type RunRecord, runId, type Task } from "./run-record.js";
import { runTask, type TaskOutcome } from "./shard-task.js";

export interface OpenRun {
  readonly run: string;
  taskAt(index: number): Promise<Task>;
  runTask(index: number, signal: AbortSignal, onProgress?: OnProgress): Promise<TaskOutcome>;
  close(): void;
}

export function openRun(storage: Storage, record: RunRecord): OpenRun {
  const run = runId(record);
  const taskAt = taskReader(storage, record);
  const decoder = new Decoder();
  const encoder = new Encoder();
  return {
    run,
    taskAt,
    async runTask(index, signal, onProgress = () => {}) {
      const task = await taskAt(index);
      return runTask(task, { storage, run, config: record.config, decoder, encoder, signal, onProgress });
    },
    close() {
      decoder.close();
      encoder.close();
    },
  };
}
