/** Takes tasks from the queue, one at a time, until the signal is aborted. */
import { hostname } from "node:os";
import { type Job, UnrecoverableError, WaitingError, Worker } from "bullmq";
import { StorageError } from "../storage/storage.js";
import { connectionTo, type JobData, letGoOfWorker, type QueueOrders, RETRY_MAX_MS } from "./bullmq-queue.js";
import { failureOf, isFinal } from "./errors.js";
import type { OpenRun } from "./open-run.js";
import { progressMeter } from "./progress-meter.js";
import type { TaskOutcome } from "./shard-task.js";

/** As a job's progress: dashboards show it, and the launcher adds it up. */
export interface JobProgress {
  readonly images: number;
  readonly sourceBytes: number;
  /** Percent of the task's images: where bull-board looks. */
  readonly progress: number;
}

/** Rejects with a fatal StorageError; the task that met it is back in the queue. */
export async function consumeQueue(
  orders: QueueOrders,
  run: Pick<OpenRun, "runTask" | "taskAt">,
  signal: AbortSignal,
): Promise<void> {
  const { queue, redis, prefix, lockMs, attempts, rate } = orders;
  let end: (error?: unknown) => void = () => {};
  const ended = new Promise<void>((resolve, reject) => {
    end = (error) => (error === undefined ? resolve() : reject(error));
  });

  async function process(job: Job<JobData, TaskOutcome>, token?: string): Promise<TaskOutcome> {
    const done = { images: 0, sourceBytes: 0 };
    let total = 0;
    const meter = progressMeter((images, sourceBytes) => {
      done.images += images;
      done.sourceBytes += sourceBytes;
      const progress: JobProgress = { ...done, progress: Math.round((100 * done.images) / total) };
      job.updateProgress({ ...progress }).catch(() => {}); // The outcome will tell.
    });
    try {
      total = (await run.taskAt(job.data.task)).files.length;
      return await run.runTask(job.data.task, signal, meter.add);
    } catch (error) {
      const isFatal = error instanceof StorageError && error.isFatal;
      if (isFatal || signal.aborted) {
        // Not this task's fault: it costs no attempt.
        if (isFatal) end(error);
        await job.moveToWait(token);
        throw new WaitingError();
      }
      const { code, message } = failureOf(error);
      const told = `${code}: ${message}`;
      throw isFinal(error) ? new UnrecoverableError(told) : new Error(told, { cause: error });
    }
  }

  const worker = new Worker<JobData, TaskOutcome>(queue, process, {
    connection: connectionTo(redis, signal),
    prefix,
    name: `${hostname()}-${globalThis.process.pid}`,
    lockDuration: lockMs,
    stalledInterval: Math.ceil(lockMs / 2),
    runRetryDelay: RETRY_MAX_MS, // A process ends no earlier than this wait of a worker without its Redis; 15 s by default.
    // A task that kills its worker has failed like one that throws.
    maxStalledCount: attempts - 1,
    ...(rate && { limiter: { ...rate } }),
  });
  worker.on("error", () => {}); // The connection comes back, or the launcher says that it does not.
  const abort = () => end();
  signal.addEventListener("abort", abort);
  if (signal.aborted) abort();
  try {
    await ended;
  } finally {
    signal.removeEventListener("abort", abort);
    await letGoOfWorker(worker);
  }
}
