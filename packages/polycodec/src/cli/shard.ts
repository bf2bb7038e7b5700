/** `polycodec shard`: a folder of pictures as tar shards with tables, here or on many machines. */
import { createRequire } from "node:module";
import { pathToFileURL } from "node:url";
import type { ChromaSubsampling } from "@polycodec/core";
import {
  arrayPlace,
  type Launcher,
  localLauncher,
  RunConflictError,
  type RunSummary,
  shardFolder,
  staticLauncher,
} from "@polycodec/dataset";
import { type Command, InvalidArgumentError } from "commander";
import { addThreadsOption } from "./decode-options.js";
import { EXIT_OK, EXIT_SOME_FAILED, UsageError } from "./exit-status.js";
import { integer, oneOf } from "./parse-arguments.js";
import { ShardProgress } from "./shard-progress.js";
import { formatBytes, formatTable, formatTime } from "./table.js";

interface Flags {
  readonly out: string;
  readonly workers?: number;
  readonly redis?: string;
  readonly tasksPerSecond?: number;
  readonly index?: number;
  readonly of?: number;
  readonly resume?: boolean;
  readonly verify?: boolean;
  readonly recursive?: boolean;
  readonly imagesPerTar: number;
  readonly quality: number;
  readonly subsampling: string;
  readonly onBadImage: "skip" | "fail";
  readonly json?: boolean;
}

export function addShard(program: Command, signal: AbortSignal): void {
  const command = program
    .command("shard")
    .description("write the pictures of a folder as JPEGs into tar shards, with a Parquet table beside each")
    .argument("<folder>", "the pictures")
    .requiredOption("-o, --out <folder>", "where the shards go: a folder, or s3://bucket/prefix")
    .option("--images-per-tar <n>", "pictures of a shard", integer(1, 1_000_000), 1000)
    .option("-q, --quality <n>", "1 (smallest) to 100 (best)", integer(1, 100), 92)
    .option("--subsampling <name>", "resolution of colour: 444, 422, 420", oneOf(["444", "422", "420"]), "420")
    .option("--on-bad-image <what>", "skip it, or fail its shard", oneOf(["skip", "fail"]), "skip")
    .option("--resume", "go on with the run that the output holds")
    .option("--verify", "read the shards that are there, and write damaged ones again")
    .option(
      "--workers <n>",
      "worker processes, which share the cores (default: none, this process works)",
      integer(1, 1024),
    )
    .option("--redis <url>", "take tasks from a queue in Redis; run the same command on every machine")
    .option("--tasks-per-second <n>", "with --redis: at most so many shards a second, all machines together", positive)
    .option(
      "--index <i>",
      "process i, from 0, of an array job (default: SLURM_ARRAY_TASK_ID, JOB_COMPLETION_INDEX)",
      integer(0),
    )
    .option("--of <n>", "processes of the array job (default: SLURM_ARRAY_TASK_COUNT)", integer(1))
    .option("-r, --recursive", "enter subfolders")
    .option("--json", "the summary as one line of JSON");
  addThreadsOption(command).action((folder: string, flags: Flags) => shard(folder, flags, signal));
}

