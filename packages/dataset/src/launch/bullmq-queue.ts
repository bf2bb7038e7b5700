/** The queue of a run: its name, its connection, what a job says. Shared by those who fill it and those who empty it. */

import { setTimeout as sleep } from "node:timers/promises";
import { PolycodecError } from "@polycodec/core";
import { Redis } from "ioredis";

/** What a process needs to know to take tasks from a queue. */
export interface QueueOrders {
  readonly redis: string;
  readonly queue: string;
  readonly prefix: string;
  /** Milliseconds after which a worker that has not renewed its lock on a task is taken for dead. */
  readonly lockMs: number;
  readonly attempts: number;
  /** At most so many tasks in so many milliseconds, all workers together. */
  readonly rate?: { readonly max: number; readonly duration: number };
}

/** What dashboards show, and all that Redis has to hold: the list of images is in the storage. */
export interface JobData {
  readonly output: string;
  readonly run: string;
  readonly task: number;
}

export const JOB_NAME = "shard";

export function jobId(task: number): string {
  return `task-${task}`; // BullMQ keeps plain numbers for itself.
}

/** Longest wait before a Redis that is away is tried again. */
export const RETRY_MAX_MS = 1000;

/** A Redis that is restarted is waited for, until `stop`; commands under way are sent again. */
export function connectionTo(url: string, stop: AbortSignal) {
  return {
    url,
    maxRetriesPerRequest: null,
    retryStrategy: (times: number) => (stop.aborted ? null : Math.min(times * 50, RETRY_MAX_MS)),
  };
}

/** @throws PolycodecError if there is no Redis at the URL, within a few seconds */
export async function requireRedis(url: string): Promise<void> {
  const redis = new Redis(url, { lazyConnect: true, connectTimeout: 5000, retryStrategy: () => null });
  let reason: unknown;
  redis.on("error", (error) => {
    reason = error;
  });
  try {
    await redis.connect();
    await redis.ping();
  } catch (error) {
    const cause = reason ?? error;
    throw new PolycodecError("ERR_POLYCODEC_IO", `${withoutPassword(url)}: no Redis answers: ${messageOf(cause)}`, {
      cause,
    });
  } finally {
    redis.disconnect();
  }
}

/** A Redis that is away does not hear a farewell. */
const CLOSE_MS = 3000;

/** Closes in an orderly way, or, when that takes too long, at once. */
export async function letGo(connection: { close(): Promise<void>; disconnect(): Promise<void> }): Promise<void> {
  if (!(await endsInTime(connection.close()))) connection.disconnect().catch(() => {});
}

/**
 * The same of a worker. Its `close` waits for the end of a connection that, when it is about to try again, tells of none;
 * and until then its timer keeps the process alive. So the waiting is `pause`'s, and `close` is told not to wait.
 */
export async function letGoOfWorker(worker: {
  pause(): Promise<void>;
  close(force: boolean): Promise<void>;
}): Promise<void> {
  await endsInTime(worker.pause());
  await worker.close(true);
}

function endsInTime(work: Promise<void>): Promise<boolean> {
  const ended = work.then(
    () => true,
    () => true,
  );
  return Promise.race([ended, sleep(CLOSE_MS, false, { ref: false })]);
}

function messageOf(error: unknown): string {
  const { message, code } = error as NodeJS.ErrnoException;
  return message || code || String(error);
}

export function withoutPassword(url: string): string {
  return url.replace(/(:\/\/[^:@/]*):[^@/]*@/, "$1:…@");
}
