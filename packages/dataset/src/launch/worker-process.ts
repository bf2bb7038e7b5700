/** A worker process: does the tasks it is sent, or takes them from a queue, until its parent says stop or is gone. */
import { registry } from "@polycodec/core";
import { openStorage } from "../storage/open-storage.js";
import { readJson, type Storage, StorageError } from "../storage/storage.js";
import { failureOf, isFinal } from "./errors.js";
import { type OpenRun, openRun } from "./open-run.js";
import { progressMeter } from "./progress-meter.js";
import { RUN_RECORD, type RunRecord } from "./run-record.js";
import type { FromWorker, ToWorker, WorkerOrders } from "./worker-messages.js";

const stop = new AbortController();
// Whoever wants the result is gone; what was begun is an interrupted attempt like any other.
process.on("disconnect", () => process.exit(1));
// Ctrl-C reaches all processes of a terminal; the parent decides what it means.
process.on("SIGINT", () => {});
process.on("message", (message: ToWorker) => {
  if (message.type === "start") void start(message.orders);
  if (message.type === "stop") stop.abort();
});

function tell(message: FromWorker, told?: () => void): void {
  if (process.connected) process.send!(message, undefined, undefined, () => told?.());
}

async function start(orders: WorkerOrders): Promise<void> {
  try {
    for (const url of orders.imports) await import(url);
    if (registry.decoders.length === 0)
      throw new Error("no codec is registered: name the module that does, in `imports`");
    const storage = await openStorage(orders.output);
    const record = await readJson<RunRecord>(storage, RUN_RECORD);
    if (!record) throw new Error(`${orders.output}: ${RUN_RECORD} is missing`);
    const run = openRun(storage, record);
    if (orders.queue) await takeFromQueue(orders, run);
    else await takeMessages(run);
    await end(storage, run);
  } catch (error) {
    fatal(error, () => process.exit(1));
  }
}

/** Returns when an attempt that was stopped has cleaned up after itself. */
async function takeMessages(run: OpenRun): Promise<void> {
  let attempts = Promise.resolve();
  process.on("message", (message: ToWorker) => {
    if (message.type === "task" && !stop.signal.aborted) attempts = attempts.then(() => attempt(run, message.index));
  });
  tell({ type: "ready" });
  if (!stop.signal.aborted) await new Promise((resolve) => stop.signal.addEventListener("abort", resolve));
  await attempts;
}

async function attempt(run: OpenRun, index: number): Promise<void> {
  const meter = progressMeter((images, sourceBytes) => tell({ type: "progress", images, sourceBytes }));
  try {
    tell({ type: "outcome", outcome: await run.runTask(index, stop.signal, meter.add) });
  } catch (error) {
    if (stop.signal.aborted) return; // Nobody wants to know.
    if (error instanceof StorageError && error.isFatal) fatal(error);
    else tell({ type: "error", index, failure: failureOf(error), isFinal: isFinal(error) });
  } finally {
    meter.flush();
  }
}

async function takeFromQueue({ queue }: WorkerOrders, run: OpenRun): Promise<void> {
  const { consumeQueue } = await import("./bullmq-worker.js");
  tell({ type: "ready" });
  await consumeQueue(queue!, run, stop.signal);
}

function fatal(error: unknown, told?: () => void): void {
  tell({ type: "fatal", failure: failureOf(error), isStorage: error instanceof StorageError }, told);
}

async function end(storage: Storage, run: OpenRun): Promise<void> {
  run.close();
  await storage.close();
  process.exit(0);
}
