/** Images into tar shards, each with a table beside it. */
import { randomUUID } from "node:crypto";
import { Encoder, type Image } from "@polycodec/core";
import { constructBaseName } from "./base-name.js";
import { writeShards } from "./batch-shards.js";
import { encodable } from "./encodable.js";
import { DatasetError } from "./errors.js";
import { ExistingShards, pathIn } from "./existing-shards.js";
import { idsOrPlaces, memberKeys } from "./member-names.js";
import { ShardFiller } from "./shard-filler.js";
import { encodedImages, isAboutTheImage, type Member } from "./shard-members.js";
import { parquetBytes, type ShardRow } from "./shard-table.js";
import type { Stage, StageContext } from "./stage.js";
import { put } from "./storage/storage.js";
import { type TarMember, writeTar } from "./tar-writer.js";
import type { FileGroupTask, ImageBatch, ImageObject } from "./tasks.js";
import { type ImageWriterStageOptions, readWriterOptions, type WriterSettings } from "./writer-options.js";
import { type Skipped, writerResult } from "./writer-result.js";

/**
 * Writes batches of images as tar shards of JPEGs, at most `imagesPerTar` each, with a Parquet table of the same name
 * beside each. A task's shards appear whole, all of them or none; they are named after its images' paths and its id. With
 * `packing: "fill"` tasks share shards.
 */
export class ImageWriterStage implements Stage<ImageBatch, FileGroupTask> {
  readonly name = "image_writer";
  readonly #settings: WriterSettings;
  readonly #encoder: Encoder;
  /** In the names of what this stage writes when they are not deterministic: no other stage, here or elsewhere, has it. */
  readonly #actor = randomUUID().replaceAll("-", "").slice(0, 16);
  #tasks = 0;
  /** Images of the tasks so far. */
  #images = 0;
  /** Base names of this run, so that no task replaces the shards of another. */
  readonly #written = new Set<string>();
  readonly #existing: ExistingShards;
  /** With `packing: "fill"`. */
  readonly #filler: ShardFiller | undefined;
  /** The task that has added its images last, or is to. */
  #turn: Promise<unknown> = Promise.resolve();
  #last: ImageBatch | undefined;

  /** @throws DatasetError (ERR_DATASET_INVALID_OPTION) */
  constructor(options: ImageWriterStageOptions) {
    this.#settings = readWriterOptions(options);
    this.#encoder = this.#settings.encoder ?? new Encoder();
    this.#existing = new ExistingShards(this.#settings);
    if (this.#settings.packing === "fill")
      this.#filler = new ShardFiller(this.#settings, this.#existing, (shard) =>
        this.#say(`wrote ${this.#pathOf(shard)}.tar`),
      );
  }

  /** Looks at what the output holds, if `existing` asks for it. @throws DatasetError (ERR_DATASET_NOT_EMPTY), StorageError */
  start(): Promise<void> {
    return this.#existing.look();
  }

