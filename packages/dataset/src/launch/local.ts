/** The default launcher: this process, or some worker processes of it. Nothing to install. */
import { setTimeout as sleep } from "node:timers/promises";
import { StorageError } from "../storage/storage.js";
import { type Failure, failureOf, isFinal } from "./errors.js";
import type { Launcher, Work } from "./launcher.js";
import { progressMeter } from "./progress-meter.js";
import { failedOutcome } from "./shard-task.js";
import { type PoolWorker, WorkerPool } from "./worker-pool.js";

export interface LocalLauncherOptions {
  /** Worker processes, which share the cores. Default 0: this process, on all cores. */
  readonly workers?: number;
  /** How often a task is tried before it is given up; a worker that dies at it is an attempt. Default 3. */
  readonly attempts?: number;
  /** Milliseconds before the second attempt, twice that before the third, and so on. Default 1000. */
  readonly backoffMs?: number;
}

export function localLauncher({ workers = 0, attempts = 3, backoffMs = 1000 }: LocalLauncherOptions = {}): Launcher {
  const policy = { attempts, backoffMs };
  return {
    name: "local",
    isShared: false,
    launch: (work) => (workers === 0 ? inProcess(work, policy) : inWorkers(work, workers, policy)),
  };
}

interface RetryPolicy {
  readonly attempts: number;
  readonly backoffMs: number;
}

async function inProcess(work: Work, { attempts, backoffMs }: RetryPolicy): Promise<void> {
  const meter = progressMeter(work.onProgress);
  for (const task of work.pending) {
    for (let tried = 1; ; tried++) {
      work.signal.throwIfAborted();
      try {
        const outcome = await work.runTask(task, work.signal, meter.add);
        meter.flush();
        work.onOutcome(outcome);
        break;
      } catch (error) {
        work.signal.throwIfAborted();
        if (error instanceof StorageError && error.isFatal) throw error;
        if (isFinal(error) || tried >= attempts) {
          work.onOutcome(failedOutcome(task, failureOf(error)));
          break;
        }
        await sleep(backoffMs * 2 ** (tried - 1), undefined, { signal: work.signal });
      }
    }
  }
}

/** One task at a time to each worker: tasks take seconds, a message microseconds. */
function inWorkers(work: Work, count: number, { attempts, backoffMs }: RetryPolicy): Promise<void> {
  return new Promise((resolve, reject) => {
    const pending = work.pending.values();
    const again: number[] = [];
    const tried = new Map<number, number>();
    const busy = new Map<PoolWorker, number>();
    const idle = new Set<PoolWorker>();
    let open = work.pending.length;

    const pool = new WorkerPool(
      Math.min(count, Math.max(1, work.pending.length)),
      { output: work.storage.url, imports: work.imports },
      {
        onReady: hand,
        onMessage(worker, message) {
          if (message.type === "progress") {
            work.onProgress(message.images, message.sourceBytes);
            return;
          }
          busy.delete(worker);
          hand(worker);
          if (message.type === "outcome") settle(message.outcome);
          else if (message.isFinal) settle(failedOutcome(message.index, message.failure));
          else retry(message.index, message.failure);
        },
        onDeath(worker, how) {
          idle.delete(worker);
          const task = busy.get(worker);
          busy.delete(worker);
          work.onWarning(`worker ${worker.pid} died (${how})${task === undefined ? "" : ` at task ${task}`}`);
          if (task !== undefined)
            retry(task, { code: "ERR_POLYCODEC_FAILED", message: `a worker process died at it (${how})` });
        },
        onFatal: end,
      },
    );
    const abort = () => end(work.signal.reason);
    work.signal.addEventListener("abort", abort);
    if (work.signal.aborted) abort();
    else if (open === 0) end();

    function hand(worker: PoolWorker): void {
      const task = again.pop() ?? pending.next().value;
      if (task === undefined) {
        idle.add(worker);
        return;
      }
      idle.delete(worker);
      busy.set(worker, task);
      worker.send({ type: "task", index: task });
    }

    function retry(task: number, error: Failure): void {
      const times = (tried.get(task) ?? 0) + 1;
      tried.set(task, times);
      if (times >= attempts) {
        settle(failedOutcome(task, error));
        return;
      }
      setTimeout(
        () => {
          again.push(task);
          const [worker] = idle;
          if (worker) hand(worker);
        },
        backoffMs * 2 ** (times - 1),
      );
    }

    function settle(outcome: Parameters<Work["onOutcome"]>[0]): void {
      work.onOutcome(outcome);
      if (--open === 0) end();
    }

    let ended = false;
    function end(error?: unknown): void {
      if (ended) return;
      ended = true;
      work.signal.removeEventListener("abort", abort);
      void pool.stop().then(() => (error === undefined ? resolve() : reject(error)));
    }
  });
}
