/**
 * The record of a run, `_polycodec/run.json`: what all of its shards depend on, and where its tasks are listed. Written
 * once, by whoever is first; everybody else reads it. Two runs with equal records write equal bytes.
 */
import { createHash } from "node:crypto";
import type { ChromaSubsampling } from "@polycodec/core";
import { jsonBytes, put, readJson, type Storage } from "../storage/storage.js";
import { RunConflictError } from "./errors.js";

export const RUN_RECORD = "_polycodec/run.json";

export interface RunConfig {
  /** Absolute path of the folder of images. */
  readonly source: string;
  readonly recursive: boolean;
  readonly imagesPerTar: number;
  readonly quality: number;
  readonly chromaSubsampling: ChromaSubsampling;
  readonly onBadImage: "skip" | "fail";
  /** Another version of the encoder may write other bytes. */
  readonly software: string;
}

export interface RunRecord {
  readonly version: 1;
  readonly config: RunConfig;
  readonly images: number;
  readonly tasks: number;
  /** Files of the folder whose extension no codec has. */
  readonly skippedFiles: number;
  /** The lists of tasks, in order: objects of a few megabytes. */
  readonly parts: readonly PlanPart[];
}

export interface PlanPart {
  readonly name: string;
  readonly firstTask: number;
  readonly sha256: string;
}

/** Some images that become one shard. */
export interface Task {
  readonly index: number;
  readonly id: string;
  /** Of the shard, without extension. */
  readonly name: string;
  /** Below the source, with `/`. */
  readonly files: readonly string[];
}

/** A short name for the run, the same on every machine. */
export function runId(record: RunRecord): string {
  return sha256(jsonBytes(record)).slice(0, 16);
}

/**
 * The run that the output holds, if it is the one that is asked for.
 * @throws RunConflictError if it holds another, or shards that belong to no run
 */
export async function findRun(storage: Storage, config: RunConfig): Promise<RunRecord | undefined> {
  const record = await readJson<RunRecord>(storage, RUN_RECORD);
  if (record) {
    requireSame(storage, record, config);
    return record;
  }
  for await (const name of storage.list("images-")) {
    throw new RunConflictError(
      "foreign-shards",
      `${storage.url}: holds ${name} and no record of a run (${RUN_RECORD}); choose an empty output`,
    );
  }
  return undefined;
}

/** First writer wins; the record that counts is what comes back. */
export async function publishRun(storage: Storage, record: RunRecord): Promise<RunRecord> {
  if ((await put(storage, RUN_RECORD, jsonBytes(record), { ifAbsent: true })) === "written") return record;
  const first = await readJson<RunRecord>(storage, RUN_RECORD);
  if (!first) throw new RunConflictError("other-run", `${storage.url}: ${RUN_RECORD} came and went`);
  requireSame(storage, first, record.config);
  return first;
}

function requireSame(storage: Storage, record: RunRecord, config: RunConfig): void {
  if (record.version !== 1) {
    throw new RunConflictError("other-run", `${storage.url}: holds a run of version ${record.version}, expected 1`);
  }
  const differences = (Object.keys(config) as (keyof RunConfig)[])
    .filter((key) => record.config[key] !== config[key])
    .map((key) => `${key} is ${record.config[key]} there and ${config[key]} here`);
  if (differences.length === 0) return;
  throw new RunConflictError("other-run", `${storage.url}: holds another run: ${differences.join("; ")}`);
}

export function sha256(bytes: Uint8Array): string {
  return createHash("sha256").update(bytes).digest("hex");
}