  /**
   * Writes a batch. The result names its tars, then its tables; its `metadata` are WriterNotes. An empty batch writes
   * nothing and gives no names. If anything fails, nothing of the batch is there.
   *
   * @throws DatasetError: ERR_DATASET_DUPLICATE_ID, ERR_DATASET_DUPLICATE_TASK, ERR_DATASET_NO_IMAGE,
   *   ERR_DATASET_BAD_IMAGE, ERR_DATASET_SHARD_EXISTS; StorageError; the signal's reason
   */
  async process(task: ImageBatch, { signal }: StageContext = {}): Promise<FileGroupTask> {
    await this.start();
    const members = this.#members(task);
    const base = this.constructBaseName(task);
    const skipped: Skipped = new Map();
    this.#reserve(base, task);
    this.#images += members.length;
    let names: readonly string[];
    try {
      names = await (this.#filler
        ? this.#fill(this.#filler, base, members, skipped, signal)
        : writeShards(base, members, {
            settings: this.#settings,
            encoder: this.#encoder,
            existing: this.#existing,
            refuse: (member, cause) => this.#refuse(member, cause, skipped),
            say: (text) => this.#say(text),
            signal,
          }));
    } catch (error) {
      this.#written.delete(base);
      throw error;
    }
    this.#last = task;
    if (this.#settings.removeImageData) for (const { object } of members) drop(object);
    return this.#result(task, names, members, skipped);
  }

  /** With `packing: "fill"`: writes the last shard, which is not full. @throws as `process`, and what has failed before */
  async end(): Promise<FileGroupTask | undefined> {
    await this.#turn;
    const shard = await this.#filler?.end();
    if (!shard) return undefined;
    const { taskId, ...rest } = this.#last!;
    return this.#result({ ...rest, taskId: `${taskId}_end` }, [shard], [], new Map());
  }

  /**
   * Closes the encoder if it is the stage's own. With `packing: "fill"` writes what `end` was not asked for; nothing of it
   * when the pipeline has failed.
   */
  async join({ signal }: StageContext = {}): Promise<void> {
    await this.#turn;
    try {
      if (signal?.aborted) await this.#filler?.abort();
      else await this.#filler?.rest();
    } finally {
      if (!this.#settings.encoder) this.#encoder.close();
    }
  }

  /** The name of a task's shards without their number. */
  constructBaseName(task: ImageBatch): string {
    if (!this.#settings.deterministicName) return `images-${this.#actor}-${String(this.#tasks++).padStart(6, "0")}`;
    return constructBaseName(
      task.data.map(({ imagePath }) => imagePath),
      task.taskId,
    );
  }

  /** A file of the stage's codec, JPEG unless it was told otherwise, and its extension. @throws DatasetError (ERR_DATASET_BAD_IMAGE) */
  async encodeImageToBytes(image: Image): Promise<[bytes: Uint8Array, extension: string]> {
    const { encode, extension } = this.#settings;
    try {
      return [await this.#encoder.encode(encodable(image, this.#settings), encode), extension];
    } catch (cause) {
      throw new DatasetError("ERR_DATASET_BAD_IMAGE", messageOf(cause), { cause });
    }
  }

  /** One tar of these members; returns its path. */
  async writeTar(baseName: string, members: AsyncIterable<TarMember> | Iterable<TarMember>): Promise<string> {
    const { storage } = this.#settings;
    const writer = await storage.create(`${baseName}.tar`);
    try {
      await writeTar(members, writer);
      await writer.commit();
    } finally {
      await writer.abort();
    }
    return this.#pathOf(`${baseName}.tar`);
  }

  /** One table of these rows; returns its path. */
  async writeParquet(baseName: string, rows: readonly ShardRow[]): Promise<string> {
    await put(this.#settings.storage, `${baseName}.parquet`, parquetBytes(rows, this.#settings));
    return this.#pathOf(`${baseName}.parquet`);
  }

  #members({ data, taskId }: ImageBatch): Member[] {
    if (!Array.isArray(data))
      throw new DatasetError("ERR_DATASET_INVALID_OPTION", "the task has no list of images in `data`");
    const ids = data.map(({ imageId }) => imageId);
    const { memberNames, packing } = this.#settings;
    const first = packing === "fill" ? this.#images : 0;
    const keys = memberKeys(ids, { raw: memberNames === "raw", first });
    const told = idsOrPlaces(ids, first);
    return data.map((object, i) => {
      if (!object.imageData && this.#settings.onBadImage === "throw")
        throw new DatasetError(
          "ERR_DATASET_NO_IMAGE",
          `task ${taskId}: image ${told[i]} (${object.imagePath}) has no pixels in imageData`,
        );
      return { key: keys[i]!, id: told[i]!, object };
    });
  }

  #reserve(base: string, { taskId, data }: ImageBatch): void {
    if (data.length === 0) return;
    if (this.#written.has(base))
      throw new DatasetError(
        "ERR_DATASET_DUPLICATE_TASK",
        `task ${taskId}: a task with this id and these images has been written already, as ${base}`,
      );
    this.#written.add(base);
  }

  /** Encodes at once, and adds in the order of the calls. */
  #fill(
    filler: ShardFiller,
    base: string,
    members: readonly Member[],
    skipped: Skipped,
    signal: AbortSignal | undefined,
  ): Promise<string[]> {
    const refuse = (member: Member, cause: unknown) => this.#refuse(member, cause, skipped);
    const encoding = encodedImages(members, this.#encoder, this.#settings, { refuse, signal });
    const before = this.#turn;
    const adding = (async () => {
      await Promise.allSettled([before, encoding]);
      return filler.add(await encoding, base);
    })();
    this.#turn = adding.catch(() => undefined);
    return adding;
  }

  #refuse(member: Member, cause: unknown, skipped: Skipped): void {
    const { id, object } = member;
    if (!isAboutTheImage(cause)) throw cause;
    const reason = new DatasetError(
      cause instanceof DatasetError ? cause.code : "ERR_DATASET_BAD_IMAGE",
      `image ${id} (${object.imagePath}): ${messageOf(cause)}`,
      { cause },
    );
    if (this.#settings.onBadImage === "throw") throw reason;
    this.#say(`left out ${reason.message}`);
    skipped.set(member, reason);
  }

  #result(
    task: Omit<ImageBatch, "data">,
    names: readonly string[],
    members: readonly Member[],
    skipped: Skipped,
  ): FileGroupTask {
    return writerResult(task, names, members, skipped, this.#settings);
  }

  /** As tables and tasks name it. */
  #pathOf(name: string): string {
    return pathIn(this.#settings.storage, name);
  }

  #say(text: string): void {
    if (this.#settings.verbose) process.stderr.write(`${this.name}: ${text}\n`);
  }
}

function drop(object: ImageObject): void {
  const image = object.imageData;
  object.imageData = null;
  image?.release();
}

function messageOf(error: unknown): string {
  return error instanceof Error ? error.message : String(error);
}
