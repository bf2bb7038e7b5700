/** The contract of a pipeline's step. */

/** What a stage is given besides its task. */
export interface StageContext {
  /** Aborted when the pipeline is; a stage stops at its next opportunity and rejects with the signal's reason. */
  readonly signal?: AbortSignal;
}

/**
 * A step of a pipeline: `start` once, `process` for every task, `join` once. Anything with this shape is a stage.
 */
export interface Stage<In, Out> {
  /** For messages and progress bars: `image_writer`. */
  readonly name: string;
  /** Does it give its results their ids? Then a pipeline leaves them as they are; otherwise they are children of the task. */
  readonly isSource?: boolean;
  /** Makes ready. Called once, before the first task; rejects when no task could succeed. */
  start?(context?: StageContext): Promise<void> | void;
  /**
   * Turns a task into its results: a promise of one, or, where there may be any number, an iterable that is read no
   * faster than the next stage takes them.
   */
  process(task: In, context?: StageContext): Promise<Out> | AsyncIterable<Out> | Iterable<Out>;
  /** The result that is left when all tasks have been processed, from a stage that joins them; `undefined`: none. */
  end?(context?: StageContext): Promise<Out | undefined>;
  /** Waits for everything that is still under way, after the last task. Rejects with what has failed and was told nowhere else. */
  join?(context?: StageContext): Promise<void> | void;
}

/** What a stage has done so far. */
export interface StageProgress {
  readonly name: string;
  /** Tasks taken, and results given. */
  readonly tasksIn: number;
  readonly tasksOut: number;
  /** Images, or files, in these results. */
  readonly items: number;
  /** Tasks that failed. */
  readonly failed: number;
  /** Seconds in which the stage was at work. */
  readonly busySeconds: number;
  /** Have all of its tasks been taken and done? */
  readonly isDone: boolean;
}
