/** Images into tar shards, each with a table beside it. */
import { randomUUID } from "node:crypto";
import { Encoder, type ErrorCode, type Image, PolycodecError } from "@polycodec/core";
import { constructBaseName, shardName } from "./base-name.js";
import { encodable } from "./encodable.js";
import { DatasetError } from "./errors.js";
import { idsOrPlaces, memberKeys } from "./member-names.js";
import { parquetBytes, type ShardRow } from "./shard-table.js";
import type { Stage, StageContext } from "./stage.js";
import { put, type StorageWriter } from "./storage/storage.js";
import { type TarMember, writeTar } from "./tar-writer.js";
import type { FileGroupTask, ImageBatch, ImageObject } from "./tasks.js";
import { type ImageWriterStageOptions, readWriterOptions, type WriterSettings } from "./writer-options.js";

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

/** An image with its key in the shard, and the id that the table tells. */
interface Member {
  readonly key: string;
  readonly id: string;
  readonly object: ImageObject;
}

type Skipped = Map<Member, Error>;

/** Shards of a task that have been written, and nobody sees yet. */
type Unseen = { readonly name: string; readonly writer: StorageWriter };

const EXTENSION = ".jpg";

/**
 * Writes batches of images as tar shards of JPEGs, at most `imagesPerTar` each, with a Parquet table of the same name
 * beside each. A task's shards appear whole, all of them or none; they are named after its images' paths and its id.
 */
export class ImageWriterStage implements Stage<ImageBatch, FileGroupTask> {
  readonly name = "image_writer";
  readonly #settings: WriterSettings;
  readonly #encoder: Encoder;
  /** In the names of what this stage writes when they are not deterministic: no other stage, here or elsewhere, has it. */
  readonly #actor = randomUUID().replaceAll("-", "").slice(0, 16);
  #tasks = 0;
  #started: Promise<void> | undefined;
  /** Base names of this run, so that no task replaces the shards of another. */
  readonly #written = new Set<string>();
  /** What the output held at the start, where that matters. */
  #found: ReadonlySet<string> = new Set();

  /** @throws DatasetError (ERR_DATASET_INVALID_OPTION) */
  constructor(options: ImageWriterStageOptions) {
    this.#settings = readWriterOptions(options);
    this.#encoder = this.#settings.encoder ?? new Encoder();
  }

  /** Looks at what the output holds, if `existing` asks for it. @throws DatasetError (ERR_DATASET_NOT_EMPTY), StorageError */
  start(): Promise<void> {
    this.#started ??= this.#look();
    return this.#started;
  }

