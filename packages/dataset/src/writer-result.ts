/** What a writer tells of a batch. */
import { pathIn } from "./existing-shards.js";
import type { Member } from "./shard-members.js";
import type { FileGroupTask, ImageBatch } from "./tasks.js";
import type { WriterSettings } from "./writer-options.js";

/** What became of an image that is in no shard. */
export interface SkippedImage {
  readonly imageId: string;
  readonly imagePath: string;
  readonly reason: Error;
}

/** What a writer's result says in its `metadata`, beside what its task's said. */
export interface WriterNotes {
  readonly outputDir: string;
  readonly imagesPerTar: number;
  /** Images that were written; without those that were left out. */
  readonly numImages: number;
  /** With `onBadImage: "skip"`. */
  readonly skipped: readonly SkippedImage[];
}

/** Why images were left out. */
export type Skipped = Map<Member, Error>;

/** Paths of tars, then of their tables. */
export function writerResult(
  { taskId, datasetName, metadata }: Omit<ImageBatch, "data">,
  shards: readonly string[],
  members: readonly Member[],
  skipped: Skipped,
  { storage, imagesPerTar }: WriterSettings,
): FileGroupTask {
  const notes: WriterNotes = {
    outputDir: storage.url,
    imagesPerTar,
    numImages: members.length - skipped.size,
    skipped: members.flatMap((member) => {
      const reason = skipped.get(member);
      return reason ? [{ imageId: member.id, imagePath: member.object.imagePath, reason }] : [];
    }),
  };
  return {
    taskId,
    datasetName,
    data: [".tar", ".parquet"].flatMap((extension) => shards.map((shard) => pathIn(storage, shard) + extension)),
    metadata: { ...metadata, ...notes },
  };
}