async function shard(folder: string, flags: Flags, signal: AbortSignal): Promise<void> {
  const launcher = await launcherOf(flags);
  const start = performance.now();
  const progress = new ShardProgress();
  let summary: RunSummary;
  try {
    summary = await shardFolder({
      source: folder,
      output: flags.out,
      launcher,
      resume: flags.resume || flags.verify || false,
      verify: flags.verify ?? false,
      recursive: flags.recursive ?? false,
      imagesPerTar: flags.imagesPerTar,
      quality: flags.quality,
      chromaSubsampling: `CSS_${flags.subsampling}` as ChromaSubsampling,
      onBadImage: flags.onBadImage,
      imports: [pathToFileURL(createRequire(import.meta.url).resolve("polycodec")).href],
      signal,
      onPlan: (plan) => progress.begin(plan.images, plan.tasks, plan.pending),
      onProgress: (images, bytes) => progress.advance(images, bytes),
      onOutcome: ({ task, state, error }) => {
        progress.settle();
        if (state === "failed") progress.say(`task ${task}: ${error?.message}`);
      },
      onWarning: (message) => progress.say(message),
    });
  } catch (error) {
    throw error instanceof RunConflictError ? new UsageError(`${error.message}${hint(error)}`) : error;
  } finally {
    progress.clear();
  }
  const seconds = (performance.now() - start) / 1000;
  console.log(flags.json ? JSON.stringify({ ...summary, seconds }) : describe(summary, seconds));
  process.exitCode = summary.failures.length > 0 || summary.skipped > 0 ? EXIT_SOME_FAILED : EXIT_OK;
}

function hint({ conflict }: RunConflictError): string {
  return conflict === "same-run" ? " (--resume)" : "";
}

async function launcherOf(flags: Flags): Promise<Launcher> {
  const { redis, index, of, workers = 0 } = flags;
  if (redis !== undefined) {
    if (index !== undefined || of !== undefined) throw new UsageError("--redis and --index/--of exclude each other");
    const { bullmqLauncher } = await import("@polycodec/dataset/bullmq").catch((error: NodeJS.ErrnoException) => {
      if (error.code !== "ERR_MODULE_NOT_FOUND") throw error;
      throw new UsageError("--redis needs packages that are not installed: npm install bullmq ioredis");
    });
    return bullmqLauncher({
      redis,
      workers,
      ...(flags.tasksPerSecond !== undefined && { tasksPerSecond: flags.tasksPerSecond }),
    });
  }
  if (flags.tasksPerSecond !== undefined) throw new UsageError("--tasks-per-second needs --redis");
  const place = index === undefined ? arrayPlace(process.env) : { index, of: undefined };
  if (place === undefined) {
    if (of !== undefined) throw new UsageError("--of needs --index, SLURM_ARRAY_TASK_ID or JOB_COMPLETION_INDEX");
    return localLauncher({ workers });
  }
  const all = of ?? place.of;
  if (all === undefined) throw new UsageError(`process ${place.index} of how many? --of says so`);
  if (place.index >= all) throw new UsageError(`process ${place.index} of ${all}: the first is 0`);
  return staticLauncher({ index: place.index, of: all, workers });
}

function describe(summary: RunSummary, seconds: number): string {
  const { tasks, committed, present, failures, shards, images, skipped, skippedFiles, newImages, newSourceBytes } =
    summary;
  const others = tasks - committed - failures.length;
  const rows: [string, string][] = [
    ["shards", `${shards}${others > 0 ? ` of ${tasks}, ${others} not yet written` : ""}`],
    ["done before", present > 0 ? `${present} of ${tasks} tasks` : ""],
    ["failed", failures.length > 0 ? String(failures.length) : ""],
    ["pictures", String(images)],
    ["left out", skipped > 0 ? `${skipped}, cannot be decoded (_polycodec/done)` : ""],
    ["no picture", skippedFiles > 0 ? `${skippedFiles} files` : ""],
    ["bytes", `${formatBytes(summary.sourceBytes)} → ${formatBytes(summary.shardBytes)}`],
    ["time", formatTime(seconds)],
    ["speed", `${(newImages / seconds).toFixed(0)} pictures/s, ${(newSourceBytes / 1e6 / seconds).toFixed(1)} MB/s`],
  ];
  return formatTable(
    [
      { title: "", cell: ([name]) => name },
      { title: "", cell: ([, value]) => value },
    ],
    rows.filter(([, value]) => value !== ""),
  ).trimStart();
}

function positive(text: string): number {
  const value = Number(text);
  if (text.trim() === "" || !(value > 0)) throw new InvalidArgumentError("Expected a number above 0.");
  return value;
}
