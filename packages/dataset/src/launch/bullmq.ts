/**
 * Tasks over BullMQ, for many machines: each runs the same command, and takes tasks from one queue in Redis. Retries with
 * back-off, recovery of what dead workers held, progress, rate limits and pausing are BullMQ's, and its dashboards work.
 *
 * The queue decides who does what when, and nothing else. When it is empty, the commit records in the storage say what is
 * done; what they do not name is put into the queue again. So a Redis that forgets costs time and loses nothing.
 *
 * Needs `bullmq` and `ioredis`; `@polycodec/dataset/bullmq`.
 */
import { setTimeout as sleep } from "node:timers/promises";
import { Queue, QueueEvents } from "bullmq";
import {
  connectionTo,
  JOB_NAME,
  type JobData,
  jobId,
  letGo,
  type QueueOrders,
  requireRedis,
  withoutPassword,
} from "./bullmq-queue.js";
import { consumeQueue, type JobProgress } from "./bullmq-worker.js";
import { committedTasks, readCommit } from "./commit.js";
import type { Launcher, Work } from "./launcher.js";
import { failedOutcome, outcomeOf, type TaskOutcome } from "./shard-task.js";
import { WorkerPool } from "./worker-pool.js";

export interface BullmqLauncherOptions {
  /** `redis://user:password@host:6379/0`; `rediss://` for TLS. */
  readonly redis: string;
  /** Worker processes on this machine. Default 0: this process works itself. */
  readonly workers?: number;
  /** How often a task is tried before it is given up. Default 5. */
  readonly attempts?: number;
  /** Milliseconds before the second attempt; doubled for each further one. Default 1000. */
  readonly backoffMs?: number;
  /** Milliseconds after which a worker that has not renewed its lock is taken for dead. Default 30,000. */
  readonly lockMs?: number;
  /** At most so many tasks a second, all machines together. Default: no limit. */
  readonly tasksPerSecond?: number;
  /** Name of the queue. Default: `polycodec-` and the run's id, so that runs do not meet. */
  readonly queue?: string;
  /** Of BullMQ's keys in Redis. Default `bull`, where dashboards look. */
  readonly prefix?: string;
  /** Milliseconds between looks at the queue. Default 1000. */
  readonly pollMs?: number;
}

const BULK = 1000;
/** Dashboards show some that are done; a million would fill Redis. */
const KEEP_COMPLETED = 1000;

export function bullmqLauncher(options: BullmqLauncherOptions): Launcher {
  return {
    name: "bullmq",
    isShared: true,
    async launch(work) {
      await requireRedis(options.redis);
      await new BullmqLaunch(options, work).run();
    },
  };
}

class BullmqLaunch {
  readonly #orders: QueueOrders;
  readonly #queue: Queue<JobData, TaskOutcome>;
  readonly #events: QueueEvents;
  /** Tasks without an outcome. */
  readonly #open: Set<number>;
  readonly #progress = new Map<number, Omit<JobProgress, "progress">>();
  #fatal: unknown;
  /** Resolves when they have stopped. */
  #workers: Promise<void> = Promise.resolve();
  readonly #stop = new AbortController();

  constructor(
    private readonly options: BullmqLauncherOptions,
    private readonly work: Work,
  ) {
    const { redis, attempts = 5, lockMs = 30_000, tasksPerSecond, prefix = "bull" } = options;
    const queue = options.queue ?? `polycodec-${work.run}`;
    this.#orders = {
      ...{ redis, queue, prefix, lockMs, attempts },
      // Whole numbers: one task in so many milliseconds, or so many in a second.
      ...(tasksPerSecond !== undefined && {
        rate:
          tasksPerSecond < 1
            ? { max: 1, duration: Math.round(1000 / tasksPerSecond) }
            : { max: Math.round(tasksPerSecond), duration: 1000 },
      }),
    };
    const connection = connectionTo(redis, this.#stop.signal);
    this.#queue = new Queue(queue, { connection, prefix });
    this.#events = new QueueEvents(queue, { connection, prefix });
    this.#open = new Set(work.pending);
  }

