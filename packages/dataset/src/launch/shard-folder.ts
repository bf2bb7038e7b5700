/** The verb: a folder of images becomes shards, in one process or on many machines, as often interrupted as it may be. */
import { readFileSync } from "node:fs";
import { createRequire } from "node:module";
import { resolve } from "node:path";
import { type ChromaSubsampling, PolycodecError } from "@polycodec/core";
import { openStorage } from "../storage/open-storage.js";
import type { Storage } from "../storage/storage.js";
import { clearFailures, committedTasks, recordFailure } from "./commit.js";
import { RunConflictError } from "./errors.js";
import { finish, type RunTotals } from "./finish.js";
import type { Launcher, Work } from "./launcher.js";
import { localLauncher } from "./local.js";
import { openRun } from "./open-run.js";
import { planRun } from "./plan.js";
import { findRun, type RunConfig, type RunRecord } from "./run-record.js";
import type { TaskOutcome } from "./shard-task.js";
import { revokeDamaged } from "./verify.js";

export interface ShardFolderOptions {
  /** Folder of images. Every machine that takes part must see it under this path. */
  readonly source: string;
  /** A folder, `s3://bucket/prefix`, or a storage of your own (which worker processes cannot open). */
  readonly output: string | Storage;
  /** Default: `localLauncher()`. */
  readonly launcher?: Launcher;
  /** Go on with the run that the output holds? Default false; launchers that are shared join it in any case. */
  readonly resume?: boolean;
  /** Read the shards that are committed, and write those again that are damaged? Default false. */
  readonly verify?: boolean;
  /** Enter subfolders? Default false. */
  readonly recursive?: boolean;
  /** Images of a shard, and of a task. Default 1000. */
  readonly imagesPerTar?: number;
  /** JPEG quality, 1 to 100. Default 92. */
  readonly quality?: number;
  /** JPEG's resolution of colour. Default `"CSS_420"`. */
  readonly chromaSubsampling?: ChromaSubsampling;
  /** Leave an image that cannot be decoded out, and say so in the summary (default), or give its task up? */
  readonly onBadImage?: "skip" | "fail";
  /** Modules that worker processes import first, as URLs: they register codecs. Default: none. */
  readonly imports?: readonly string[];
  readonly signal?: AbortSignal;
  onPlan?(plan: { readonly images: number; readonly tasks: number; readonly pending: number }): void;
  /** Images and bytes of their files that were done since the last call. */
  onProgress?(images: number, sourceBytes: number): void;
  onOutcome?(outcome: TaskOutcome): void;
  onWarning?(message: string): void;
}

export interface RunSummary extends RunTotals {
  /** Of the run. Fewer are `committed` when tasks failed, or others are still at work. */
  readonly tasks: number;
  /** Files of the folder that no codec claims. */
  readonly skippedFiles: number;
  /** Tasks that were committed before. */
  readonly present: number;
  /** Images that this call (with a queue: all machines, meanwhile) has written, and the bytes of their files. */
  readonly newImages: number;
  readonly newSourceBytes: number;
  readonly failures: readonly TaskOutcome[];
}

/**
 * Writes each image of a folder into exactly one shard: `images-<hash>-000000.tar` and its table beside it. Interrupt it
 * as you like: a shard appears when it is whole, counts when its record is written, and is not written again.
 *
 * @throws RunConflictError when the output holds something else; StorageError when it cannot be written (full, read-only)
 */
export async function shardFolder(options: ShardFolderOptions): Promise<RunSummary> {
  const { output, signal = new AbortController().signal, launcher = localLauncher() } = options;
  const storage = typeof output === "string" ? await openStorage(output) : output;
  try {
    const record = await openOrPlan(storage, options, launcher, signal);
    if (options.verify) await revokeDamaged(storage, (message) => options.onWarning?.(message));
    await clearFailures(storage);
    await storage.sweep();
    const done = await committedTasks(storage);
    const pending = Array.from({ length: record.tasks }, (_, task) => task).filter((task) => !done.has(task));
    options.onPlan?.({ images: record.images, tasks: record.tasks, pending: pending.length });

    const tally = { newImages: 0, newSourceBytes: 0 };
    const failures: TaskOutcome[] = [];
    if (pending.length > 0) await launch(storage, record, pending, { ...options, launcher, signal }, tally, failures);
    const totals = await finish(storage, record);
    return {
      ...totals,
      ...tally,
      tasks: record.tasks,
      skippedFiles: record.skippedFiles,
      present: done.size,
      failures,
    };
  } finally {
    if (typeof output === "string") await storage.close();
  }
}

async function openOrPlan(
  storage: Storage,
  options: ShardFolderOptions,
  launcher: Launcher,
  signal: AbortSignal,
): Promise<RunRecord> {
  const config = configOf(options);
  const present = await findRun(storage, config);
  if (!present) return planRun(storage, config, signal);
  if (!options.resume && !launcher.isShared) {
    const done = (await committedTasks(storage)).size;
    throw new RunConflictError(
      "same-run",
      `${storage.url}: holds this run already, ${done} of ${present.tasks} tasks committed; resume it, or choose an empty output`,
    );
  }
  return present;
}

async function launch(
  storage: Storage,
  record: RunRecord,
  pending: readonly number[],
  { launcher, signal, imports = [], ...options }: ShardFolderOptions & { launcher: Launcher; signal: AbortSignal },
  tally: { newImages: number; newSourceBytes: number },
  failures: TaskOutcome[],
): Promise<void> {
  const run = openRun(storage, record);
  const records: Promise<void>[] = [];
  const work: Work = {
    storage,
    record,
    run: run.run,
    pending,
    signal,
    imports,
    taskAt: run.taskAt,
    runTask: run.runTask,
    onProgress: (images, bytes) => options.onProgress?.(images, bytes),
    onWarning: (message) => options.onWarning?.(message),
    onOutcome(outcome) {
      if (outcome.state === "failed") {
        failures.push(outcome);
        // A storage that fails here has failed the task, too: the outcome says so.
        records.push(recordFailure(storage, outcome.task, outcome.error!).catch(() => {}));
      }
      tally.newImages += outcome.images;
      tally.newSourceBytes += outcome.sourceBytes;
      options.onOutcome?.(outcome);
    },
  };
  try {
    await launcher.launch(work);
  } finally {
    run.close();
    await Promise.all(records);
  }
}

function configOf(options: ShardFolderOptions): RunConfig {
  const { recursive = false, imagesPerTar = 1000, quality = 92, chromaSubsampling = "CSS_420" } = options;
  const inRange = (name: string, value: number, max: number) => {
    if (Number.isInteger(value) && value >= 1 && value <= max) return value;
    throw new PolycodecError(
      "ERR_POLYCODEC_OUT_OF_RANGE",
      `${name}: ${value}, expected a whole number from 1 to ${max}`,
    );
  };
  return {
    source: resolve(options.source),
    recursive,
    imagesPerTar: inRange("imagesPerTar", imagesPerTar, 1_000_000),
    quality: inRange("quality", quality, 100),
    chromaSubsampling,
    onBadImage: options.onBadImage ?? "skip",
    software: `@polycodec/core ${versionOf("@polycodec/core/package.json")}, @polycodec/dataset ${versionOf("../../package.json")}`,
  };
}

function versionOf(manifest: string): string {
  const path = createRequire(import.meta.url).resolve(manifest);
  return (JSON.parse(readFileSync(path, "utf8")) as { version: string }).version;
}
