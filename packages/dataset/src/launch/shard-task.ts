/** One task: its images are decoded, encoded and written as a shard, in bounded memory; then it is committed. */
import { createHash } from "node:crypto";
import { hostname } from "node:os";
import { join } from "node:path";
import { type Decoder, type Encoder, PolycodecError, type TranscodedItem, transcodeStream } from "@polycodec/core";
import { DatasetError } from "../errors.js";
import { memberKeys } from "../member-names.js";
import { parquetBytes, type ShardRow } from "../shard-table.js";
import type { Storage, StorageWriter } from "../storage/storage.js";
import { writeTar } from "../tar-writer.js";
import { type CommitRecord, commit, readCommit, type ShardFile, type SkippedImage } from "./commit.js";
import { type Failure, failureOf } from "./errors.js";
import { imageIds } from "./member-ids.js";
import { sha256 as digestOf, type RunConfig, type Task } from "./run-record.js";

/** What became of a task. */
export interface TaskOutcome {
  readonly task: number;
  /** `"present"`: it was committed already, and nothing was done. */
  readonly state: "committed" | "present" | "failed";
  readonly images: number;
  readonly skipped: number;
  readonly sourceBytes: number;
  readonly shardBytes: number;
  readonly error?: Failure;
}

export interface TaskContext {
  readonly storage: Storage;
  readonly run: string;
  readonly config: RunConfig;
  readonly decoder: Decoder;
  readonly encoder: Encoder;
  readonly signal: AbortSignal;
  /** More of this task is done: so many images, so many bytes of their files. */
  onProgress(images: number, sourceBytes: number): void;
}

/** These say something about the file, and would say it again. Anything else is tried again. */
const ABOUT_THE_IMAGE = new Set([
  "ERR_POLYCODEC_CORRUPTED",
  "ERR_POLYCODEC_TRUNCATED",
  "ERR_POLYCODEC_UNSUPPORTED",
  "ERR_POLYCODEC_UNKNOWN_CODEC",
  "ERR_POLYCODEC_LIMIT_EXCEEDED",
]);

/** @throws StorageError, DatasetError (final), and what makes a further attempt worth while */
export async function runTask(task: Task, context: TaskContext): Promise<TaskOutcome> {
  const { storage, run } = context;
  const present = await readCommit(storage, task.index);
  if (present) return outcomeOf(present, "present");

  const rows: ShardRow[] = [];
  const skipped: SkippedImage[] = [];
  const tally = { sourceBytes: 0 };
  const tarName = `${task.name}.tar`;
  const files: ShardFile[] = [];
  const tar = await storage.create(tarName, { ifAbsent: true });
  try {
    const { bytes, sha256 } = await writeTar(membersOf(task, tarName, context, rows, skipped, tally), tar);
    if (rows.length > 0) {
      files.push(await publish(storage, tar, { name: tarName, bytes, sha256 }));
      files.push(await publishTable(storage, `${task.name}.parquet`, rows));
    }
  } finally {
    await tar.abort();
  }
  const record: CommitRecord = {
    task: task.index,
    run,
    files,
    images: rows.length,
    sourceBytes: tally.sourceBytes,
    skipped,
    attempt: `${hostname()} ${process.pid} ${new Date().toISOString()}`,
  };
  const counts = await commit(storage, record);
  requireEqual(storage, record, counts);
  return outcomeOf(counts, counts === record ? "committed" : "present");
}

