/** What stages hand to each other. */
import type { Image } from "@polycodec/core";

/** One image of a data set, with what is known of it. */
export interface ImageObject {
  /** Where it came from; part of the shard's deterministic name. */
  imagePath: string;
  /** Its key. Empty: its place in the batch, six digits. */
  imageId: string;
  /** Written to the table; must be what JSON can hold. Default none. */
  metadata?: Readonly<Record<string, unknown>>;
  /** The pixels; `null` when they have been dropped. The image belongs to whoever holds the task. */
  imageData: Image | null;
  embedding?: Float32Array | null;
  aestheticScore?: number | null;
  nsfwScore?: number | null;
}

interface Task<T> {
  /**
   * Where it comes from: a digest of its files, then the places of its ancestors among their siblings, as `4f2a_0_3`. The
   * same input has the same ids in every run.
   */
  readonly taskId: string;
  readonly datasetName: string;
  readonly data: readonly T[];
  /** What stages have noted for those behind them. */
  readonly metadata: Readonly<Record<string, unknown>>;
}

export type ImageBatch = Task<ImageObject>;

/** A group of files by their paths: shards to read, or what a writer has written. */
export type FileGroupTask = Task<string>;

/** The id of a task's result: the parent's, and its place among its siblings. */
export function childOf({ taskId }: { readonly taskId: string }, place: number): string {
  return taskId === "" ? String(place) : `${taskId}_${place}`;
}
