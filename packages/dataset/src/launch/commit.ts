/**
 * The commit record of a task, `_polycodec/done/000000017.json`: it decides that the task is done, and with which bytes.
 * Written after the shard, first writer wins. A shard without one is the leftover of an attempt that was interrupted; the
 * next attempt writes the same bytes and adopts it.
 */
import { jsonBytes, put, readJson, type Storage } from "../storage/storage.js";
import type { Failure } from "./errors.js";

const DONE = "_polycodec/done/";
const FAILED = "_polycodec/failed/";

export interface ShardFile {
  readonly name: string;
  readonly bytes: number;
  readonly sha256: string;
}

/** An image that is in no shard, because it cannot be decoded or encoded. */
export interface SkippedImage extends Failure {
  readonly path: string;
}

export interface CommitRecord {
  readonly task: number;
  /** The run, so that records of two runs are never taken for each other's. */
  readonly run: string;
  /** The tar and its table; none if no image of the task could be written. */
  readonly files: readonly ShardFile[];
  readonly images: number;
  /** Bytes of the images' files. */
  readonly sourceBytes: number;
  readonly skipped: readonly SkippedImage[];
  /** Who did it: host, process, attempt. */
  readonly attempt: string;
}

/** Makes the task done. What comes back is the record that counts: this one, or that of whoever was first. */
export async function commit(storage: Storage, record: CommitRecord): Promise<CommitRecord> {
  const name = nameOf(DONE, record.task);
  if ((await put(storage, name, jsonBytes(record), { ifAbsent: true })) === "written") return record;
  return (await readCommit(storage, record.task)) ?? record;
}

export function readCommit(storage: Storage, task: number): Promise<CommitRecord | undefined> {
  return readJson(storage, nameOf(DONE, task));
}

/** Which tasks are done: one listing, a thousand to a request. */
export async function committedTasks(storage: Storage): Promise<Set<number>> {
  const tasks = new Set<number>();
  for await (const name of storage.list(DONE)) tasks.add(Number.parseInt(name.slice(DONE.length), 10));
  return tasks;
}

/** Notes why a task was given up. The next run that resumes tries it again. */
export async function recordFailure(storage: Storage, task: number, failure: Failure): Promise<void> {
  await put(storage, nameOf(FAILED, task), jsonBytes({ task, ...failure }));
}

export async function clearFailures(storage: Storage): Promise<void> {
  for await (const name of storage.list(FAILED)) await storage.remove(name);
}

/** Takes back what a check has found damaged, so that it is done again. */
export async function revoke(storage: Storage, record: CommitRecord): Promise<void> {
  await storage.remove(nameOf(DONE, record.task));
  for (const { name } of record.files) await storage.remove(name);
}

function nameOf(folder: string, task: number): string {
  return `${folder}${String(task).padStart(9, "0")}.json`;
}