/** The members of the tar, in the order of the task; their rows are added as they go. */
async function* membersOf(
  task: Task,
  tarName: string,
  context: TaskContext,
  rows: ShardRow[],
  skipped: SkippedImage[],
  tally: { sourceBytes: number },
): AsyncGenerator<{ name: string; bytes: Uint8Array }> {
  const { config, decoder, encoder, signal } = context;
  const ids = imageIds(task.files);
  const keys = memberKeys(ids);
  const stream = transcodeStream(
    task.files.map((path) => join(config.source, path)),
    {
      encode: { codec: "jpeg", quality: config.quality, chromaSubsampling: config.chromaSubsampling },
      metadata: "strip",
      decoder,
      encoder,
      signal,
    },
  );
  for await (const item of stream) {
    const path = task.files[item.index]!;
    tally.sourceBytes += item.sourceSize ?? 0;
    context.onProgress(1, item.sourceSize ?? 0);
    if (item.result.status === "rejected") {
      skipped.push({ path, ...refusal(item.result.reason, path, config) });
      continue;
    }
    const memberName = `${keys[item.index]}.jpg`;
    rows.push({
      imageId: ids[item.index]!,
      tarFile: tarName,
      memberName,
      originalPath: path,
      metadata: describe(item),
    });
    yield { name: memberName, bytes: item.result.value as Uint8Array };
  }
}

function describe({ info, image, sourceSize }: TranscodedItem): Readonly<Record<string, unknown>> {
  return {
    width: image?.width,
    height: image?.height,
    channels: image?.channels,
    original_codec: info?.codec,
    original_bytes: sourceSize,
  };
}

/** Why an image is left out; throws if that is not for the image to decide. */
function refusal(reason: unknown, path: string, { onBadImage }: RunConfig): Failure {
  const failure = failureOf(reason);
  if (!(reason instanceof PolycodecError && ABOUT_THE_IMAGE.has(reason.code))) throw reason;
  if (onBadImage === "fail") {
    throw new DatasetError("ERR_DATASET_BAD_IMAGE", `${path}: ${failure.message}`, { cause: reason });
  }
  return failure;
}

async function publishTable(storage: Storage, name: string, rows: readonly ShardRow[]): Promise<ShardFile> {
  const bytes = parquetBytes(rows, { metadataFormat: "json", scores: false });
  const writer = await storage.create(name, { ifAbsent: true });
  try {
    await writer.write(bytes);
    return await publish(storage, writer, { name, bytes: bytes.length, sha256: digestOf(bytes) });
  } finally {
    await writer.abort();
  }
}

/** An object of this name that is there already is an earlier attempt's if it has the same bytes; else it is not ours. */
async function publish(storage: Storage, writer: StorageWriter, file: ShardFile): Promise<ShardFile> {
  if ((await writer.commit()) === "written") return file;
  const there = await digest(storage, file.name);
  if (there === file.sha256) return file;
  throw new DatasetError(
    "ERR_DATASET_SHARD_EXISTS",
    `${storage.url}: ${file.name} exists with other bytes (sha256 ${there.slice(0, 12)}…, expected ${file.sha256.slice(0, 12)}…): ` +
      "another program's, or an image has changed since; it was left as it is",
  );
}

export async function digest(storage: Storage, name: string): Promise<string> {
  const hash = createHash("sha256");
  for await (const bytes of storage.readStream(name)) hash.update(bytes);
  return hash.digest("hex");
}

function requireEqual(storage: Storage, mine: CommitRecord, first: CommitRecord): void {
  const digests = ({ run, files }: CommitRecord) =>
    JSON.stringify([run, ...files.map((file) => [file.name, file.sha256])]);
  if (digests(mine) === digests(first)) return;
  throw new DatasetError(
    "ERR_DATASET_SHARD_EXISTS",
    `${storage.url}: task ${mine.task} was committed with other bytes by ${first.attempt}`,
  );
}

export function outcomeOf(record: CommitRecord, state: "committed" | "present"): TaskOutcome {
  return {
    task: record.task,
    state,
    images: record.images,
    skipped: record.skipped.length,
    sourceBytes: record.sourceBytes,
    shardBytes: record.files.reduce((sum, { bytes }) => sum + bytes, 0),
  };
}

export function failedOutcome(task: number, error: Failure): TaskOutcome {
  return { task, state: "failed", images: 0, skipped: 0, sourceBytes: 0, shardBytes: 0, error };
}
