/** What is left to do when every task is committed: the list of shards, and sweeping. Doing it twice gives the same. */
import type { Storage } from "../storage/storage.js";
import { type CommitRecord, committedTasks, readCommit } from "./commit.js";
import type { RunRecord } from "./run-record.js";

export const MANIFEST = "_polycodec/manifest.jsonl";

/** Records that are read at once. */
const AT_ONCE = 32;

/** The run as its commit records tell it. */
export interface RunTotals {
  readonly committed: number;
  readonly shards: number;
  readonly images: number;
  readonly skipped: number;
  readonly sourceBytes: number;
  readonly shardBytes: number;
}

/**
 * Reads all records, in the order of the tasks. When none is missing it writes `manifest.jsonl`, one line a shard, and
 * removes everything temporary: nobody can need it any more.
 */
export async function finish(storage: Storage, record: RunRecord): Promise<RunTotals> {
  const tasks = [...(await committedTasks(storage))].sort((a, b) => a - b);
  const isComplete = tasks.length === record.tasks;
  const totals = { committed: tasks.length, shards: 0, images: 0, skipped: 0, sourceBytes: 0, shardBytes: 0 };
  const manifest = isComplete ? await storage.create(MANIFEST) : undefined;
  try {
    for await (const commit of inOrder(storage, tasks)) {
      totals.images += commit.images;
      totals.skipped += commit.skipped.length;
      totals.sourceBytes += commit.sourceBytes;
      for (const { bytes } of commit.files) totals.shardBytes += bytes;
      if (commit.files.length > 0) totals.shards++;
      await manifest?.write(Buffer.from(manifestLine(commit)));
    }
    await manifest?.commit();
  } catch (error) {
    // Another process that finished just before has written the same, and has swept our temporary file away.
    if (!isComplete || !(await storage.read(MANIFEST))) throw error;
  } finally {
    await manifest?.abort();
  }
  if (isComplete) await storage.sweep({ all: true });
  return totals;
}

/** Neither who nor when: the same run has the same manifest, however often it was interrupted. */
function manifestLine({ task, files, images, skipped }: CommitRecord): string {
  return `${JSON.stringify({ task, files, images, skipped })}\n`;
}

export async function* inOrder(storage: Storage, tasks: readonly number[]): AsyncGenerator<CommitRecord> {
  for (let start = 0; start < tasks.length; start += AT_ONCE) {
    const records = await Promise.all(tasks.slice(start, start + AT_ONCE).map((task) => readCommit(storage, task)));
    for (const record of records) if (record) yield record;
  }
}
