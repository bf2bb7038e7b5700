/** Worker processes: as many as were asked for, and another for each that dies. */
import { type ChildProcess, fork } from "node:child_process";
import { availableParallelism } from "node:os";
import { fileURLToPath } from "node:url";
import { PolycodecError } from "@polycodec/core";
import { StorageError } from "../storage/storage.js";
import type { FromWorker, ToWorker, WorkerOrders } from "./worker-messages.js";

const MAIN = fileURLToPath(new URL("./worker-process.js", import.meta.url));
/** A worker that has been told to stop and does not is killed after so long. */
const STOP_MS = 10_000;

export interface PoolEvents {
  onReady?(worker: PoolWorker): void;
  onMessage(worker: PoolWorker, message: Exclude<FromWorker, { type: "ready" | "fatal" }>): void;
  /** It died by itself; another one is on its way. */
  onDeath(worker: PoolWorker, how: string): void;
  /** The pool cannot go on. */
  onFatal(error: Error): void;
}

export interface PoolWorker {
  readonly pid: number;
  send(message: ToWorker): void;
}

export class WorkerPool {
  readonly #children = new Map<ChildProcess, Promise<void>>();
  #stopping = false;

  constructor(
    count: number,
    private readonly orders: WorkerOrders,
    private readonly events: PoolEvents,
  ) {
    for (let i = 0; i < count; i++) this.#start(count);
  }

  #start(count: number): void {
    // The cores are shared out, or N workers would run N threads a core.
    const threads = process.env.POLYCODEC_THREADS ?? String(Math.max(1, Math.floor(availableParallelism() / count)));
    const child = fork(MAIN, { execArgv: [], env: { ...process.env, POLYCODEC_THREADS: threads } });
    const worker: PoolWorker = {
      pid: child.pid ?? 0,
      send: (message) => child.connected && child.send(message, () => {}), // One that is gone is told of by its exit.
    };
    let isReady = false;
    let isFatal = false;
    child.on("message", (message: FromWorker) => {
      if (message.type === "ready") {
        isReady = true;
        this.events.onReady?.(worker);
      } else if (message.type === "fatal") {
        isFatal = true;
        this.events.onFatal(errorOf(message));
      } else this.events.onMessage(worker, message);
    });
    const exited = new Promise<void>((resolve) => {
      child.once("exit", (code, signal) => {
        resolve();
        this.#children.delete(child);
        if (this.#stopping || isFatal) return;
        const how = signal ?? `exit status ${code}`;
        // Another would end as this one did.
        if (!isReady && signal !== "SIGKILL") this.events.onFatal(new Error(`a worker process did not start: ${how}`));
        else {
          this.events.onDeath(worker, how);
          this.#start(count);
        }
      });
      child.once("error", (error) => this.events.onFatal(error));
    });
    this.#children.set(child, exited);
    worker.send({ type: "start", orders: this.orders });
  }

  /** Resolves when all are gone. What they were doing is put back. */
  async stop(): Promise<void> {
    this.#stopping = true;
    await Promise.all(
      [...this.#children].map(async ([child, exited]) => {
        if (child.connected) child.send({ type: "stop" } satisfies ToWorker, () => {});
        const timer = setTimeout(() => child.kill("SIGKILL"), STOP_MS);
        await exited;
        clearTimeout(timer);
      }),
    );
  }
}

function errorOf({ failure, isStorage }: Extract<FromWorker, { type: "fatal" }>): Error {
  if (isStorage) return new StorageError(failure.message, true);
  return new PolycodecError("ERR_POLYCODEC_FAILED", failure.message);
}