  async #look(): Promise<void> {
    const { existing, storage } = this.#settings;
    if (existing === "replace") return;
    const found = new Set<string>();
    for await (const name of storage.list("")) if (/\.(tar|parquet)$/.test(name)) found.add(name);
    if (existing === "refuse" && found.size > 0) {
      const [first] = found;
      throw new DatasetError(
        "ERR_DATASET_NOT_EMPTY",
        `${storage.url} holds ${found.size} ${found.size === 1 ? "file" : "files"} of another run, such as ${first}`,
      );
    }
    this.#found = found;
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
    const { imagesPerTar, removeImageData } = this.#settings;
    const members = this.#members(task);
    const base = this.constructBaseName(task);
    const unseen: Unseen[] = [];
    const names: string[] = [];
    const skipped: Skipped = new Map();
    this.#reserve(base, task);
    try {
      for (let start = 0; start < members.length; start += imagesPerTar) {
        const shard = shardName(base, start / imagesPerTar);
        const chunk = members.slice(start, start + imagesPerTar);
        this.#refuseExisting(shard);
        if (this.#isKept(shard)) names.push(shard);
        else if (await this.#writeShard(shard, chunk, unseen, skipped, signal)) names.push(shard);
      }
      for (const { name, writer } of unseen) this.#settle(name, await writer.commit());
    } catch (error) {
      this.#written.delete(base);
      throw error;
    } finally {
      await Promise.all(unseen.map(({ writer }) => writer.abort()));
    }
    if (removeImageData) for (const { object } of members) drop(object);
    return this.#result(task, names, members, skipped);
  }

  /** Waits for nothing: `process` resolves when its shards are durable. Closes the encoder if it is the stage's own. */
  join(): void {
    if (!this.#settings.encoder) this.#encoder.close();
  }

  /** The name of a task's shards without their number. */
  constructBaseName(task: ImageBatch): string {
    if (!this.#settings.deterministicName) return `images-${this.#actor}-${String(this.#tasks++).padStart(6, "0")}`;
    return constructBaseName(
      task.data.map(({ imagePath }) => imagePath),
      task.taskId,
    );
  }

  /** A JPEG, always, and its extension. @throws DatasetError (ERR_DATASET_BAD_IMAGE) */
  async encodeImageToBytes(image: Image): Promise<[bytes: Uint8Array, extension: ".jpg"]> {
    try {
      return [await this.#encoder.encode(encodable(image, this.#settings), this.#encodeOptions()), EXTENSION];
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
    const keys = memberKeys(ids, { raw: this.#settings.memberNames === "raw" });
    const told = idsOrPlaces(ids);
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

  #refuseExisting(shard: string): void {
    if (this.#settings.existing !== "error") return;
    for (const name of [`${shard}.tar`, `${shard}.parquet`]) if (this.#found.has(name)) throw this.#exists(name);
  }

  #exists(name: string): DatasetError {
    return new DatasetError("ERR_DATASET_SHARD_EXISTS", `${this.#pathOf(name)} exists already`);
  }

  #isKept(shard: string): boolean {
    const isThere = this.#found.has(`${shard}.tar`) && this.#found.has(`${shard}.parquet`);
    if (isThere && this.#settings.existing === "keep") this.#say(`kept ${this.#pathOf(shard)}.tar`);
    return isThere && this.#settings.existing === "keep";
  }

  /** Writes tar and table as far as they can be without anybody seeing them. Is there anything in them? */
  async #writeShard(
    shard: string,
    chunk: readonly Member[],
    unseen: Unseen[],
    skipped: Skipped,
    signal: AbortSignal | undefined,
  ): Promise<boolean> {
    const tar = await this.#create(`${shard}.tar`);
    const rows: ShardRow[] = [];
    try {
      await writeTar(this.#encoded(chunk, shard, rows, skipped, signal), tar);
      if (rows.length > 0) {
        const table = await this.#create(`${shard}.parquet`);
        // The tar gets its name first: where there is a table, the tar is whole.
        unseen.push({ name: `${shard}.tar`, writer: tar }, { name: `${shard}.parquet`, writer: table });
        await table.write(parquetBytes(rows, this.#settings));
      } else await tar.abort();
    } catch (error) {
      await tar.abort();
      throw error;
    }
    return rows.length > 0;
  }

  #create(name: string): Promise<StorageWriter> {
    return this.#settings.storage.create(name, { ifAbsent: this.#settings.existing === "error" });
  }

  /** The members of a shard, encoded a window at a time; their rows are added as they come. */
  async *#encoded(
    chunk: readonly Member[],
    shard: string,
    rows: ShardRow[],
    skipped: Skipped,
    signal: AbortSignal | undefined,
  ): AsyncGenerator<TarMember, void, void> {
    const places: Member[] = [];
    const tarFile = `${this.#pathOf(shard)}.tar`;
    const refuse = (member: Member, cause: unknown) => this.#refuse(member, cause, skipped);
    const settings = this.#settings;
    function* items() {
      for (const member of chunk) {
        let image: Image;
        try {
          const { imageData } = member.object;
          if (!imageData || imageData.isReleased)
            throw new DatasetError("ERR_DATASET_NO_IMAGE", "no pixels in imageData");
          image = encodable(imageData, settings);
        } catch (error) {
          refuse(member, error);
          continue;
        }
        places.push(member);
        yield { image };
      }
    }
    const options = { ...this.#encodeOptions(), ...(signal && { signal }) };
    for await (const { index, result } of this.#encoder.encodeStream(items(), options)) {
      const member = places[index]!;
      if (result.status === "rejected") {
        refuse(member, result.reason);
        continue;
      }
      const { key, id, object } = member;
      const memberName = key + EXTENSION;
      rows.push({
        imageId: id,
        tarFile,
        memberName,
        originalPath: object.imagePath,
        metadata: object.metadata ?? {},
        aestheticScore: object.aestheticScore,
        nsfwScore: object.nsfwScore,
      });
      yield { name: memberName, bytes: result.value as Uint8Array };
    }
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

  #settle(name: string, outcome: "written" | "exists"): void {
    if (outcome === "exists") throw this.#exists(name); // since the start
    this.#say(`wrote ${this.#pathOf(name)}`);
  }

  #result(task: ImageBatch, names: string[], members: readonly Member[], skipped: Skipped): FileGroupTask {
    const { storage, imagesPerTar } = this.#settings;
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
      taskId: task.taskId,
      datasetName: task.datasetName,
      data: [".tar", ".parquet"].flatMap((extension) => names.map((name) => this.#pathOf(name) + extension)),
      metadata: { ...task.metadata, ...notes },
    };
  }

  #encodeOptions() {
    const { quality, chromaSubsampling } = this.#settings;
    return { codec: "jpeg", quality, chromaSubsampling };
  }

  /** As tables and tasks name it. */
  #pathOf(name: string): string {
    const { url } = this.#settings.storage;
    return url.endsWith("/") ? url + name : `${url}/${name}`;
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

/** Memory, time and missing codecs are not the image's fault: what they stop would succeed another day. */
const ABOUT_THE_IMAGE: ReadonlySet<string> = new Set<ErrorCode>([
  "ERR_POLYCODEC_CORRUPTED",
  "ERR_POLYCODEC_TRUNCATED",
  "ERR_POLYCODEC_UNSUPPORTED",
  "ERR_POLYCODEC_UNKNOWN_CODEC",
  "ERR_POLYCODEC_LIMIT_EXCEEDED",
]);

function isAboutTheImage(error: unknown): boolean {
  return error instanceof DatasetError || (error instanceof PolycodecError && ABOUT_THE_IMAGE.has(error.code));
}

function messageOf(error: unknown): string {
  return error instanceof Error ? error.message : String(error);
}
