/** Stages joined to a pipeline, run from source to end in bounded memory. */
import { DatasetError } from "./errors.js";
import { ahead, isIterable, iterate } from "./iteration.js";
import { ProgressBars } from "./progress-bars.js";
import type { Stage, StageContext, StageProgress } from "./stage.js";
import { childOf } from "./tasks.js";

/** A task that failed, with `ignoreFailures`. */
export interface TaskFailure {
  readonly stage: string;
  readonly taskId: string;
  /** DatasetError (ERR_DATASET_STAGE_FAILED); its cause is what the stage threw. */
  readonly reason: DatasetError;
}

export interface PipelineOptions {
  /** Draw a bar a stage on standard error, if that is a terminal? Default false. */
  readonly progress?: boolean;
  /** Called whenever a stage has taken a task or given a result. */
  readonly onProgress?: (stages: readonly StageProgress[]) => void;
  /** A failed task is left out and told of in the result, and the others go on? Default false: the first failure ends the run. */
  readonly ignoreFailures?: boolean;
  readonly signal?: AbortSignal;
}

export interface AddOptions {
  /** So many tasks of this stage at a time, if it gives one result a task. Results stay in order. Default 1. */
  readonly concurrency?: number;
}

export interface PipelineResult<Out> {
  /** What the last stage gave, in order. */
  readonly tasks: readonly Out[];
  readonly failures: readonly TaskFailure[];
  readonly stages: readonly StageProgress[];
}

interface Link {
  readonly stage: Stage<unknown, unknown>;
  readonly concurrency: number;
}

type Mutable<T> = { -readonly [K in keyof T]: T[K] };

/**
 * A list of stages. Each takes what the one before gives, one result ahead of what the next has asked for; so all stages are at
 * work at once, and no more tasks are in memory than there are stages (and `concurrency`).
 */
export class Pipeline<In = void, Out = In> {
  readonly #links: readonly Link[];

  constructor(links: readonly unknown[] = []) {
    this.#links = links as readonly Link[];
  }