  async run(): Promise<void> {
    const { work } = this;
    let warned = false;
    this.#queue.on("error", (error) => {
      if (!warned)
        work.onWarning(`${withoutPassword(this.#orders.redis)}: connection lost (${error.message}); waiting for it`);
      warned = true;
    });
    this.#events.on("error", () => {});
    const aborted = new Promise<never>((_, reject) => {
      work.signal.addEventListener("abort", () => reject(work.signal.reason), { once: true });
    });
    try {
      // A Redis that is away answers nothing, and an abort does not wait for it.
      await Promise.race([this.#work(), aborted]);
    } finally {
      this.#stop.abort();
      await this.#workers;
      await Promise.all([letGo(this.#queue), letGo(this.#events)]);
    }
  }

  async #work(): Promise<void> {
    await this.#events.waitUntilReady();
    this.#listen();
    // What was given up in an earlier run gets another chance.
    await this.#queue.clean(0, 0, "failed");
    await this.#enqueue(this.work.pending);
    this.work.signal.throwIfAborted();
    this.#workers = this.#startWorkers();
    await this.#settleAll();
    // Jobs that failed stay, for people to look at.
    await this.#queue.clean(0, 0, "completed");
    await this.#queue.trimEvents(0);
  }

  async #enqueue(tasks: Iterable<number>): Promise<void> {
    const { work, options } = this;
    const opts = {
      attempts: this.#orders.attempts,
      backoff: { type: "exponential", delay: options.backoffMs ?? 1000 },
      removeOnComplete: { count: KEEP_COMPLETED },
      stackTraceLimit: 1,
    };
    let jobs: { name: string; data: JobData; opts: typeof opts & { jobId: string } }[] = [];
    for (const task of tasks) {
      const data: JobData = { output: work.storage.url, run: work.run, task };
      // A job of this id that is there already stays as it is: every machine may add all tasks.
      jobs.push({ name: JOB_NAME, data, opts: { ...opts, jobId: jobId(task) } });
      if (jobs.length < BULK) continue;
      await this.#queue.addBulk(jobs);
      work.signal.throwIfAborted();
      jobs = [];
    }
    if (jobs.length > 0) await this.#queue.addBulk(jobs);
  }

  /** Resolves when they have stopped. */
  async #startWorkers(): Promise<void> {
    const { work } = this;
    const count = this.options.workers ?? 0;
    if (count === 0) {
      await consumeQueue(this.#orders, work, this.#stop.signal).catch((error) => this.#end(error));
      return;
    }
    const pool = new WorkerPool(
      count,
      { output: work.storage.url, imports: work.imports, queue: this.#orders },
      {
        onMessage() {}, // All that they have to say comes through the queue.
        onDeath: (worker, how) => work.onWarning(`worker ${worker.pid} died (${how})`),
        onFatal: (error) => this.#end(error),
      },
    );
    await new Promise((resolve) => this.#stop.signal.addEventListener("abort", resolve));
    await pool.stop();
  }

  #end(error: unknown): void {
    this.#fatal ??= error;
  }

  /** Outcomes and progress as the queue tells them, of all machines. What is missed here shows in the end. */
  #listen(): void {
    const taskOf = (id: string) => Number(id.slice(jobId(0).length - 1));
    this.#events.on("completed", ({ jobId: id, returnvalue }) => {
      this.#settle(taskOf(id), returnvalue as unknown as TaskOutcome);
    });
    this.#events.on("progress", ({ jobId: id, data }) => this.#advance(taskOf(id), data as unknown as JobProgress));
  }

  /** A task that is tried again begins at zero; what has been told stays told. */
  #advance(task: number, now: Omit<JobProgress, "progress">): void {
    const before = this.#progress.get(task) ?? { images: 0, sourceBytes: 0 };
    if (now.images <= before.images) return;
    this.#progress.set(task, now);
    this.work.onProgress(now.images - before.images, now.sourceBytes - before.sourceBytes);
  }

  #settle(task: number, outcome: TaskOutcome): void {
    if (!this.#open.delete(task)) return;
    if (outcome.state !== "failed")
      this.#advance(task, { images: outcome.images + outcome.skipped, sourceBytes: outcome.sourceBytes });
    this.#progress.delete(task);
    this.work.onOutcome(outcome);
  }

  /** Until every task has an outcome: when the queue is empty, the storage is asked. */
  async #settleAll(): Promise<void> {
    const { work, options } = this;
    while (this.#open.size > 0) {
      await sleep(options.pollMs ?? 1000, undefined, { signal: work.signal }).catch(() => {});
      work.signal.throwIfAborted();
      if (this.#fatal !== undefined) throw this.#fatal;
      const counts = await this.#queue.getJobCounts("waiting", "active", "delayed", "prioritized");
      if (Object.values(counts).some((count) => count > 0)) continue;
      const done = await committedTasks(work.storage);
      const lost: number[] = [];
      for (const task of [...this.#open]) {
        const record = done.has(task) ? await readCommit(work.storage, task) : undefined;
        if (record) this.#settle(task, outcomeOf(record, "committed"));
        else if (!(await this.#settleFailed(task))) lost.push(task);
      }
      if (lost.length > 0) await this.#enqueue(lost);
    }
  }

  /** Has the queue given it up? If it knows nothing of it, or takes it for done, it has lost it. */
  async #settleFailed(task: number): Promise<boolean> {
    const job = await this.#queue.getJob(jobId(task));
    if (!job) return false;
    const state = await job.getState();
    if (state === "failed") {
      const [, code = "ERR_POLYCODEC_FAILED", message = job.failedReason] =
        /^(ERR_\w+): (.*)$/s.exec(job.failedReason) ?? [];
      this.#settle(task, failedOutcome(task, { code, message }));
      return true;
    }
    if (state === "completed") await job.remove();
    return state !== "completed" && state !== "unknown";
  }
}