  /** The pipeline with one stage more; this one stays as it is. */
  add<Next>(stage: Stage<Out, Next>, { concurrency = 1 }: AddOptions = {}): Pipeline<In, Next> {
    if (typeof stage?.process !== "function" || typeof stage.name !== "string")
      throw new DatasetError("ERR_DATASET_INVALID_OPTION", "Pipeline.add: expected a stage, with a name and `process`");
    if (!Number.isInteger(concurrency) || concurrency < 1)
      throw new DatasetError("ERR_DATASET_INVALID_OPTION", "Pipeline.add: expected a concurrency of at least 1");
    return new Pipeline<In, Next>([...this.#links, { stage, concurrency }]);
  }

  /**
   * Runs everything: `start` of all stages, every task of `input` (without it, the first stage is the source), `join` of
   * all stages, also after a failure.
   *
   * @throws DatasetError (ERR_DATASET_STAGE_FAILED), the signal's reason, what `start` and `join` throw
   */
  async run(options?: PipelineOptions): Promise<PipelineResult<Out>>;
  async run(input: AsyncIterable<In> | Iterable<In>, options?: PipelineOptions): Promise<PipelineResult<Out>>;
  async run(
    first?: AsyncIterable<In> | Iterable<In> | PipelineOptions,
    second?: PipelineOptions,
  ): Promise<PipelineResult<Out>> {
    const [input, options = {}] = isIterable(first) ? [first, second] : [[undefined as In], first];
    const run = new Run(this.#links, options);
    return run.toEnd<In, Out>(input);
  }
}

class Run {
  readonly #links: readonly Link[];
  readonly #options: PipelineOptions;
  readonly #progress: Mutable<StageProgress>[];
  readonly #failures: TaskFailure[] = [];
  readonly #stop = new AbortController();
  readonly #bars: ProgressBars | undefined;

  constructor(links: readonly Link[], options: PipelineOptions) {
    this.#links = links;
    this.#options = options;
    this.#progress = links.map(({ stage: { name } }) => {
      return { name, tasksIn: 0, tasksOut: 0, items: 0, failed: 0, busySeconds: 0, isDone: false };
    });
    this.#bars = options.progress && process.stderr.isTTY ? new ProgressBars(this.#progress) : undefined;
  }

  async toEnd<In, Out>(input: AsyncIterable<In> | Iterable<In>): Promise<PipelineResult<Out>> {
    const { signal } = this.#options;
    const stop = () => this.#stop.abort(signal!.reason);
    signal?.throwIfAborted();
    signal?.addEventListener("abort", stop, { once: true });
    const context: StageContext = { signal: this.#stop.signal };
    const started: Stage<unknown, unknown>[] = [];
    const tasks: Out[] = [];
    let failure: { readonly error: unknown } | undefined;
    try {
      for (const { stage } of this.#links) {
        started.push(stage);
        await stage.start?.(context);
      }
      let results: AsyncGenerator<unknown, void, void> = iterate(input);
      this.#links.forEach((link, i) => {
        results = ahead(this.#stage(link, this.#progress[i]!, results, context));
      });
      for await (const task of results) {
        this.#stop.signal.throwIfAborted();
        tasks.push(task as Out);
      }
      this.#stop.signal.throwIfAborted();
    } catch (error) {
      failure = { error };
      this.#stop.abort(error);
    }
    const joins = await Promise.allSettled(started.map(async (stage) => stage.join?.(context)));
    signal?.removeEventListener("abort", stop);
    this.#bars?.stop();
    if (failure) throw failure.error;
    const reasons = joins.flatMap((join) => (join.status === "rejected" ? [join.reason as unknown] : []));
    if (reasons.length === 1) throw reasons[0];
    if (reasons.length > 1) throw new AggregateError(reasons, reasons.map(String).join("\n"));
    return { tasks, failures: this.#failures, stages: this.#progress };
  }

  /** The results of one stage. */
  async *#stage(
    { stage, concurrency }: Link,
    progress: Mutable<StageProgress>,
    tasks: AsyncGenerator<unknown, void, void>,
    context: StageContext,
  ): AsyncGenerator<unknown, void, void> {
    const pending: Promise<unknown[]>[] = [];
    const settle = async function* () {
      yield* await pending.shift()!;
    };
    try {
      for await (const task of tasks) {
        progress.tasksIn++;
        this.#report();
        const began = performance.now();
        const results = this.#guarded(() => stage.process(task, context), stage, task, progress);
        if (isIterable(results)) yield* this.#all(results, stage, task, progress, began);
        else {
          pending.push(results.then((result) => this.#given(result, stage, task, progress, began)));
          pending.at(-1)!.catch(() => undefined); // it is awaited in its turn
          if (pending.length >= concurrency) yield* settle();
        }
      }
      while (pending.length > 0) yield* settle();
      const rest = await this.#guarded(async () => stage.end?.(context), stage, undefined, progress);
      if (rest !== undefined && rest !== NOTHING) yield this.#count(rest, progress);
      progress.isDone = true;
      this.#report();
    } finally {
      await Promise.allSettled(pending);
    }
  }

  /** What a stage threw at once is as good as a promise of it. */
  #guarded(
    work: () => Promise<unknown> | AsyncIterable<unknown> | Iterable<unknown>,
    stage: Stage<unknown, unknown>,
    task: unknown,
    progress: Mutable<StageProgress>,
  ): Promise<unknown> | AsyncIterable<unknown> | Iterable<unknown> {
    const failed = (error: unknown) => this.#failed(error, stage, task, progress);
    try {
      const results = work();
      return isIterable(results) ? results : Promise.resolve(results).catch(failed);
    } catch (error) {
      return new Promise((resolve) => resolve(failed(error)));
    }
  }

  #given(
    result: unknown,
    stage: Stage<unknown, unknown>,
    task: unknown,
    progress: Mutable<StageProgress>,
    began: number,
  ): unknown[] {
    progress.busySeconds += (performance.now() - began) / 1000;
    return result === NOTHING ? [] : [this.#count(named(result, stage, task, 0), progress)];
  }

  async *#all(
    results: AsyncIterable<unknown> | Iterable<unknown>,
    stage: Stage<unknown, unknown>,
    task: unknown,
    progress: Mutable<StageProgress>,
    began: number,
  ): AsyncGenerator<unknown, void, void> {
    let place = 0;
    const iterator = iterate(results);
    try {
      for (;;) {
        let next: IteratorResult<unknown, void>;
        try {
          next = await iterator.next();
        } catch (error) {
          this.#failed(error, stage, task, progress);
          return;
        }
        progress.busySeconds += (performance.now() - began) / 1000;
        if (next.done) return;
        yield this.#count(named(next.value, stage, task, place++), progress);
        began = performance.now();
      }
    } finally {
      await iterator.return();
    }
  }

  /** Ends the run, or notes the failure. */
  #failed(
    cause: unknown,
    stage: Stage<unknown, unknown>,
    task: unknown,
    progress: Mutable<StageProgress>,
  ): typeof NOTHING {
    if (this.#stop.signal.aborted) throw this.#stop.signal.reason;
    const taskId = idOf(task) ?? "";
    const fact = cause instanceof Error ? cause.message : String(cause);
    const message = `${stage.name}${taskId ? `: task ${taskId}` : ""}: ${fact}`;
    const reason = new DatasetError("ERR_DATASET_STAGE_FAILED", message, { cause });
    if (!this.#options.ignoreFailures) throw reason;
    this.#failures.push({ stage: stage.name, taskId, reason });
    progress.failed++;
    this.#report();
    return NOTHING;
  }

  #count(result: unknown, progress: Mutable<StageProgress>): unknown {
    progress.tasksOut++;
    const { data } = (result ?? {}) as { data?: unknown };
    progress.items += Array.isArray(data) ? data.length : 1;
    this.#report();
    return result;
  }

  #report(): void {
    this.#bars?.update();
    this.#options.onProgress?.(this.#progress);
  }
}

/** Instead of the result of a task that failed. */
const NOTHING = Symbol("nothing");

/** Ids are the pipeline's business, as in the reference: a stage need not think of them, and none can be wrong. */
function named(result: unknown, stage: Stage<unknown, unknown>, task: unknown, place: number): unknown {
  const parent = idOf(task);
  if (parent === undefined || idOf(result) === undefined || stage.isSource) return result;
  return { ...(result as object), taskId: childOf({ taskId: parent }, place) };
}

function idOf(task: unknown): string | undefined {
  const { taskId } = (task ?? {}) as { taskId?: unknown };
  return typeof taskId === "string" ? taskId : undefined;
}
